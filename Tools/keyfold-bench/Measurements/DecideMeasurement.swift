import KeyfoldCore

/// The pure decision on snapshots that are there already.
func measureDecide(_ options: Options) -> Report {
  var report = Report(
    name: "decide", note: "the pure decision on ordinary snapshots, median of \(options.runs) runs",
    columns: ["case", "decision", "ns/capture", "allocations/capture"])
  let snapshots = OrdinarySnapshots()
  for situation in snapshots.all {
    let question = situation.question(snapshots.screened(situation.keys))
    let standings = question.keys.accepted.map { _ in Standing(.linking) }
    func decision() -> Decision {
      decide(question, standings: standings, on: situation.snapshot, in: snapshots.space)
    }
    let cost = Cost(runs: options.runs) { decision().effects.count }
    report.rows.append([
      .word(situation.name), .word(decision().outcome.decision.rawValue),
      .number(cost.nanoseconds, decimals: 0), .number(cost.allocations, decimals: 0),
    ])
  }
  return report
}

/// The same from the keys as sent.
func measureScreening(_ options: Options) -> Report {
  var report = Report(
    name: "screen", note: "normalise, screen, plan and decide, median of \(options.runs) runs",
    columns: ["case", "ns/capture", "allocations/capture"])
  let snapshots = OrdinarySnapshots()
  for situation in snapshots.all {
    let traits = [ValidatorTraits?](repeating: nil, count: snapshots.space.attributes.count)
    let cost = Cost(runs: options.runs) {
      let question = situation.question(snapshots.screened(situation.keys))
      let verdicts = [Verdict?](repeating: nil, count: question.keys.accepted.count)
      guard
        case .ready(let standings) = plan(
          question, verdicts: verdicts, traits: traits, on: situation.snapshot, in: snapshots.space,
          giveUp: false)
      else { return 0 }
      return decide(question, standings: standings, on: situation.snapshot, in: snapshots.space).effects.count
    }
    report.rows.append([
      .word(situation.name), .number(cost.nanoseconds, decimals: 0), .number(cost.allocations, decimals: 0),
    ])
  }
  return report
}
