public import KeyfoldCore
import KeyfoldValidation

extension IdentityResolver {
  /// The keys that wait for a verdict, in the order they were captured.
  public func pendingKeys() async throws(ResolverError) -> [PendingKey] {
    let keys = try await read { view throws(StoreError) in try view.pendingKeys() }
    meter.notePending(keys.count)
    return keys
  }

  /// Asks again about the keys whose validators could not tell, in the order they were captured.
  ///
  /// A key that is vouched for now is applied as a capture on the TID it was recorded on, with its original
  /// time, unless its profile changed meanwhile; a switch is impossible. A key that waited too long expires.
  ///
  /// - Returns: How each key ended that did not go on waiting.
  @discardableResult
  public func retryPendingKeys() async throws(ResolverError) -> [PendingKey.ID: PendingEnd] {
    try await retry(try await pendingKeys())
  }

  /// Asks again about these keys, which are in order.
  ///
  /// - Parameter onProgress: hears how many are done, after every group.
  package func retry(
    _ entries: [PendingKey], onProgress: (Int) -> Void = { _ in }
  ) async throws(ResolverError) -> [PendingKey.ID: PendingEnd] {
    var ends: [PendingKey.ID: PendingEnd] = [:]
    for start in stride(from: 0, to: entries.count, by: IdentityResolver.verificationsMax) {
      let group = entries[start..<min(start + IdentityResolver.verificationsMax, entries.count)]
      let settlements = try await settlements(of: group)
      _ = try await transact(settlements.map(\.step))
      for settlement in settlements {
        if let end = settlement.settled.value { ends[settlement.entry.id] = end }
      }
      meter.count(settlements.compactMap(\.settled.value))
      onProgress(group.endIndex)
    }
    return ends
  }

  /// How a wait is to end by what is known now; nil where nobody can tell yet.
  private typealias Ending = (end: PendingEnd, standing: Standing?)

  /// What the verdicts of now make of these keys, in their order, those that go on waiting left out.
  private func settlements(
    of entries: ArraySlice<PendingKey>
  ) async throws(ResolverError) -> [PendingSettlement] {
    let now = clock.now()
    let found = await withTaskGroup(of: (Int, Result<Ending?, ResolverError>).self) { group in
      for (index, entry) in zip(entries.indices, entries) {
        group.addTask { [self] in
          do throws(ResolverError) { return (index, .success(try await ending(of: entry, now: now))) } catch {
            return (index, .failure(error))
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    if Task.isCancelled { throw .cancelled }
    var settlements: [PendingSettlement] = []
    for (index, entry) in zip(entries.indices, entries) {
      guard let ending = try found[index]?.get() else { continue }
      let keys = ScreenedKeys(accepted: [ScreenedKey(key: entry.key, ordinal: entry.id.ordinal)])
      var question = Question(
        touchpoint: entry.touchpoint, tid: entry.tid, at: entry.at, keys: keys, fresh: tids.next(), now: now)
      question.appliesPending = entry.id
      settlements.append(
        PendingSettlement(
          entry: entry, question: question, standing: ending.standing, wanted: ending.end, space: space))
    }
    return settlements
  }

  private func ending(of entry: PendingKey, now: Timestamp) async throws(ResolverError) -> Ending? {
    if now >= entry.queuedAt.advanced(bySeconds: Limits.pendingSeconds) { return (.expired, nil) }
    guard entry.key.strength < space.attributes.count, traits[entry.key.strength] != nil else {
      return (.stale, nil)
    }
    let context = ValidationContext(space: space.name, touchpoint: entry.touchpoint, now: now)
    let verdict: Verdict
    do throws(ValidatorError) {
      verdict = try await verdicts(on: [entry.key], proofs: [:], context: context)[0]
    } catch {
      throw .configuration(error.message)
    }
    return entry.ending(by: verdict, in: space)
  }
}

/// What becomes of a key that waited, on a snapshot. Pure.
private struct PendingSettlement: Sendable {
  let entry: PendingKey
  let question: Question
  let standing: Standing?
  let wanted: PendingEnd
  let space: Space
  /// How the committed snapshot ended it; nothing where it was settled elsewhere.
  let settled = Cell<PendingEnd>()

  var step: TransactionStep {
    TransactionStep(footprint: question.footprint) { snapshot in
      guard
        let settlement = settle(question, standing: standing, wanted: wanted, on: snapshot, in: space)
      else {
        settled.value = nil
        return .nothing
      }
      settled.value = settlement.end
      return .commit(
        JournalEntry(
          sequence: snapshot.sequence, at: question.now, event: .pending(entry.id, settlement.outcome),
          effects: settlement.effects))
    }
  }
}
