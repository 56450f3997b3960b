import Glibc

/// A program that runs beside this one, and ends with it.
final class RunningProgram {
  private var pid = pid_t()
  private var isRunning = true

  /// - Throws: `Problem` where it cannot be started.
  init(_ program: String, _ arguments: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let code = posix_spawn(&pid, program, &actions, nil, &words, environ)
    guard code == 0 else { throw Problem("'\(program)' cannot be run: \(String(cString: strerror(code)))") }
  }

  deinit { if isRunning { kill(SIGKILL) } }

  /// Memory it has now, in MiB.
  func memory() throws -> Double {
    guard let file = fopen("/proc/\(pid)/statm", "r") else {
      throw Problem("a program that was to run is gone")
    }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    fgets(&line, Int32(line.count), file)
    let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self).split(separator: " ")
    guard words.count > 1, let pages = Double(words[1]) else {
      throw Problem("/proc tells nothing of memory")
    }
    return pages * Double(getpagesize()) / 1_048_576
  }

  /// Sends a signal and waits until it has ended.
  func kill(_ signal: Int32) {
    Glibc.kill(pid, signal)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    isRunning = false
  }
}

/// A port of loopback that nobody listens at.
func freePort() throws -> Int {
  let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(probe) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(probe, $0, size) == 0 && getsockname(probe, $0, &size) == 0
    }
  }
  guard isBound else { throw Problem("no port is free: \(String(cString: strerror(errno)))") }
  return Int(UInt16(bigEndian: address.sin_port))
}
