public import Keyfold
public import KeyfoldCore
import Synchronization

/// A clock that goes only when it is told to.
public final class ManualClock: WallClock {
  private let time: Mutex<Timestamp>

  /// Stands at an instant.
  public init(_ time: Timestamp) { self.time = Mutex(time) }

  /// The instant it stands at.
  public func now() -> Timestamp { time.withLock { $0 } }

  /// Goes forward.
  public func advance(bySeconds seconds: Int64) {
    time.withLock { $0 = $0.advanced(bySeconds: seconds) }
  }
}

/// TIDs a test chose beforehand; after them, those of a seeded source.
public final class ListedTIDs: TIDSource {
  private let list: Mutex<[TID]>
  private let rest: SeededTIDs

  /// - Parameters:
  ///   - list: given out in this order.
  ///   - seed: of the TIDs that follow when the list is used up.
  public init(_ list: [TID] = [], seed: UInt64 = 1) {
    self.list = Mutex(list)
    rest = SeededTIDs(seed: seed)
  }

  /// Gives this one out next, before those that wait.
  public func put(_ tid: TID) { list.withLock { $0.insert(tid, at: 0) } }

  /// The next of the list.
  public func next() -> TID {
    list.withLock { $0.isEmpty ? nil : $0.removeFirst() } ?? rest.next()
  }
}
