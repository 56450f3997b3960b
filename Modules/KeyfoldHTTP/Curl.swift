import CCurl
import Glibc

/// The one place of this module that calls libcurl.

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
