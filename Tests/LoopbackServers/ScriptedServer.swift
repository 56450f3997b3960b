import Foundation
import Synchronization

/// A server of one's own making: what it does with a connection is up to the test, HTTP or not.
///
/// Each connection has a thread; all end with the server.
package final class ScriptedServer: Sendable {
  package typealias Script = @Sendable (Connection) -> Void

  private struct Shared {
    var connections: [Connection] = []
    package var requests: [Request] = []
    var isEnded = false
  }

  /// Why there is no server.
  package enum Failure: Error {
    case noAddress
    case cannotListen(Int32)
  }

  /// What came, taken apart.
  package struct Request: Sendable {
    /// The first line.
    package let line: String
    /// The fields, as they came.
    package let fields: [String]
    package let body: String
  }

  package let port: UInt16
  /// `http://127.0.0.1:PORT`.
  package var url: String { "http://127.0.0.1:\(port)" }

  private let listener: Int32
  private let script: Script
  private let shared = Mutex(Shared())

  /// - Parameter host: an IPv4 address of this machine.
  package init(listeningOn host: String = "127.0.0.1", _ script: @escaping Script) throws {
    self.script = script
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw Failure.noAddress }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 512) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard isBound else { throw Failure.cannotListen(errno) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in accept() }
  }

  /// A server that answers every request of every connection.
  package static func answering(_ answer: @escaping @Sendable (Request) -> String) throws -> ScriptedServer {
    try ScriptedServer { connection in
      while let request = connection.request() { connection.send(answer(request)) }
    }
  }

  package var requests: [Request] { shared.withLock { $0.requests } }
  /// Connections that were ever made.
  package var connectionCount: Int { shared.withLock { $0.connections.count } }

  /// Ends all connections, and makes no more.
  package func end() {
    let connections = shared.withLock { shared in
      guard !shared.isEnded else { return [Connection]() }
      shared.isEnded = true
      shutdown(listener, Int32(SHUT_RDWR))
      return shared.connections
    }
    for connection in connections { connection.hangUp() }
  }

  private func accept() {
    while true {
      let client = Foundation.accept(listener, nil, nil)
      guard client >= 0 else { break }
      let connection = Connection(client) { [self] request in
        shared.withLock { $0.requests.append(request) }
      }
      let isWelcome = shared.withLock { shared in
        if !shared.isEnded { shared.connections.append(connection) }
        return !shared.isEnded
      }
      guard isWelcome else { continue }
      Thread.detachNewThread { [self] in
        script(connection)
        connection.hangUp()
      }
    }
    close(listener)
  }

  /// One connection, seen from the server.
  package final class Connection: Sendable {
    private let socket: Int32
    private let note: @Sendable (Request) -> Void
    private let buffer = Mutex<[UInt8]>([])

    fileprivate init(_ socket: Int32, note: @escaping @Sendable (Request) -> Void) {
      self.socket = socket
      self.note = note
    }

    deinit { close(socket) }

    /// The next request, when it has come as a whole; nil when the client has hung up.
    package func request() -> Request? {
      while true {
        if let request = buffer.withLock({ taken(from: &$0) }) {
          note(request)
          return request
        }
        guard receive() else { return nil }
      }
    }

    /// Waits for the next line; nil when the client has hung up.
    package func line() -> String? {
      while true {
        let line = buffer.withLock { buffer -> String? in
          guard let end = buffer.firstIndex(of: 0x0A) else { return nil }
          defer { buffer.removeFirst(end + 1) }
          return String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self)
        }
        if let line { return line }
        guard receive() else { return nil }
      }
    }

    /// Waits until the client hangs up.
    package func waitForEnd() { while receive() {} }

    /// - Returns: Whether the client is still there, as far as is known.
    @discardableResult
    package func send(_ text: String) -> Bool {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes {
          Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent > 0 else { return false }
        rest = rest.dropFirst(sent)
      }
      return true
    }

    package func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Ends the connection in a way that the client hears as an error.
    package func reset() {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      // Connecting to nowhere breaks it without giving its number away.
      var nowhere = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: sockaddr().sa_data)
      connect(socket, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private func receive() -> Bool {
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(socket, &bytes, bytes.count, 0)
      guard count > 0 else { return false }
      buffer.withLock { $0 += bytes[..<count] }
      return true
    }

    private func taken(from buffer: inout [UInt8]) -> Request? {
      guard let end = Data(buffer).firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
      var lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
      let first = lines.removeFirst()
      let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
        .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
      let whole = end.upperBound + (length ?? 0)
      guard buffer.count >= whole else { return nil }
      let body = String(decoding: buffer[end.upperBound..<whole], as: UTF8.self)
      buffer.removeFirst(whole)
      return Request(line: first, fields: lines, body: body)
    }
  }
}

/// An IPv4 address of this machine that is not loopback.
package let ownAddress: String? = {
  var first: UnsafeMutablePointer<ifaddrs>?
  guard getifaddrs(&first) == 0 else { return nil }
  defer { freeifaddrs(first) }
  for entry in sequence(first: first, next: { $0?.pointee.ifa_next }).compactMap({ $0 }) {
    guard let address = entry.pointee.ifa_addr, Int32(address.pointee.sa_family) == AF_INET else { continue }
    var version4 = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr
    var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
    inet_ntop(AF_INET, &version4, &text, socklen_t(text.count))
    let address4 = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if !address4.hasPrefix("127.") { return address4 }
  }
  return nil
}()

/// An answer of HTTP/1.1 with a body of known length.
package func answer(_ status: Int, _ body: String = "", fields: [String] = []) -> String {
  let head = ["HTTP/1.1 \(status) Whatever", "Content-Length: \(body.utf8.count)"] + fields
  return head.joined(separator: "\r\n") + "\r\n\r\n" + body
}
