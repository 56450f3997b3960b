import Keyfold
import KeyfoldCore

extension StoryRun {
  /// What the journal keeps of every operation of a story.
  private static let reason = "scenario"

  func revoke(_ name: String) async throws -> [Fact] {
    let sequence = try await resolver.revoke(try tid(name), reason: StoryRun.reason)
    return sequence == nil ? ["revoked already"] : []
  }

  func merge(_ a: String, _ b: String) async throws -> [Fact] {
    let (a, b) = (try tid(a), try tid(b))
    return try await operate { resolver, dryRun in
      try await resolver.merge(a, b, reason: StoryRun.reason, dryRun: dryRun)
    }
  }

  func unmerge(_ name: String, allowRemerge: Bool) async throws -> [Fact] {
    let tid = try tid(name)
    return try await operate { resolver, dryRun in
      try await resolver.unmerge(tid, reason: StoryRun.reason, allowRemerge: allowRemerge, dryRun: dryRun)
    }
  }

  /// Keeps two TIDs apart, or takes that back.
  func separation(_ a: String, _ b: String, removed: Bool) async throws -> [Fact] {
    let (a, b) = (try tid(a), try tid(b))
    return try await operate(isNews: false) { resolver, dryRun in
      removed
        ? try await resolver.removeSeparation(a, b, reason: StoryRun.reason, dryRun: dryRun)
        : try await resolver.separate(a, b, reason: StoryRun.reason, dryRun: dryRun)
    }
  }

  /// Rehearses an operation and carries it out.
  ///
  /// - Parameter isNews: whether what it changed is worth lines.
  private func operate(
    isNews: Bool = true, _ operation: (IdentityResolver, _ dryRun: Bool) async throws -> ProfileChange
  ) async throws -> [Fact] {
    let (waiting, before) = try await resolver.read { view throws(StoreError) in
      (try view.pendingKeys(), view.sequence)
    }
    let rehearsed = try await operation(resolver, true)
    let change = try await operation(resolver, false)
    let facts = isNews ? StoryRun.facts(change.effects) : []
    return (change.effects.isEmpty ? ["so already"] : facts) + StoryRun.settled(waiting, change.effects)
      + (try await surprises(rehearsed, change, after: before))
  }

  /// What holds of every operation and is not worth a line in a file, unless it does not hold.
  private func surprises(
    _ rehearsed: ProfileChange, _ change: ProfileChange, after sequence: Int64
  ) async throws -> [Fact] {
    var surprises: [Fact] = []
    if rehearsed.effects != change.effects || rehearsed.before != change.before
      || rehearsed.after != change.after
    {
      surprises.append("a rehearsal decided otherwise")
    }
    let expected = change.effects.isEmpty ? nil : sequence + 1
    if rehearsed.sequence != nil || change.sequence != expected {
      surprises.append("a gap in the journal, or a rehearsal in it")
    }
    for profile in change.after {
      let stored = try await resolver.lookup(profile.primary.tid)
      if stored?.tids != profile.tids || stored?.claims != profile.claims {
        surprises.append("\(profile.primary.tid) is not what it was said to be")
      }
    }
    return surprises
  }

  private static func facts(_ effects: [Effect]) -> [Fact] {
    let regrouped = effects.compactMap { effect -> Fact? in
      switch effect {
      case .merged(let tid, let primary, _): "merged \(tid) into \(primary)"
      case .unmerged(let tid, let parent): "unmerged \(tid) from \(parent)"
      case .separated(let a, let b): "separated \(a) from \(b)"
      default: nil
      }
    }
    return regrouped + Fact.restored(by: effects) + Fact.released(by: effects)
  }
}
