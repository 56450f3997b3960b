import KeyfoldCore
import Synchronization

/// Lets a bounded number of captures in at a time; further ones wait, first come, first served.
///
/// Nobody overtakes: a long list at the head of the line waits until there is room for it, and is not kept
/// waiting for ever by short ones behind it.
final class Admission: Sendable {
  private enum Waiter {
    /// Took its turn; its task is not asleep yet.
    case arriving(places: Int)
    case asleep(places: Int, CheckedContinuation<Bool, Never>)
    /// Was let in before its task fell asleep.
    case admitted
  }

  private struct State {
    var taken = 0
    /// By turn.
    var waiting: [Int: Waiter] = [:]
    /// The first turn that may still be waiting, and the next one to be given.
    var (first, next) = (0, 0)
    /// Who waits until the last one has left; then the door is shut.
    var closers: [CheckedContinuation<Void, Never>] = []
    var isClosed = false

    /// Gives places to those at the head of the line.
    ///
    /// - Returns: Whom to wake when the lock is free.
    mutating func admit(upTo placesMax: Int) -> [CheckedContinuation<Bool, Never>] {
      var woken: [CheckedContinuation<Bool, Never>] = []
      while first < next {
        switch waiting[first] {
        case .arriving(let places):
          guard taken + places <= placesMax else { return woken }
          taken += places
          waiting[first] = .admitted
        case .asleep(let places, let sleeper):
          guard taken + places <= placesMax else { return woken }
          taken += places
          waiting[first] = nil
          woken.append(sleeper)
        case .admitted, nil: break
        }
        first += 1
      }
      return woken
    }
  }

  private let placesMax: Int
  private let state = Mutex(State())

  /// - Parameter placesMax: captures that are let in at a time, 1 at least.
  init(placesMax: Int) { self.placesMax = max(1, placesMax) }

  /// Whether nobody is let in any more.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Captures that are in, and tasks that wait.
  var counts: (inFlight: Int, waiting: Int) { state.withLock { ($0.taken, $0.waiting.count) } }

  /// How many places a list of captures takes: more of them are not worked on at the same time, and no list
  /// is too long to come in at all.
  func places(for captures: Int) -> Int { min(captures, IdentityResolver.verificationsMax, placesMax) }

  /// Waits for places; whoever was let in must leave.
  ///
  /// - Throws: `.cancelled` where the task was cancelled while it waited, `.store` after `close`.
  func enter(_ places: Int) async throws(ResolverError) {
    let turn = try state.withLock { state throws(ResolverError) -> Int? in
      if state.isClosed { throw .store(StoreError(.closed, "the resolver was closed")) }
      if state.first == state.next, state.taken + places <= placesMax {
        state.taken += places
        return nil
      }
      state.waiting[state.next] = .arriving(places: places)
      state.next += 1
      return state.next - 1
    }
    guard let turn else { return }
    let isIn = await withTaskCancellationHandler {
      await withCheckedContinuation { sleeper in fallAsleep(turn, sleeper) }
    } onCancel: {
      giveUp(turn)
    }
    guard isIn else { throw .cancelled }
  }

  private func fallAsleep(_ turn: Int, _ sleeper: CheckedContinuation<Bool, Never>) {
    let isIn = state.withLock { state -> Bool? in
      switch state.waiting[turn] {
      case .admitted:
        state.waiting[turn] = nil
        return true
      case .arriving(let places):
        state.waiting[turn] = .asleep(places: places, sleeper)
        return nil
      case .asleep, nil: return false
      }
    }
    if let isIn { sleeper.resume(returning: isIn) }
  }

  /// Frees the place in the line. Whoever was let in already goes on and finds out by itself.
  private func giveUp(_ turn: Int) {
    let (sleeper, woken) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, Woken) in
      switch state.waiting[turn] {
      case .admitted, nil: return (nil, Woken())
      case .arriving:
        state.waiting[turn] = nil
        return (nil, settle(&state))
      case .asleep(_, let sleeper):
        state.waiting[turn] = nil
        return (sleeper, settle(&state))
      }
    }
    sleeper?.resume(returning: false)
    woken.wake()
  }

  /// Gives the places back.
  func leave(_ places: Int) {
    state.withLock { state in
      state.taken -= places
      return settle(&state)
    }.wake()
  }

  /// Lets nobody in any more, and waits until those have left who are in or wait.
  func close() async {
    await withCheckedContinuation { closer in
      state.withLock { state in
        state.isClosed = true
        state.closers.append(closer)
        return settle(&state)
      }.wake()
    }
  }

  private struct Woken {
    var admitted: [CheckedContinuation<Bool, Never>] = []
    var closers: [CheckedContinuation<Void, Never>] = []

    func wake() {
      for sleeper in admitted { sleeper.resume(returning: true) }
      for closer in closers { closer.resume() }
    }
  }

  private func settle(_ state: inout State) -> Woken {
    var woken = Woken()
    if state.first < state.next { woken.admitted = state.admit(upTo: placesMax) }
    if state.taken == 0, state.waiting.isEmpty, !state.closers.isEmpty {
      swap(&woken.closers, &state.closers)
    }
    return woken
  }
}
