public import KeyfoldCore

/// What every store must do, as cases that can be run against one: the store contract, a case for each of
/// its sentences.
///
/// The author of a store hands over how to make an empty one and runs every case:
///
/// ```swift
/// let conformance = StoreConformance { MyStore(folder: freshFolder()) }
/// for sentence in StoreConformance.cases { try await sentence.run(on: conformance) }
/// ```
public struct StoreConformance: Sendable {
  /// Makes a store that holds nothing and is not open yet.
  public let makeStore: @Sendable () async throws -> any IdentityStore
  /// Makes another store object over what a closed one left; nil for a store that forgets.
  public let reopen: (@Sendable (any IdentityStore) async throws -> any IdentityStore)?

  /// - Parameters:
  ///   - reopen: another object over what a closed store left, not open yet; nil for a store that forgets.
  ///   - makeStore: a new and empty store each time, not open yet.
  public init(
    reopen: (@Sendable (any IdentityStore) async throws -> any IdentityStore)? = nil,
    makeStore: @escaping @Sendable () async throws -> any IdentityStore
  ) {
    self.makeStore = makeStore
    self.reopen = reopen
  }

  /// One sentence of the contract.
  public struct Case: Sendable, CustomStringConvertible {
    /// Its number in the contract.
    public let number: Int
    /// The sentence.
    public let sentence: String
    let body: @Sendable (StoreConformance) async throws -> Void

    init(
      _ number: Int, _ sentence: String, _ body: @escaping @Sendable (StoreConformance) async throws -> Void
    ) {
      self.number = number
      self.sentence = sentence
      self.body = body
    }

    /// Number and sentence.
    public var description: String { "\(number). \(sentence)" }

    /// Checks the sentence.
    ///
    /// - Throws: `ConformanceFailure` where a store does not keep it, or whatever the store throws.
    public func run(on conformance: StoreConformance) async throws { try await body(conformance) }
  }

  /// The whole contract, in order.
  public static let cases: [Case] = openingCases + transactionCases + textCases + stateCases + erasureCases
}

/// A sentence of the contract that a store does not keep.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
  /// What was expected and what came.
  public let description: String
}

extension StoreConformance {
  /// An open, empty store.
  func openStore(for space: Space = conformanceSpace) async throws -> any IdentityStore {
    let store = try await makeStore()
    _ = try await store.open(for: space, acceptingChange: false)
    return store
  }
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw ConformanceFailure(description: message()) }
}

func requireEqual<Value: Equatable>(_ actual: Value, _ expected: Value, _ what: String) throws {
  try require(actual == expected, "\(what): expected \(expected), got \(actual)")
}

/// Runs work that must fail with a code.
func requireError(
  _ code: StoreError.Code, _ what: String, _ work: () async throws -> Void
) async throws {
  do {
    try await work()
  } catch let error as StoreError {
    return try requireEqual(error.code, code, what)
  }
  throw ConformanceFailure(description: "\(what): expected the error \(code), but nothing failed")
}

/// The space of the cases that need no special one.
let conformanceSpace: Space = {
  var card = KeyAttribute.trusted("card")
  card.limit = nil
  do {
    return try Space(name: "conformance", attributes: [.trusted("crmId"), .trusted("email"), card])
  } catch {
    preconditionFailure("the space of the conformance suite is none: \(error)")
  }
}()

/// TIDs of the cases, by number; larger numbers sort later.
func conformanceTID(_ number: UInt64) -> TID {
  TID(milliseconds: 1_767_225_600_000 + number, counter: 0, random: number)
}

func conformanceKey(_ attribute: String, _ value: String) -> Key {
  conformanceSpace.storedKey(attribute: attribute, value: value)
}

let conformanceTime = Timestamp(microseconds: 1_767_225_600_123_456)

/// An entry of a case; what it says happened does not count.
func conformanceEntry(_ sequence: Int64, _ effects: [Effect]) -> JournalEntry {
  JournalEntry(
    sequence: sequence, at: conformanceTime,
    event: .operation(.revoke(conformanceTID(0), reason: "conformance")), effects: effects)
}

extension IdentityStore {
  /// Commits effects as one operation, whatever the store holds.
  ///
  /// - Returns: The snapshot the entry was decided on.
  @discardableResult
  func commit(_ effects: [Effect], seeing tids: [TID] = [], _ keys: [Key] = []) async throws -> Snapshot {
    var footprint = Footprint()
    footprint.tids = tids
    footprint.keys = keys
    let seen = Seen()
    let step = TransactionStep(footprint: footprint) { snapshot in
      seen.set(snapshot)
      return .commit(conformanceEntry(snapshot.sequence, effects))
    }
    try requireEqual(try await transact([step]), 1, "steps carried out")
    guard let snapshot = seen.value else {
      throw ConformanceFailure(description: "the closure was not called")
    }
    return snapshot
  }

  /// What a footprint of these sees.
  func snapshot(_ tids: [TID] = [], _ keys: [Key] = []) async throws -> Snapshot {
    var footprint = Footprint()
    footprint.tids = tids
    footprint.keys = keys
    return try await read { [footprint] view throws(StoreError) in try view.snapshot(footprint) }
  }
}
