import KeyfoldCore
import Synchronization

/// One capture inside a transaction: what the store calls, and where its last answer is kept.
final class CaptureStep: Sendable {
  /// What a snapshot made of the capture.
  enum Answer: Sendable {
    case decided(Decision)
    /// Captured before; the entry of this sequence has the outcome.
    case known(sequence: Int64)
    case refused(CaptureError)
    /// These keys need a verdict first.
    case needsVerdicts([Int])
    /// The TID drawn for it exists already.
    case needsFreshTID
  }

  private let prepared: PreparedCapture
  private let space: Space
  private let traits: [ValidatorTraits?]
  private let giveUp: Bool
  private let last = Mutex<Answer?>(nil)

  init(_ prepared: PreparedCapture, space: Space, traits: [ValidatorTraits?], giveUp: Bool) {
    self.prepared = prepared
    self.space = space
    self.traits = traits
    self.giveUp = giveUp
  }

  /// The answer the committed snapshot gave.
  var answer: Answer? { last.withLock { $0 } }

  var transactionStep: TransactionStep {
    TransactionStep(footprint: prepared.footprint) { [self] snapshot in
      let answer = answer(to: snapshot)
      last.withLock { $0 = answer }
      switch answer {
      case .decided(let decision):
        return .commit(
          JournalEntry(
            sequence: snapshot.sequence, at: prepared.question.now,
            event: .capture(prepared.record(decision, on: snapshot)),
            effects: decision.effects))
      case .known, .refused: return .nothing
      case .needsVerdicts, .needsFreshTID: return .stop
      }
    }
  }

  /// Idempotency, then refusals, then the decision.
  func answer(to snapshot: Snapshot) -> Answer {
    switch snapshot.memory {
    case .captured(let content, let sequence):
      return content == prepared.identity?.content
        ? .known(sequence: sequence)
        : .refused(
          CaptureError(
            .idReused, field: "id",
            "this id was captured before with other content; an id stands for one capture"))
    case .erased:
      return .refused(
        CaptureError(.erased, field: "id", "the profile this id was captured for has been erased"))
    case .new: break
    }
    if let refusal = prepared.refusal { return .refused(refusal) }
    if snapshot.freshExists || adoptsFreshTID { return .needsFreshTID }
    switch plan(
      prepared.question, verdicts: prepared.verdicts, traits: traits, on: snapshot, in: space, giveUp: giveUp)
    {
    case .needsVerdicts(let missing): return .needsVerdicts(missing)
    case .ready(let standings):
      let (question, adopts) = (prepared.question, prepared.question.adoptsTid)
      return .decided(
        adopts
          ? decideAdopting(question, standings: standings, on: snapshot, in: space)
          : decide(question, standings: standings, on: snapshot, in: space))
    }
  }

  /// Whether the TID that was drawn is the one that is to be taken up: it must not stand for two customers.
  private var adoptsFreshTID: Bool {
    prepared.question.adoptsTid && prepared.question.tid == prepared.question.fresh
  }
}
