import Keyfold
package import KeyfoldCore

/// A journal replayed under the rules it was written with must make the state it made.
package enum SameRules {
  /// Everything that is different; empty where nothing is.
  ///
  /// - Parameter kinds: names that space files can use for validators.
  package static func differences(
    in view: any StoreView, _ space: Space, kinds: [String]
  ) throws(StoreError) -> [String] {
    var made = IdentityState(space: space)
    var replay = Replay(under: space, from: space, kinds: kinds)
    try view.forEachEntry(after: 0) { entry throws(StoreError) in
      made.apply(relevant(entry))
      replay.take(entry)
      return true
    }
    let simulation = try Simulation(of: replay, with: view)
    var differences: [String] = []
    func expect(_ condition: Bool, _ words: String) {
      if !condition { differences.append("a simulation under the same rules \(words)") }
    }
    expect(simulation.isSame, "finds differences: \(simulation)")
    expect(replay.state.digest() == made.digest(), "ends with another state")
    expect(replay.state.pending == made.pending, "leaves other keys waiting")
    expect(simulation.unknown == 0, "does not know \(simulation.unknown) verdicts")
    expect(simulation.refused == 0 && simulation.ignoredKeys == 0, "leaves something out")
    return differences
  }

  /// An entry as a replay applies it: without activity and data, which make nobody anybody.
  private static func relevant(_ entry: JournalEntry) -> JournalEntry {
    let effects = entry.effects.filter { effect in
      switch effect {
      case .active, .datum: false
      default: true
      }
    }
    return JournalEntry(sequence: entry.sequence, at: entry.at, event: .operation(.lost), effects: effects)
  }
}
