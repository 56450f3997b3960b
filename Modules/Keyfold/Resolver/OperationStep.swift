import KeyfoldCore

/// One operation inside a transaction: what the store calls, and where its last answer is kept.
final class OperationStep<Work: ProfileOperation>: Sendable {
  let operation: Work
  private let space: Space
  private let now: Timestamp
  private let last = Cell<Result<ProfileChange, OperationError>>()

  init(_ operation: Work, space: Space, now: Timestamp) {
    self.operation = operation
    self.space = space
    self.now = now
  }

  /// What the committed snapshot came to; nil before the store asked.
  var result: Result<ProfileChange, OperationError>? { last.value }

  var transactionStep: TransactionStep {
    TransactionStep(footprint: operation.footprint) { [self] snapshot in
      let result = decide(on: snapshot)
      last.value = result
      guard case .success(let change) = result, let sequence = change.sequence else { return .nothing }
      return .commit(
        JournalEntry(
          sequence: sequence, at: now, event: .operation(operation.record), effects: change.effects))
    }
  }

  func decide(on snapshot: Snapshot) -> Result<ProfileChange, OperationError> {
    do throws(OperationError) {
      let effects = try operation.effects(on: snapshot, in: space)
      return .success(
        ProfileChange(
          before: snapshot.profiles(after: [], in: space),
          after: snapshot.profiles(after: effects, in: space),
          effects: effects, sequence: effects.isEmpty ? nil : snapshot.sequence))
    } catch {
      return .failure(error)
    }
  }
}

extension ProfileChange {
  /// The same where nothing is stored.
  var rehearsed: ProfileChange {
    ProfileChange(before: before, after: after, effects: effects, sequence: nil)
  }
}

extension Result<ProfileChange, OperationError> {
  /// The change, or the error as the resolver throws it.
  func orResolverError() throws(ResolverError) -> ProfileChange {
    do throws(OperationError) { return try get() } catch {
      switch error.code {
      case .unknownTid, .notSeparated: throw .notFound(error.message)
      case .notSecondary, .separated, .profileLimit, .oneProfile: throw .refusedOperation(error)
      }
    }
  }
}
