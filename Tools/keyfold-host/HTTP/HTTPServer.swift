import CMicroHTTPD
import Glibc
import Synchronization

/// libmicrohttpd: the one place that calls it. Requests are taken apart on its threads; the work is done in
/// tasks, and meanwhile a connection is suspended, so that a thread serves any number of them.
///
/// Unchecked, because the library's handle is a pointer: only whoever starts and stops the server touches it.
final class HTTPServer: @unchecked Sendable {
  /// How it serves.
  struct Settings {
    /// Listens already; the server closes it.
    var socket: Int32
    /// PEM texts; nil for no TLS.
    var tls: (certificate: String, key: String)?
    /// Connections at a time; further ones wait to be accepted.
    var connectionsMax = 512
    /// A connection on which nothing happens for so long is closed.
    var idleSeconds: UInt32 = 60
    var bodyBytesMax = 16 << 20
    var threads: UInt32 = 2
  }

  fileprivate let route: @Sendable (RequestHead) -> Step
  fileprivate let tooLarge: @Sendable (RequestHead) -> Response
  fileprivate let bodyBytesMax: Int
  /// Requests that came whole and were not answered to the end yet; streams, which have no end, are left out.
  fileprivate let openRequests = Atomic(0)
  fileprivate let streams = Mutex<[ObjectIdentifier: EventStream]>([:])
  private var daemon: OpaquePointer?

  /// Requests that came whole and were not answered to the end yet; streams, which have no end, are left out.
  var requestsInWork: Int { openRequests.load(ordering: .acquiring) }

  /// Begins to serve.
  ///
  /// - Parameters:
  ///   - tooLarge: the answer to a request whose body exceeds the limit.
  ///   - route: looks at the head of a request; must return soon.
  init(
    _ settings: Settings, tooLarge: @escaping @Sendable (RequestHead) -> Response,
    route: @escaping @Sendable (RequestHead) -> Step
  ) throws {
    self.route = route
    self.tooLarge = tooLarge
    bodyBytesMax = settings.bodyBytesMax
    daemon = keyfold_serve(
      settings.socket, settings.threads, UInt32(settings.connectionsMax), settings.idleSeconds,
      settings.tls?.certificate, settings.tls?.key, handleRequest, requestCompleted,
      Unmanaged.passUnretained(self).toOpaque())
    guard daemon != nil else {
      throw Failure(.configuration, "the HTTP server does not start; are certificate and key right?")
    }
  }

  /// Accepts no more connections; those that are there go on.
  func stopAccepting() {
    let socket = MHD_quiesce_daemon(daemon)
    if socket >= 0 { close(socket) }
  }

  /// Ends all streams.
  ///
  /// - Returns: How many are not read to their end yet.
  func endStreams() -> Int {
    let open = streams.withLock { $0 }
    for stream in open.values { stream.end() }
    return open.count
  }

  /// Closes what is left. No request may be in work, and streams must have been ended: the library cannot
  /// close a connection that is suspended.
  func stop() {
    MHD_stop_daemon(daemon)
    daemon = nil
  }
}

/// Unchecked, because it is a pointer: it is good for as long as a request on the connection is suspended,
/// and used for nothing but to go on.
private struct Connection: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes the connection out of the library's hands, until it is resumed.
  func suspend() { MHD_suspend_connection(pointer) }
  func resume() { MHD_resume_connection(pointer) }
}

/// A request on its way. The library calls for one connection on one thread; tasks touch the answer only.
private final class Exchange: Sendable {
  private struct State {
    var body: [UInt8] = []
    var bodyBytes = 0
    var answer: Response?
    var isCounted = false
  }

  let server: HTTPServer
  let head: RequestHead
  private let step: Step
  private let state = Mutex(State())

  init(_ server: HTTPServer, _ head: RequestHead) {
    self.server = server
    self.head = head
    step = server.route(head)
  }

  /// Whether the body is larger than may be, as its sender says.
  var announcesTooMuch: Bool {
    guard let text = head.fields["content-length"] else { return false }
    return Int(text).map { $0 > server.bodyBytesMax } ?? true
  }

  /// Takes a piece of the body. What is too much, or of no use, is not kept.
  func take(_ bytes: UnsafeRawBufferPointer) {
    state.withLock { state in
      state.bodyBytes += bytes.count
      if state.bodyBytes > server.bodyBytesMax {
        state.body = []
      } else if case .work = step {
        state.body += bytes
      }
    }
  }

  /// Answers a request that came whole, or suspends its connection until there is an answer.
  func proceed(on connection: Connection) -> MHD_Result {
    let (answer, body, isFirst) = state.withLock { state in
      defer { state.isCounted = true }
      let body = state.body
      state.body = []
      return (state.answer ?? shortAnswer(state.bodyBytes), body, !state.isCounted)
    }
    if isFirst { server.openRequests.add(1, ordering: .relaxed) }
    if let answer { return send(answer, on: connection) }
    guard case .work(let work) = step else { return .NO }
    connection.suspend()
    Task {
      let answer = await work(body)
      state.withLock { $0.answer = answer }
      connection.resume()
    }
    return .YES
  }

  private func shortAnswer(_ bodyBytes: Int) -> Response? {
    if bodyBytes > server.bodyBytesMax { return server.tooLarge(head) }
    if case .answer(let response) = step { return response }
    return nil
  }

  func send(_ response: Response, on connection: Connection) -> MHD_Result {
    let made: OpaquePointer?
    switch response.body {
    case .bytes(let bytes):
      made = bytes.withUnsafeBytes { bytes in
        MHD_create_response_from_buffer(
          bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
      }
    case .stream(let stream):
      uncount()
      stream.start()
      made = MHD_create_response_from_callback(
        .max, 16 << 10, readStream, Unmanaged.passRetained(Reading(server, stream, connection)).toOpaque(),
        endReading)
    }
    guard let made else { return .NO }
    defer { MHD_destroy_response(made) }
    for (name, value) in response.fields { MHD_add_response_header(made, name, value) }
    return MHD_queue_response(connection.pointer, UInt32(response.status), made)
  }

  /// The request is answered to its end, or its connection broke, or nobody waits for its end.
  func uncount() {
    let wasCounted = state.withLock { state in
      defer { state.isCounted = false }
      return state.isCounted
    }
    if wasCounted { server.openRequests.subtract(1, ordering: .releasing) }
  }
}

/// A stream that is read for a connection.
private final class Reading: Sendable {
  let stream: EventStream
  let connection: Connection
  private let server: HTTPServer

  init(_ server: HTTPServer, _ stream: EventStream, _ connection: Connection) {
    self.server = server
    self.stream = stream
    self.connection = connection
    server.streams.withLock { $0[ObjectIdentifier(stream)] = stream }
  }

  deinit { server.streams.withLock { $0[ObjectIdentifier(stream)] = nil } }
}

// MARK: What the library calls

/// Called when the head of a request is there, for each piece of its body, when it is there whole, and when
/// it goes on after it was suspended.
private func handleRequest(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ path: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?,
  _ count: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context, let connection, let count, let state else { return .NO }
  guard let known = state.pointee else {
    let server = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
    let exchange = Exchange(server, requestHead(connection, path, method))
    state.pointee = Unmanaged.passRetained(exchange).toOpaque()
    guard exchange.announcesTooMuch else { return .YES }
    return exchange.send(server.tooLarge(exchange.head), on: Connection(pointer: connection))
  }
  let exchange = Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
  guard count.pointee == 0 else {
    exchange.take(UnsafeRawBufferPointer(start: data, count: count.pointee))
    count.pointee = 0
    return .YES
  }
  return exchange.proceed(on: Connection(pointer: connection))
}

private func requestHead(
  _ connection: OpaquePointer, _ path: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?
) -> RequestHead {
  func values(_ kind: MHD_ValueKind, _ names: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for name in names {
      values[name] = MHD_lookup_connection_value(connection, kind, name).flatMap {
        String(validatingCString: $0)
      }
    }
    return values
  }
  return RequestHead(
    method: method.flatMap { String(validatingCString: $0) } ?? "",
    path: path.flatMap { String(validatingCString: $0) } ?? "",
    query: values(.GET_ARGUMENT_KIND, RequestHead.parameterNames).compactMapValues { percentDecoded($0) },
    fields: values(.HEADER_KIND, RequestHead.fieldNames))
}

private func requestCompleted(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ why: MHD_RequestTerminationCode
) {
  guard let state, let known = state.pointee else { return }
  state.pointee = nil
  Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue().uncount()
}

private func readStream(
  _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: Int
) -> Int {
  guard let context else { return -1 }
  let reading = Unmanaged<Reading>.fromOpaque(context).takeUnretainedValue()
  let portion = reading.stream.take(into: UnsafeMutableRawBufferPointer(start: buffer, count: size)) {
    reading.connection.suspend()
    return { [connection = reading.connection] in connection.resume() }
  }
  switch portion {
  case .bytes(let count): return count
  case .wait: return 0
  // MHD_CONTENT_READER_END_OF_STREAM, a cast that Swift does not see.
  case .end: return -1
  }
}

private func endReading(_ context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  Unmanaged<Reading>.fromOpaque(context).takeRetainedValue().stream.abandon()
}
