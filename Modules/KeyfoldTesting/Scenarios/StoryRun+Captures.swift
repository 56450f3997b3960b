import Keyfold
import KeyfoldCore
import KeyfoldValidation

extension StoryRun {
  func capture(_ line: CaptureLine) async throws -> [Fact] {
    let capture = try request(line)
    let rehearsed = try await resolver.decision(on: capture)
    let (waiting, before) = try await resolver.read { view throws(StoreError) in
      (try view.pendingKeys(), view.sequence)
    }
    validators.forget()
    let outcome = try await resolver.capture(capture)
    let entry = try await entry(outcome.sequence)
    var obstacles: [Obstacle] = []
    if case .capture(let record) = entry?.event { obstacles = record.obstacles }
    let effects = outcome.replayed ? [] : entry?.effects ?? []
    let facts = OutcomeFacts(
      outcome: outcome, presented: capture.tid, obstacles: obstacles, effects: effects,
      unanswered: unanswered(outcome))
    return facts.lines + StoryRun.settled(waiting, effects)
      + surprises(capture, rehearsed: rehearsed, outcome, after: before)
  }

  private func request(_ line: CaptureLine) throws -> Capture {
    var capture = Capture(id: line.id, touchpoint: line.touchpoint)
    capture.tid = try line.tid.map(tid)
    capture.handoff = try line.handoff.map(token)
    capture.at = line.offsetSeconds.map { clock.now().advanced(bySeconds: $0) }
    for (name, value) in line.keys { capture.keys.append(attribute: name, value: value) }
    for (name, value) in line.proofs { capture.proofs[ExactText(name)] = Proof(value) }
    for (name, value) in line.data { capture.data[ExactText(name)] = value }
    return capture
  }

  /// What holds of every capture and is not worth a line in a file, unless it does not hold.
  private func surprises(
    _ capture: Capture, rehearsed: Outcome, _ outcome: Outcome, after sequence: Int64
  ) -> [Fact] {
    var surprises: [Fact] = []
    if outcome.id != capture.id { surprises.append("with the id of another capture") }
    if !outcome.replayed && outcome.sequence != sequence + 1 {
      surprises.append("a gap in the journal, or a rehearsal in it")
    }
    var rehearsed = rehearsed
    rehearsed.sequence = outcome.sequence
    // Each of the two drew a TID of its own.
    if !names.isNamed(rehearsed.tid) && !names.isNamed(outcome.tid) { rehearsed.tid = outcome.tid }
    if !names.isNamed(rehearsed.touchpointTid) && !names.isNamed(outcome.touchpointTid) {
      rehearsed.touchpointTid = outcome.touchpointTid
    }
    if rehearsed != outcome { surprises.append("a rehearsal decided otherwise") }
    return surprises
  }

  private func entry(_ sequence: Int64?) async throws -> JournalEntry? {
    guard let sequence else { return nil }
    return try await resolver.read { view throws(StoreError) in try view.entry(sequence) }
  }

  /// Keys for which a validator was asked that left no evidence.
  private func unanswered(_ outcome: Outcome) -> Set<Key> {
    validators.asked.filter { key in
      outcome.keys.contains {
        $0.attribute == key.attribute && $0.value == key.value && $0.evidence.isEmpty
      }
    }
  }
}
