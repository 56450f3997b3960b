import CCurl
import Glibc
import KeyfoldCore

/// The one place of this module that calls libcurl: its handles and functions in words of Swift, and nothing
/// of what they are for.

private let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// Hears of what happens on a handle, and says whether it may go on.
protocol CurlListener: AnyObject {
  /// A line of the head of an answer, or of what a server says before it takes commands.
  func takeHead(_ line: UnsafeRawBufferPointer) -> Bool
  /// A part of the body.
  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool
  /// Whether a connection to an address may be opened.
  func permits(_ address: IPAddress?) -> Bool
  /// A connection stands, new or not: whether what is to be sent may go over it.
  func permitsConnection(to address: IPAddress?) -> Bool
  /// A socket was opened.
  func hasOpened(_ socket: Int32)
}

/// What is sent and brought. For one thread; used for one thing after the other.
final class CurlEasy {
  fileprivate let curl: UnsafeMutableRawPointer
  /// Whoever hears of it; not retained by libcurl.
  var listener: (any CurlListener)?
  /// What its user knows it by.
  var tag = -1
  private var poller: Poller?
  /// Whether libcurl took everything it was told since the last reset; if not, there is no memory.
  private(set) var isSound = true

  /// An option, and what kind of value it has.
  struct Option<Value> { fileprivate let raw: CURLoption }

  /// Nil where there is no memory.
  init?() {
    guard isCurlReady, let curl = curl_easy_init() else { return nil }
    self.curl = curl
  }

  deinit { curl_easy_cleanup(curl) }

  /// Forgets all options but those that hold for whatever we do.
  ///
  /// - Parameter protocols: schemes of URLs, separated by commas.
  func reset(to protocols: String, under rules: CallRules) {
    curl_easy_reset(curl)
    isSound = true
    let proxy = rules.proxy ?? Secret("")
    let code = proxy.withCString { proxy in
      keyfold_restrict(
        curl, protocols, proxy, rules.certificateAuthorities, rules.clientCertificate, rules.clientKey)
    }
    note(code)
    setCallbacks()
  }

  func set(_ option: Option<Int>, _ value: Int) { note(keyfold_set_long(curl, option.raw, value)) }
  func set(_ option: Option<Bool>, _ value: Bool) { note(keyfold_set_long(curl, option.raw, value ? 1 : 0)) }
  func set(_ option: Option<Secret>, _ value: Secret?) {
    note(
      value?.withCString { keyfold_set_text(curl, option.raw, $0) } ?? keyfold_set_text(curl, option.raw, nil)
    )
  }
  /// The list must live as long as the handle uses it.
  func set(headerLines list: CurlList?) { note(keyfold_set_list(curl, CURLOPT_HTTPHEADER, list?.first)) }

  /// Sets the body of a request; nil for none, and for a GET.
  func set(body: Secret?) {
    if let body {
      note(keyfold_set_long(curl, CURLOPT_POSTFIELDSIZE, body.count))
      note(body.withCString { keyfold_set_text(curl, CURLOPT_COPYPOSTFIELDS, $0) })
    } else {
      // What was copied goes, and with it the method that it meant.
      note(keyfold_set_text(curl, CURLOPT_POSTFIELDS, nil))
      note(keyfold_set_long(curl, CURLOPT_HTTPGET, 1))
    }
  }

  private func setCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    for option in [
      CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_OPENSOCKETDATA, CURLOPT_PREREQDATA,
    ] {
      note(keyfold_set_pointer(curl, option, context))
    }
    note(
      keyfold_set_writer(curl, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
        let part = UnsafeRawBufferPointer(start: bytes, count: count)
        return CurlEasy.listener(context)?.takeBody(part) == true ? count : 0
      })
    note(
      keyfold_set_writer(curl, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        return CurlEasy.listener(context)?.takeHead(line) == true ? count : 0
      })
    note(
      keyfold_set_opener(curl) { context, _, target in
        guard let target, let context else { return CURL_SOCKET_BAD }
        let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
        return easy.openSocket(target)
      })
    note(
      keyfold_set_prerequest(curl) { context, address, _, _, _ in
        let listener = CurlEasy.listener(context)
        return listener?.permitsConnection(to: address.flatMap { IPAddress($0) }) == true
          ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
      })
  }

  /// Has a poller told of the sockets that are opened and closed from now on. It must outlive the
  /// connections, which outlive the handle.
  func watchSockets(_ poller: Poller) {
    self.poller = poller
    let closer: curl_closesocket_callback = { context, socket in
      if let context { Unmanaged<Poller>.fromOpaque(context).takeUnretainedValue().willClose(socket) }
      return close(socket)
    }
    note(keyfold_set_closer(curl, closer, Unmanaged.passUnretained(poller).toOpaque()))
  }

  fileprivate var lastCode: Int {
    var code = 0
    keyfold_get_long(curl, CURLINFO_RESPONSE_CODE, &code)
    return code
  }

  private func openSocket(_ target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
    let address = UnsafeRawPointer(target) + MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
    guard let listener,
      listener.permits(IPAddress(family: target.pointee.family, socketAddress: address))
    else { return CURL_SOCKET_BAD }
    let kind = target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let file = socket(target.pointee.family, kind, target.pointee.protocol)
    guard file >= 0 else { return CURL_SOCKET_BAD }
    poller?.hasOpened(file)
    listener.hasOpened(file)
    return file
  }

  private func note(_ code: CURLcode) { if code != CURLE_OK { isSound = false } }

  private static func listener(_ context: UnsafeMutableRawPointer?) -> (any CurlListener)? {
    context.flatMap { Unmanaged<CurlEasy>.fromOpaque($0).takeUnretainedValue().listener }
  }
}

extension CurlEasy.Option where Value == Secret {
  static var url: Self { Self(raw: CURLOPT_URL) }
  static var userAgent: Self { Self(raw: CURLOPT_USERAGENT) }
  /// The method of a request, or a command; nil for what follows from the rest.
  static var command: Self { Self(raw: CURLOPT_CUSTOMREQUEST) }
}

extension CurlEasy.Option where Value == Bool {
  /// Whether an answer has a head only.
  static var hasNoBody: Self { Self(raw: CURLOPT_NOBODY) }
  /// Whether no connection may be used that stood before.
  static var needsFreshConnection: Self { Self(raw: CURLOPT_FRESH_CONNECT) }
  /// Whether the connection ends with what is sent over it.
  static var endsConnection: Self { Self(raw: CURLOPT_FORBID_REUSE) }
  /// Whether to wait for a connection that is being opened if it may carry several requests.
  static var waitsForSharedConnection: Self { Self(raw: CURLOPT_PIPEWAIT) }
}

extension CurlEasy.Option where Value == Int {
  static var httpVersion: Self { Self(raw: CURLOPT_HTTP_VERSION) }
  /// How long a connection that nothing goes over may be used again, in seconds.
  static var idleSecondsMax: Self { Self(raw: CURLOPT_MAXAGE_CONN) }
  /// Milliseconds until a connection must stand.
  static var connectTimeout: Self { Self(raw: CURLOPT_CONNECTTIMEOUT_MS) }
  /// Whether a server of another protocol must begin to speak TLS.
  static var upgrade: Self { Self(raw: CURLOPT_USE_SSL) }
}

extension CurlEasy {
  static var http1: Int { CURL_HTTP_VERSION_1_1 }
  static var http2OverTLS: Int { CURL_HTTP_VERSION_2TLS }
  static var upgradeRequired: Int { Int(CURLUSESSL_ALL.rawValue) }
}

/// Lines that libcurl is to send.
final class CurlList {
  fileprivate private(set) var first: UnsafeMutablePointer<curl_slist>?

  /// Nil where there is no memory.
  init?(_ lines: [Secret]) {
    for line in lines {
      guard let longer = line.withCString({ curl_slist_append(first, $0) }) else {
        curl_slist_free_all(first)
        return nil
      }
      first = longer
    }
  }

  deinit { curl_slist_free_all(first) }
}

/// All that is on its way on a thread, and the connections that are left open. For one thread, but for
/// `wake`.
final class CurlMulti {
  private let multi: UnsafeMutableRawPointer
  private let poller: Poller?
  /// When libcurl wants to be called though nothing happened, in `monotonicNanoseconds`; nil for never.
  private(set) var due: UInt64?

  /// - Parameters:
  ///   - poller: told of the sockets; without one, they are waited for with `wait`.
  ///   - idleConnectionsMax: connections kept open for what may come.
  /// - Returns: Nil where there is no memory.
  init?(poller: Poller?, idleConnectionsMax: Int) {
    guard isCurlReady, let multi = curl_multi_init() else { return nil }
    self.multi = multi
    self.poller = poller
    var code = keyfold_multi_set_long(multi, CURLMOPT_MAXCONNECTS, idleConnectionsMax)
    if code == CURLM_OK, poller != nil { code = watch() }
    guard code == CURLM_OK else {
      curl_multi_cleanup(multi)
      return nil
    }
  }

  deinit { curl_multi_cleanup(multi) }

  private func watch() -> CURLMcode {
    keyfold_multi_watch(
      multi,
      { _, socket, what, context, _ in
        let poller = Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue().poller
        if what == CURL_POLL_REMOVE {
          poller?.unwatch(socket)
        } else {
          poller?.watch(socket, reading: what & CURL_POLL_IN != 0, writing: what & CURL_POLL_OUT != 0)
        }
        return 0
      },
      { _, milliseconds, context in
        let multi = Unmanaged<CurlMulti>.fromOpaque(context!).takeUnretainedValue()
        // At once, most of the time: nobody needs a clock for that.
        multi.due =
          milliseconds < 0
          ? nil : milliseconds == 0 ? 0 : monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
        return 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// - Returns: Whether it is on its way.
  func add(_ easy: CurlEasy) -> Bool { curl_multi_add_handle(multi, easy.curl) == CURLM_OK }

  /// Takes out what is over or not; if not, its connection or stream is closed.
  func remove(_ easy: CurlEasy) { curl_multi_remove_handle(multi, easy.curl) }

  /// Something happened on a socket.
  func act(_ socket: Int32, reading: Bool, writing: Bool, broken: Bool) {
    let what =
      (reading ? CURL_CSELECT_IN : 0) | (writing ? CURL_CSELECT_OUT : 0) | (broken ? CURL_CSELECT_ERR : 0)
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, what, &running)
  }

  /// What was due is due now.
  func actOnTime() {
    due = nil
    var running: Int32 = 0
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
  }

  /// Does what can be done, and waits then until something happens or somebody wakes it.
  func actAndWait(milliseconds: Int32) {
    var running: Int32 = 0
    curl_multi_perform(multi, &running)
    if running > 0 { curl_multi_poll(multi, nil, 0, milliseconds, nil) }
  }

  /// Ends a wait, or the next one; from any thread.
  func wake() { curl_multi_wakeup(multi) }

  /// Something that is over, its last status or reply code, and what libcurl says of it.
  func nextFinished() -> (easy: CurlEasy, code: Int, ending: CurlEnding)? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      var context: UnsafeMutableRawPointer?
      guard message.pointee.msg == CURLMSG_DONE,
        keyfold_get_pointer(message.pointee.easy_handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context
      else { continue }
      let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
      return (easy, easy.lastCode, CurlEnding(keyfold_result(message)))
    }
    return nil
  }
}

/// How something ended.
enum CurlEnding: Sendable {
  case well
  /// A reply that says no.
  case refused
  case late
  case failed(CallFailure)

  fileprivate init(_ code: CURLcode) {
    self =
      switch code {
      case CURLE_OK: .well
      case CURLE_WEIRD_SERVER_REPLY, CURLE_REMOTE_ACCESS_DENIED: .refused
      case CURLE_OPERATION_TIMEDOUT: .late
      case CURLE_URL_MALFORMAT: .failed(.refusedRequest)
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .failed(.unknownHost)
      case CURLE_COULDNT_CONNECT, CURLE_PROXY: .failed(.unreachable)
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
        CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
        .failed(.untrusted)
      default: .failed(.broken)
      }
  }
}

/// The parts of a URL, as libcurl takes it apart.
struct URLParts {
  let scheme: String
  let host: String
  let port: String?
  let path: String
  let query: String?
  let fragment: String?
  /// Whether a user or a password stands before the host.
  let namesUser: Bool

  /// Nil for what libcurl would not call: no URL, a scheme it does not know, no host.
  init?(_ url: String) {
    // To libcurl a NUL would be the end.
    guard !url.utf8.contains(0), let handle = curl_url() else { return nil }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
      let scheme = URLParts.part(CURLUPART_SCHEME, of: handle),
      let host = URLParts.part(CURLUPART_HOST, of: handle), !host.isEmpty
    else { return nil }
    self.scheme = scheme
    self.host = host
    port = URLParts.part(CURLUPART_PORT, of: handle)
    path = URLParts.part(CURLUPART_PATH, of: handle) ?? ""
    query = URLParts.part(CURLUPART_QUERY, of: handle)
    fragment = URLParts.part(CURLUPART_FRAGMENT, of: handle)
    namesUser = [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS].contains { part in
      URLParts.part(part, of: handle) != nil
    }
  }

  private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}

/// The bytes with everything but the unreserved characters of RFC 3986 percent-encoded: as they may stand in
/// a path, a query or a form.
func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
  // A length of zero asks libcurl to look for a NUL.
  guard !bytes.isEmpty else { return [] }
  let text = bytes.withUnsafeBytes { bytes in
    curl_easy_escape(nil, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
  }
  guard let text else { return [] }
  defer { curl_free(text) }
  return UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
}

/// The bytes with every `%41` in them decoded.
func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
  guard !bytes.isEmpty else { return [] }
  var count: Int32 = 0
  let text = bytes.withUnsafeBytes { bytes in
    curl_easy_unescape(nil, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), &count)
  }
  guard let text else { return [] }
  defer { curl_free(text) }
  return UnsafeBufferPointer(start: text, count: Int(count)).map { UInt8(bitPattern: $0) }
}

/// Reads a date as HTTP writes them (RFC 9110, section 5.6.7), in all the forms there ever were.
func secondsSince1970(_ date: String) -> Int? {
  let seconds = curl_getdate(date, nil)
  return seconds < 0 ? nil : seconds
}
