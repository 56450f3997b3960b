import Keyfold
import KeyfoldCore

let statsCommand = CommandRule(
  name: "stats", operands: "",
  summary: "count what the store holds",
  details: """
    TIDs, profiles, verified keys, unverified claims, keys that wait for a verdict; how many keys were withheld because of a
    conflict, by attribute; and how many profiles have nine tenths or more of the TIDs or keys they may have.
    """,
  options: [], examples: ["keyfold stats", "keyfold stats --json"], operandCount: 0...0,
  run: { invocation in
    let composition = Composition(invocation)
    let (sequence, counts) = try await composition.withResolver(try composition.space(), mayCreate: false) {
      try await $0.read { view throws(StoreError) in (view.sequence, try view.counts()) }
    }
    let conflicts = counts.conflicts.sorted { $0.key < $1.key }
    if composition.output.json {
      try composition.output.printJSON { json in
        json.object { json in
          json.member("sequence", sequence)
          json.member("tids", counts.tids)
          json.member("profiles", counts.profiles)
          json.member("keys", counts.keys)
          json.member("unverified", counts.unverified)
          json.member("pending", counts.pending)
          json.name("conflicts")
          json.object { json in
            for (attribute, count) in conflicts {
              json.name(attribute.string)
              json.integer(Int64(count))
            }
          }
          json.member("nearLimit", counts.nearLimit)
        }
      }
      return .done
    }
    var rows = [
      ("journal", "\(sequence) entries"), ("customers", "\(counts.profiles) with \(counts.tids) TIDs"),
      ("keys", "\(counts.keys) verified, \(counts.unverified) unverified claims"),
      ("pending", "\(counts.pending) keys wait for a verdict"),
      ("near limit", "\(counts.nearLimit) customers"),
    ]
    for (attribute, count) in conflicts {
      rows.append(("conflicts", "\(count) times \(attribute) was withheld"))
    }
    for (label, value) in rows {
      try composition.output.print("\(Style.dim(label.padded(to: 11), composition.output)) \(value)")
    }
    return .done
  })
