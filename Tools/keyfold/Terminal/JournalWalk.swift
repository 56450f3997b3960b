import Keyfold
import KeyfoldCore

/// Looks something up in the whole journal, and tells meanwhile how far it came.
func walkJournal<Result>(
  _ output: Output,
  _ look: (IdentityResolver.JournalProgress) async throws(ResolverError) -> Result
) async throws -> Result {
  var walk = JournalWalk(output)
  defer { walk.end() }
  do throws(ResolverError) {
    return try await look { walk.show($0, of: $1) }
  } catch {
    // What was asked for cannot be asked: the command line is at fault, not some input.
    if case .refused(let refusal) = error { throw Failure(.usage, refusal.description) }
    throw failure(error)
  }
}

private struct JournalWalk {
  private let output: Output
  private var progress: Progress?
  private var total: Int64 = 0

  init(_ output: Output) { self.output = output }

  mutating func show(_ done: Int64, of total: Int64) {
    // A second walk goes from the beginning again.
    if progress == nil || self.total != total {
      progress = Progress("entries", total: Int(total), output: output, resultsFollow: true)
      self.total = total
    }
    progress?.show(count: Int(done), of: Int(done))
  }

  mutating func end() { progress?.end() }
}
