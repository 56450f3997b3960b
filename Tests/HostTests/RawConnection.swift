import Glibc
import ToolHarness

/// A connection to the host that sends and reads bytes as it likes.
final class RawConnection {
  private let file: Int32
  private var buffer: [UInt8] = []

  init(port: Int) throws {
    file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw HarnessError("nobody listens at port \(port): \(errno)") }
    // Whoever says nothing for a minute hangs.
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(file) }

  func send(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { throw HarnessError("the host hung up: \(errno)") }
      rest = rest.dropFirst(sent)
    }
  }

  /// Begins to read events; as HTTP/1.0, so that they come as they are and not in chunks.
  func listen(_ path: String, lastEventID: String? = nil, token: String = "all") throws {
    let field = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    try send("GET \(path) HTTP/1.0\r\nHost: h\r\nAuthorization: Bearer \(token)\r\n\(field)\r\n")
  }

  /// The next line, without its end; nil when the host has hung up.
  func line() throws -> String? {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        defer { buffer.removeFirst(end + 1) }
        return String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self)
      }
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(file, &bytes, bytes.count, 0)
      if count == 0 { return nil }
      guard count > 0 else { throw HarnessError("the host says nothing: \(errno)") }
      buffer += bytes[..<count]
    }
  }

  /// The id and the data of the next event; nil when the host has hung up.
  func event() throws -> (id: Int, data: JSON)? {
    var id: Int?
    while let line = try line() {
      if line.hasPrefix("id: ") { id = Int(line.dropFirst(4)) }
      if line.hasPrefix("data: "), let id { return (id, try JSON(parsing: String(line.dropFirst(6)))) }
    }
    return nil
  }

  /// Everything until the host hangs up.
  func rest() throws -> String {
    var lines: [String] = []
    while let line = try line() { lines.append(line) }
    // The last line of a body may lack its end.
    return (lines + [String(decoding: buffer, as: UTF8.self)]).joined(separator: "\n")
  }
}
