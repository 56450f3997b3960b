#if PostgreSQL
import Foundation
import Synchronization
import Testing

/// Stands between a store and the server, and breaks connections at the moments that matter.
///
/// `@unchecked Sendable`: the sockets are used by the proxy's threads only; the rest is under the mutex.
final class Proxy: @unchecked Sendable {
  /// Where a connection breaks, seen from the transaction that is being committed.
  enum Cut: Sendable, CaseIterable {
    /// The server never gets the COMMIT.
    case before
    /// The server gets it, and its answer finds nobody.
    case during
    /// The server has carried it out, and its answer is thrown away.
    case after
  }

  private struct Shared {
    /// Cuts still to make, one a COMMIT.
    var cuts: [Cut] = []
    var made: [Cut] = []
    /// Times that the client sent something after it had heard of the server.
    var flights = 0
    var isRefusing = false
    /// What the server is not to understand, and what it gets instead, of the same length.
    var misspelling: (text: String, other: String)?
    var misspelt = 0
    /// Refuse everything once the cuts are made.
    var refusesAfterCuts = false
  }

  private let shared = Mutex(Shared())
  private let listener: Int32
  private let serverPort: UInt16
  let url: String

  init() throws {
    let target = try #require(TestServer.url)
    let server = try #require(URLComponents(string: target))
    serverPort = UInt16(try #require(server.port))
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = Proxy.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    try #require(bound)
    var components = server
    components.port = Int(UInt16(bigEndian: address.sin_port))
    url = try #require(components.string)
    Thread.detachNewThread { [self] in accept() }
  }

  func cut(_ cuts: [Cut], thenRefuse: Bool = false) {
    shared.withLock {
      $0.cuts = cuts
      $0.refusesAfterCuts = thenRefuse
    }
  }

  /// Lets the server not understand a statement.
  func misspell(_ text: String, as other: String) { shared.withLock { $0.misspelling = (text, other) } }

  /// How often it did not.
  var misspelt: Int { shared.withLock { $0.misspelt } }
  var cutsMade: [Cut] { shared.withLock { $0.made } }
  var flights: Int { shared.withLock { $0.flights } }
  func serveAgain() { shared.withLock { $0.isRefusing = false } }
  func end() { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
  }

  private func accept() {
    while true {
      let client = Foundation.accept(listener, nil, nil)
      guard client >= 0 else { break }
      if shared.withLock({ $0.isRefusing }) {
        close(client)
        continue
      }
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = Proxy.loopback(port: serverPort)
      let size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, size) == 0 }
      }
      guard connected else {
        close(client)
        close(server)
        continue
      }
      Thread.detachNewThread { [self] in
        relay(client, server)
        close(client)
        close(server)
      }
    }
    close(listener)
  }

  private func relay(_ client: Int32, _ server: Int32) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var dropsAnswer = false
    var heardServer = true
    while true {
      var ends = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0),
        pollfd(fd: server, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&ends, 2, -1) > 0 else { return }
      if ends[0].revents != 0 {
        let count = recv(client, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        if heardServer { shared.withLock { $0.flights += 1 } }
        heardServer = false
        misspell(&buffer, count)
        let cut = commits(buffer[..<count]) ? nextCut() : nil
        if cut == .before { return }
        guard send(server, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
        if cut == .during { return }
        dropsAnswer = dropsAnswer || cut == .after
      }
      if ends[1].revents != 0 {
        let count = recv(server, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        heardServer = true
        if dropsAnswer {
          if commits(buffer[..<count]) { return }
          continue
        }
        guard send(client, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
      }
    }
  }

  private func misspell(_ bytes: inout [UInt8], _ count: Int) {
    guard let (text, other) = shared.withLock({ $0.misspelling }) else { return }
    var data = Data(bytes[..<count])
    while let place = data.range(of: Data(text.utf8)) {
      data.replaceSubrange(place, with: Data(other.utf8))
      shared.withLock { $0.misspelt += 1 }
    }
    bytes.replaceSubrange(..<count, with: data)
  }

  private func commits(_ bytes: ArraySlice<UInt8>) -> Bool {
    Data(bytes).range(of: Data("COMMIT\0".utf8)) != nil
  }

  private func nextCut() -> Cut? {
    shared.withLock { shared in
      guard !shared.cuts.isEmpty else { return nil }
      let cut = shared.cuts.removeFirst()
      shared.made.append(cut)
      if shared.cuts.isEmpty && shared.refusesAfterCuts { shared.isRefusing = true }
      return cut
    }
  }
}
#endif
