import KeyfoldCore
import KeyfoldValidation

let pluginsCommand = CommandRule(
  name: "plugins", operands: "",
  summary: "list the kinds of validators a space file may name",
  details: """
    What may stand after 'use:' in a space file. A program that embeds Keyfold may bring more of its own.
    """,
  options: [], examples: ["keyfold plugins", "keyfold plugins --json"], operandCount: 0...0,
  run: { invocation in
    let output = Output(invocation)
    for kind in Composition.validators.kinds {
      if output.json {
        try output.printJSON { json in
          json.object { json in
            json.member("use", kind.name)
            json.member("summary", kind.summary)
          }
        }
      } else {
        try output.print("\(Style.bold(kind.name.padded(to: 15), output)) \(kind.summary)")
      }
    }
    return .done
  })
