package import Glibc
import Synchronization

/// How a process ended.
package enum Ending: Sendable, Hashable {
  case exited(Int32)
  case killed(Int32)
}

/// The tool while it runs, for lockstep and signals. For one task only.
package final class RunningTool {
  package let pid: pid_t
  /// Keeps the folder.
  private let home: Keyfold
  private var input: Int32?
  private var outputs: [(file: Int32, isOpen: Bool, bytes: [UInt8])]
  private var unsent: [UInt8] = []
  private var closesInput = false
  private var linesTaken = 0
  private var ending: Ending?

  /// A tool that says nothing for so long hangs, whatever the machine; no test passes or fails by less.
  private static let patienceMs: Int32 = 60_000

  init(
    program: String, arguments: [String], variables: [String: String], home: Keyfold, ignoringPipeSignal: Bool
  ) throws {
    // Tools started at the same time must not hold each other's pipes.
    let (pid, stdin, stdout, stderr) = try spawning.withLock { _ in
      let (stdin, stdout, stderr) = (try pipe(), try pipe(), try pipe())
      defer { for end in [stdin.read, stdout.write, stderr.write] { close(end) } }
      // The shell gives way to the program; POSIX knows no other way to start one in a folder.
      let pid = try spawn(
        ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", home.folder, program] + arguments, variables,
        files: [stdin.read, stdout.write, stderr.write], ignoringPipeSignal: ignoringPipeSignal)
      return (pid, stdin, stdout, stderr)
    }
    self.pid = pid
    self.home = home
    input = stdin.write
    outputs = [(stdout.read, true, []), (stderr.read, true, [])]
    for end in [stdin.write, stdout.read, stderr.read] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    if ending == nil {
      kill(pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
    if let input { close(input) }
    for output in outputs where output.isOpen { close(output.file) }
  }

  /// Sends bytes; takes what the tool prints meanwhile, so that neither waits for the other.
  package func send(_ bytes: [UInt8]) throws {
    unsent += bytes
    try pump { self.unsent.isEmpty }
  }

  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// The next line on standard output, waited for.
  package func readLine() throws -> String {
    try pump { self.completeLines > self.linesTaken }
    let lines = stdout.split(separator: "\n", omittingEmptySubsequences: false)
    guard completeLines > linesTaken else { throw HarnessError("no line came; \(stderr)") }
    linesTaken += 1
    return String(lines[linesTaken - 1])
  }

  /// Waits until it has said something on standard error.
  package func waitForNote(_ text: String) throws {
    try pump { self.stderr.contains(text) }
    guard stderr.contains(text) else { throw HarnessError("it did not say '\(text)': \(stderr)") }
  }

  /// Everything printed so far.
  package var stdout: String { String(decoding: outputs[0].bytes, as: UTF8.self) }
  package var stderr: String { String(decoding: outputs[1].bytes, as: UTF8.self) }

  private var completeLines: Int { outputs[0].bytes.count { $0 == UInt8(ascii: "\n") } }

  /// Whether the tool still reads its input, as far as is known.
  package var isListening: Bool { input != nil }

  package func signal(_ number: Int32) { kill(pid, number) }

  /// Stops listening to what the tool prints, as `head` does.
  package func closeOutput() {
    close(outputs[0].file)
    outputs[0].isOpen = false
  }

  /// Ends the input, takes the rest of the output and waits for the end.
  package func finish() throws -> Keyfold.Result {
    closesInput = true
    return try awaitEnd()
  }

  /// Waits for the end with the input still open.
  package func awaitEnd() throws -> Keyfold.Result {
    try pump { !self.outputs[0].isOpen && !self.outputs[1].isOpen }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else { throw HarnessError("waiting for the tool failed: \(errno)") }
    }
    let signal = status & 0x7F
    let end: Ending = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
    ending = end
    return Keyfold.Result(stdout: stdout, stderr: stderr, ending: end)
  }

  /// The most memory the tool had so far, in bytes.
  package func peakMemory() throws -> Int {
    guard let file = fopen("/proc/\(pid)/status", "r") else { throw HarnessError("the tool is gone") }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      if text.hasPrefix("VmHWM:"), let kiB = Int(text.split { !$0.isNumber }.first ?? "") { return kiB << 10 }
    }
    throw HarnessError("the kernel does not say how much memory the tool had")
  }

  // MARK: Moving bytes

  private func pump(until isDone: () -> Bool) throws {
    while true {
      if unsent.isEmpty && closesInput { closeInput() }
      guard !isDone() else { return }
      var files = outputs.map { pollfd(fd: $0.isOpen ? $0.file : -1, events: Int16(POLLIN), revents: 0) }
      files.append(pollfd(fd: unsent.isEmpty ? -1 : input ?? -1, events: Int16(POLLOUT), revents: 0))
      if files.allSatisfy({ $0.fd < 0 }) { return }
      let ready = poll(&files, 3, RunningTool.patienceMs)
      if ready == 0 { throw HarnessError("the tool hangs; it said: \(stdout)\(stderr)") }
      if ready < 0 { continue }
      for index in 0..<2 where files[index].revents != 0 { receive(index) }
      if files[2].revents != 0 { transmit() }
    }
  }

  private func receive(_ index: Int) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(outputs[index].file, &chunk, chunk.count)
    if count > 0 {
      outputs[index].bytes += chunk[..<count]
    } else if count == 0 {
      close(outputs[index].file)
      outputs[index].isOpen = false
    }
  }

  private func transmit() {
    let count = unsent.withUnsafeBytes { Glibc.write(input ?? -1, $0.baseAddress, min($0.count, 1 << 16)) }
    if count > 0 {
      unsent.removeFirst(count)
    } else if errno == EPIPE {
      // It ended before it had read everything; how, its exit code tells.
      unsent = []
      closeInput()
    }
  }

  private func closeInput() {
    if let input { close(input) }
    input = nil
  }
}

private let spawning = Mutex(())

private func pipe() throws -> (read: Int32, write: Int32) {
  var ends: [Int32] = [0, 0]
  guard Glibc.pipe(&ends) == 0 else { throw HarnessError("no pipe: \(errno)") }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}

/// Starts a program with three files as its standard ones and signals as a shell would give it.
private func spawn(
  _ arguments: [String], _ variables: [String: String], files: [Int32], ignoringPipeSignal: Bool
) throws -> pid_t {
  // A write to a tool that is gone must fail, not end the tests.
  signal(SIGPIPE, SIG_IGN)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (number, file) in files.enumerated() {
    posix_spawn_file_actions_adddup2(&actions, file, Int32(number))
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var (normal, none) = (sigset_t(), sigset_t())
  sigemptyset(&normal)
  sigemptyset(&none)
  if !ignoringPipeSignal { sigaddset(&normal, SIGPIPE) }
  posix_spawnattr_setsigdefault(&attributes, &normal)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
  var texts = arguments.map { strdup($0) } + [nil]
  var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for text in texts + settings { free(text) } }
  var pid: pid_t = 0
  let failure = posix_spawn(&pid, arguments[0], &actions, &attributes, &texts, &settings)
  guard failure == 0 else { throw HarnessError("\(arguments[0]) cannot be started: \(failure)") }
  return pid
}
