import Keyfold
import KeyfoldCore
import KeyfoldValidation

let simulateCommand = CommandRule(
  name: "simulate", operands: "",
  summary: "try other rules on the store's history, without touching it",
  details: """
    Decides every capture of the journal again under the rules of --space, with the verdicts that were recorded, repeats what
    operators did, and says what would be different: customers that would be one, customers that would be several, and
    captures that would switch the customer on their touchpoint, or would not. Counts come first, then examples. Asks no
    validator and writes nothing; holds the state that would be in memory, about a kilobyte for each TID.

    A verdict that was never asked for is unknown: the key counts as one nobody can tell about, and the capture is counted as
    such. What a validator found is taken to be what it would find under other settings. Captures with more values than the
    rules allow are refused. Keys of attributes the new space does not have are left out.

    The store is opened with the space it was written with: the one of KEYFOLD_SPACE, keyfold.yaml in this folder, or the one
    --current names. With --json, the first line has the counts, and each line after it one difference.
    """,
  options: [
    OptionRule(
      "current", "FILE", "the space file the store was written with (KEYFOLD_SPACE; default keyfold.yaml)"),
    OptionRule("examples", "N", "how many examples of each kind (default: 10; all with --json)"),
  ],
  examples: [
    "keyfold simulate --space stricter.yaml",
    "keyfold simulate --space stricter.yaml --json > changes.ndjson",
  ],
  operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    _ = try invocation.required("space", "the space file to try")
    let (space, current) = (try composition.space(), try composition.space(option: "current"))
    let examples = try invocation.number("examples", in: 0...Int.max)
    let output = composition.output
    let simulation = try await composition.withResolver(current, mayCreate: false) { resolver in
      let last = try await resolver.read { $0.sequence }
      var progress = Progress("entries", total: Int(last), output: output, resultsFollow: true)
      let kinds = Composition.validators.kinds.map(\.name)
      let simulation = try await resolver.simulate(space, kinds: kinds) { done in
        progress.show(count: Int(done), of: Int(done))
      }
      progress.end()
      return simulation
    }
    if output.json {
      try printLines(of: simulation, examples ?? .max, output)
    } else {
      try output.print(text(of: simulation, examples ?? 10, output))
    }
    return .done
  })

private func printLines(of simulation: Simulation, _ examples: Int, _ output: Output) throws {
  try output.printJSON { json in json.object { simulation.counts(into: &$0) } }
  for merge in simulation.merges.prefix(examples) {
    try output.printJSON { json in
      json.object { json in
        json.member("change", "merge")
        json.name("profiles")
        json.array(merge.profiles) { $0.tid($1) }
      }
    }
  }
  for split in simulation.splits.prefix(examples) {
    try output.printJSON { json in
      json.object { json in
        json.member("change", "split")
        json.member("profile", split.profile)
        json.name("parts")
        json.array(split.parts) { json, part in json.array(part) { $0.tid($1) } }
      }
    }
  }
  for change in simulation.switches.prefix(examples) {
    try output.printJSON { json in
      json.object { json in
        json.member("change", "switch")
        json.member("sequence", change.sequence)
        json.member("touchpoint", change.touchpoint)
        json.member("switchedFrom", change.now)
        json.member("wouldSwitchFrom", change.then)
      }
    }
  }
}

extension Simulation {
  fileprivate func counts(into json: inout JSONWriter) {
    json.member("same", isSame)
    json.member("captures", captures)
    json.member("merges", merges.count)
    json.member("splits", splits.count)
    json.member("switches", switches.count)
    json.member("movedKeys", movedKeys)
    json.member("lostKeys", lostKeys)
    json.member("unknown", unknown)
    json.member("refused", refused)
    json.member("ignoredKeys", ignoredKeys)
    for (name, change) in [("profiles", profiles), ("keys", keys)] {
      json.name(name)
      json.object { json in
        json.member("now", change.now)
        json.member("then", change.then)
      }
    }
  }
}

private func text(of simulation: Simulation, _ examples: Int, _ output: Output) -> String {
  var rows = [
    ("captures", "\(simulation.captures) decided again"),
    ("customers", "\(simulation.profiles.now) now, \(simulation.profiles.then) then"),
    ("keys", "\(simulation.keys.now) verified now, \(simulation.keys.then) then"),
    ("merge", "\(simulation.merges.count) times, customers would be one"),
    ("split", "\(simulation.splits.count) customers would be several"),
    ("switch", "\(simulation.switches.count) captures would switch, or would no longer"),
    ("keys", "\(simulation.movedKeys) would be somebody else's, \(simulation.lostKeys) nobody's"),
  ]
  for (count, words) in [
    (simulation.unknown, "captures need a verdict that was never asked for"),
    (simulation.refused, "captures would be refused: too many values of one attribute"),
    (simulation.ignoredKeys, "keys are of attributes the new space does not have"),
  ] where count > 0 {
    rows.append(("note", "\(count) \(words)"))
  }
  let verdict =
    simulation.isSame
    ? Style.green("nothing would be different", output) : Style.bold("this would be different", output)
  var lines = [verdict] + rows.map { "  \(Style.dim($0.0.padded(to: 11), output)) \($0.1)" }
  lines += simulation.merges.prefix(examples).map { merge in
    "  \(Style.yellow("merge", output)) \(merge.profiles.map(\.description).joined(separator: " and "))"
  }
  lines += simulation.splits.prefix(examples).map { split in
    let parts = split.parts.map { $0.map(\.description).joined(separator: " ") }
    return "  \(Style.yellow("split", output)) \(split.profile) into \(parts.joined(separator: " | "))"
  }
  lines += simulation.switches.prefix(examples).map { change in
    let words =
      change.then.map { "would leave \($0)" } ?? change.now.map { "would not leave \($0)" } ?? "as it was"
    return
      "  \(Style.yellow("switch", output)) entry \(change.sequence) at \(visible(change.touchpoint)) \(words)"
  }
  return lines.joined(separator: "\n")
}
