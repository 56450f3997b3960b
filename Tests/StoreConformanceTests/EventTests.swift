import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldFileStore
import KeyfoldSQLiteStore
import Testing

/// The journal as a host follows it, on every kind of store.
@Suite struct EventTests {
  enum Kind: String, CaseIterable {
    case memory
    case sqlite
    case file
  }

  /// Lends a resolver on an empty store.
  private func withResolver(
    _ kind: Kind, interval: Duration = .seconds(60), _ body: (IdentityResolver) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      let path = folder.appendingPathComponent("store").path
      let store: any IdentityStore =
        switch kind {
        case .memory: MemoryStore()
        case .sqlite: SQLiteStore(path: path)
        case .file: FileStore(path: path)
        }
      try await body(try await resolver(on: store, interval: interval))
    }
  }

  private func resolver(on store: some IdentityStore, interval: Duration) async throws -> IdentityResolver {
    var options = IdentityResolver.Options()
    options.eventInterval = interval
    return try await IdentityResolver(space: .builtIn, store: store, options: options)
  }

  private func capture(_ numbers: ClosedRange<Int>, with resolver: IdentityResolver) async throws {
    for result in await resolver.captures(numbers.map { Capture(keys: ["customerKey": .init("c\($0)")]) }) {
      _ = try result.get()
    }
  }

  /// The sequences that come until so many came.
  private func sequences(_ count: Int, of events: JournalEvents) async throws -> [Int64] {
    var sequences: [Int64] = []
    for try await entry in events {
      sequences.append(entry.sequence)
      if sequences.count == count { break }
    }
    return sequences
  }

  // An interval of a minute shows that captures wake whoever waits.
  @Test(arguments: Kind.allCases)
  func historyComesFirstThenWhatHappens(_ kind: Kind) async throws {
    try await withResolver(kind) { resolver in
      try await capture(1...5000, with: resolver)
      let following = Task { try await sequences(5003, of: resolver.events()) }
      for number in 5001...5003 { try await capture(number...number, with: resolver) }
      #expect(try await following.value == Array(1...5003))
      try await resolver.close()
    }
  }

  @Test(arguments: Kind.allCases)
  func itGoesOnAfterTheLastOneThatWasDealtWith(_ kind: Kind) async throws {
    try await withResolver(kind) { resolver in
      try await capture(1...10, with: resolver)
      #expect(try await sequences(3, of: resolver.events(after: 0)) == [1, 2, 3])
      let events = resolver.events(after: 3)
      #expect(try await sequences(2, of: events) == [4, 5])
      #expect(try await sequences(7, of: events) == [4, 5, 6, 7, 8, 9, 10], "every iteration begins anew")
      let entries = try await resolver.read { view throws(StoreError) in try view.entry(10) }
      for try await entry in resolver.events(after: 9) {
        #expect(entry == entries)
        break
      }
      try await resolver.close()
    }
  }

  @Test(arguments: Kind.allCases)
  func whoIsSlowHoldsUpNoCapture(_ kind: Kind) async throws {
    try await withResolver(kind) { resolver in
      try await capture(1...1, with: resolver)
      var events = resolver.events().makeAsyncIterator()
      #expect(try await events.next()?.sequence == 1)
      // Nobody asks for the next one until all of these are captured.
      try await capture(2...6000, with: resolver)
      for sequence in Int64(2)...6000 { #expect(try await events.next()?.sequence == sequence) }
      try await resolver.close()
    }
  }

  @Test(arguments: Kind.allCases)
  func itEndsWithTheResolver(_ kind: Kind) async throws {
    try await withResolver(kind) { resolver in
      try await capture(1...2, with: resolver)
      var events = resolver.events().makeAsyncIterator()
      for _ in 1...2 { #expect(try await events.next() != nil) }
      let waiting = Task { try await sequences(3, of: resolver.events()) }
      try await resolver.close()
      #expect(try await events.next() == nil)
      #expect(try await waiting.value.count <= 2)
      #expect(try await sequences(1, of: resolver.events()).isEmpty)
    }
  }

  @Test(arguments: Kind.allCases)
  func itEndsWithTheTask(_ kind: Kind) async throws {
    try await withResolver(kind) { resolver in
      try await capture(1...2, with: resolver)
      let (came, box) = AsyncStream.makeStream(of: Int64.self)
      let following = Task {
        for try await entry in resolver.events() { box.yield(entry.sequence) }
        box.finish()
      }
      var arrivals = came.makeAsyncIterator()
      for sequence in Int64(1)...2 { #expect(await arrivals.next() == sequence) }
      following.cancel()
      try await following.value
      #expect(await arrivals.next() == nil)
      try await resolver.close()
    }
  }

  @Test func whatOthersCommitToTheSameStoreComesToo() async throws {
    try await withFolder { folder in
      let path = folder.appendingPathComponent("shared.db").path
      let resolver = try await resolver(on: SQLiteStore(path: path), interval: .milliseconds(10))
      let other = try await self.resolver(on: SQLiteStore(path: path), interval: .seconds(60))
      let following = Task { try await sequences(30, of: resolver.events()) }
      for number in 1...30 { try await capture(number...number, with: number % 3 == 0 ? resolver : other) }
      #expect(try await following.value == Array(1...30))
      try await resolver.close()
      try await other.close()
    }
  }
}
