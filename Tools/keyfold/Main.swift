import Glibc
import KeyfoldCore

@main
struct Main {
  /// Every command, in the order the help lists them.
  static let commands: [CommandRule] = [
    initCommand, captureCommand, validateCommand, lookupCommand, explainCommand, handoffCommand, mergeCommand,
    separateCommand, unmergeCommand, revokeCommand, eraseCommand, pendingCommand, importCommand,
    exportCommand,
    reportCommand, simulateCommand, checkCommand, statsCommand, copyCommand, backupCommand, compactCommand,
    spaceCommand, pluginsCommand, completionsCommand, manCommand,
  ]

  static let version = keyfoldVersion
  static let released = "2026-11-24"

  static func main() async {
    keepFreedMemory()
    let code: ExitCode
    do {
      code = try await run(try arguments())
    } catch let failure as Failure {
      code = failure.code
      if !failure.message.isEmpty { complain(failure.message) }
    } catch {
      code = .bug
      complain("this should not happen; please report it: \(error)")
    }
    exit(code.rawValue)
  }

  /// The arguments, which must be text: repaired, two different keys could become one and the same.
  private static func arguments() throws -> [String] {
    let given = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    return try given.dropFirst().compactMap { $0 }.map { bytes in
      guard let text = String(validatingCString: bytes) else {
        throw Failure(.usage, "'\(visible(String(cString: bytes)))' is not UTF-8 text")
      }
      return text
    }
  }

  private static func run(_ arguments: [String]) async throws -> ExitCode {
    switch try ArgumentParser(commands: commands).parse(arguments) {
    case .version: try Output.write(Array("keyfold \(version)\n".utf8), to: STDOUT_FILENO)
    case .help(let command):
      let text = command.map(Help.command) ?? Help.overview(commands)
      // Help that was asked for is the result; help instead of a command is not.
      let asked = !arguments.isEmpty
      try Output.write(Array(text.utf8), to: asked ? STDOUT_FILENO : STDERR_FILENO)
      return asked ? .done : .usage
    case .run(let command, let invocation): return try await command.run(invocation)
    }
    return .done
  }

  private static func complain(_ message: String) {
    // Nothing is left to tell where standard error is gone.
    try? Output.write(Array("keyfold: \(message)\n".utf8), to: STDERR_FILENO)
  }
}
