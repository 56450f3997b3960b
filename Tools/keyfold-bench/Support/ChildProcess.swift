import Glibc

/// What a program took.
struct ProcessCost {
  let seconds: Double
  /// Processor time, of the program and the system on its behalf.
  let processorSeconds: Double
  /// Most memory it had at a time, in KiB.
  let memory: Int
}

/// Runs a program to its end.
///
/// - Parameters:
///   - output: file its standard output goes to.
/// - Throws: `Problem` where it cannot be run or fails.
@discardableResult
func run(_ program: String, _ arguments: [String], output: String = "/dev/null") throws -> ProcessCost {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  var words = ([program] + arguments).map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  let begun = nanoseconds()
  var child = pid_t()
  let code = posix_spawnp(&child, program, &actions, nil, &words, environ)
  guard code == 0 else { throw Problem("'\(program)' cannot be run: \(String(cString: strerror(code)))") }
  var status: Int32 = 0
  var usage = rusage()
  while wait4(child, &status, 0, &usage) < 0 {
    guard errno == EINTR else {
      throw Problem("waiting for '\(program)' failed: \(String(cString: strerror(errno)))")
    }
  }
  let seconds = Double(nanoseconds() - begun) / 1e9
  guard status == 0 else { throw Problem("'\(program) \(arguments.joined(separator: " "))' failed") }
  return ProcessCost(
    seconds: seconds, processorSeconds: duration(usage.ru_utime) + duration(usage.ru_stime),
    memory: usage.ru_maxrss)
}

private func duration(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

/// The path of this program.
func ownPath() -> String {
  let path = realpath("/proc/self/exe", nil)
  defer { free(path) }
  return path.map { String(cString: $0) } ?? ""
}

/// A program in the folder this one is in.
func sibling(_ name: String) -> String {
  let folder = ownPath().split(separator: "/").dropLast()
  return "/" + (folder + [name[...]]).joined(separator: "/")
}

/// Compiles a program of the folder `reference`.
///
/// - Returns: Its path.
func compileReference(_ name: String, libraries: [String], in folder: String) throws -> String {
  let source = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
  let program = "\(folder)/\(name)"
  try run("cc", ["-O2", "-o", program, "/\(source)/reference/\(name).c"] + libraries.map { "-l\($0)" })
  return program
}
