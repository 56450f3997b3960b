import Keyfold
import KeyfoldCore

let copyCommand = CommandRule(
  name: "copy", operands: "",
  summary: "move a store with its history into another, of any kind",
  details: """
    Applies the journal of one store to another and compares the state digests. The source is only read. What was copied
    before an interruption is not copied again: repeat the command. The target must be new, or an earlier copy of the
    same store.
    """,
  options: [
    OptionRule("from", "URL", "the store to copy (required)"),
    OptionRule("to", "URL", "the store to make (required)"),
  ],
  examples: ["keyfold copy --from sqlite:keyfold.db --to file:keyfold.d"],
  operandCount: 0...0,
  run: { invocation in
    let (from, to) = (
      try invocation.required("from", "the store to copy"), try invocation.required("to", "the store to make")
    )
    for url in [from, to] where url == "memory:" {
      throw Failure(.usage, "memory: holds nothing between commands; it can be neither end of a copy")
    }
    if from == to { throw Failure(.usage, "--from and --to are the same store") }
    let composition = Composition(invocation)
    let space = try composition.space()
    let (sequence, digest) = try await composition.withStore(from, space, mayCreate: false) {
      source, identity in
      let digest = try await composition.withStore(to, space, mayCreate: true, secret: identity.secret) {
        target, _ in
        var progress = Progress("entries", total: Int(identity.sequence), output: composition.output)
        let digest = try await StoreCopy(from: source, to: target, space: space).run {
          done, _ throws(StoreError) in
          progress.show(count: Int(done), of: Int(done))
        }
        progress.end()
        return digest
      }
      return (identity.sequence, digest)
    }
    if composition.output.json {
      try composition.output.printJSON { json in
        json.object { json in
          json.member("sequence", sequence)
          json.member("digest", digest)
        }
      }
    } else {
      try composition.output.print("copied \(sequence) entries; both stores have the digest \(digest)")
    }
    return .done
  })
