import Glibc

/// A socket that listens, and the port it got.
struct ListeningSocket {
  let file: Int32
  let port: Int

  /// - Parameter address: `HOST:PORT`; port 0 for any that is free, an IPv6 host in brackets.
  init(_ address: String) throws {
    guard let colon = address.lastIndex(of: ":") else {
      throw Failure(.usage, "--listen takes HOST:PORT, not '\(address)'")
    }
    var host = String(address[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    let service = String(address[address.index(after: colon)...])
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, service, &hints, &found)
    guard code == 0, let info = found?.pointee else {
      throw Failure(.usage, "'\(address)' is no address to listen at: \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(found) }
    file = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), info.ai_protocol)
    var yes: Int32 = 1
    // A host that was restarted must not wait until the connections of the one before are forgotten.
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard file >= 0, bind(file, info.ai_addr, info.ai_addrlen) == 0, listen(file, 1024) == 0,
      fcntl(file, F_SETFL, O_NONBLOCK) == 0, let port = ListeningSocket.port(of: file)
    else {
      let code: ExitCode = errno == EACCES ? .noPermission : .unavailable
      throw Failure(code, "nothing can listen at '\(address)': \(String(cString: strerror(errno)))")
    }
    self.port = port
  }

  private static func port(of file: Int32) -> Int? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = withUnsafeMutableBytes(of: &address) { bytes in
      getsockname(file, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
    }
    guard code == 0 else { return nil }
    // In IPv4 and IPv6 alike the port stands behind the family, high byte first.
    return withUnsafeBytes(of: &address) { Int($0[2]) << 8 | Int($0[3]) }
  }
}
