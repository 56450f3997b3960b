import Keyfold
import KeyfoldCore

/// What the commands that change profiles have in common.

/// Options of every such command.
let operationOptions = [
  OptionRule("reason", "TEXT", "why; goes into the journal (required)"),
  OptionRule("dry-run", "say what would happen, and do nothing"),
]

extension Invocation {
  /// The reason that every operation needs.
  func reason() throws -> String {
    let reason = try required("reason", "say why, the journal keeps it")
    guard reason.utf8.count <= Limits.reasonBytes else {
      throw Failure(.usage, "--reason takes at most \(Limits.reasonBytes) bytes, not \(reason.utf8.count)")
    }
    return reason
  }

  /// Carries out an operation on profiles and prints what it made of them.
  ///
  /// - Parameters:
  ///   - done: what happened, for a person.
  ///   - already: what to say where all was so already.
  func operate(
    _ name: String, done: String, already: String,
    _ operation: (IdentityResolver, _ reason: String, _ dryRun: Bool) async throws -> ProfileChange
  ) async throws -> ExitCode {
    let (reason, dryRun) = (try reason(), has("dry-run"))
    let composition = Composition(self)
    let change = try await composition.withResolver(try composition.space(), mayCreate: false) { resolver in
      try await operation(resolver, reason, dryRun)
    }
    let text = ProfileChangeText(operation: name, change: change, dryRun: dryRun)
    try text.print(done, already: already, to: composition.output)
    return .done
  }
}
