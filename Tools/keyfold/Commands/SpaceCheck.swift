import Keyfold
import KeyfoldCore

let spaceCommand = CommandRule(
  name: "space", operands: "check",
  summary: "check a space file and say what it means",
  details: """
    Reads the space file and reports every error at once, each with line and column. Where there is none, checks the
    settings of the validators, and prints the key attributes in order of strength and what may link them. A variable
    that a setting names and that is not set here is said, and is no error: it may be set where captures are made.
    """,
  options: [],
  examples: ["keyfold space check", "keyfold space check --space staging.yaml"],
  operandCount: 1...1,
  run: { invocation in
    guard invocation.operands[0] == "check" else {
      throw Failure(.usage, "'\(visible(invocation.operands[0]))' is nothing to do with a space; 'check' is")
    }
    let composition = Composition(invocation)
    let space = try composition.space()
    for lack in try composition.checkValidators(of: space) { try composition.output.note(lack) }
    if composition.output.json {
      try composition.output.printJSON { json in
        json.object { json in
          json.member("ok", true)
          json.member("space", space.name)
          json.name("attributes")
          json.array(space.attributes) { json, attribute in json.string(attribute.name) }
        }
      }
      return .done
    }
    try composition.output.print(
      "\(Style.bold("space", composition.output)) \(visible(space.name)) is well formed; strongest first:")
    for (place, attribute) in space.attributes.enumerated() {
      try composition.output.print("  \(place + 1). \(attribute.name.padded(to: 16)) \(describe(attribute))")
    }
    return .done
  })

/// What an attribute's settings mean, in a phrase.
private func describe(_ attribute: KeyAttribute) -> String {
  let limit =
    switch attribute.limit {
    case nil: "any number of values"
    case 1: "one value"
    case .some(let limit): "up to \(limit) values"
    }
  let touchpoints = attribute.linksFrom.map {
    $0.names.contains("*") ? "every touchpoint" : $0.names.joined(separator: ", ")
  }
  let proof =
    attribute.trustsSource
    ? "trusted from \(touchpoints ?? "every touchpoint")"
    : "vouched for by \(attribute.validators.map(\.use).joined(separator: ", then "))"
      + (touchpoints.map { "; linked by its existence alone from \($0)" } ?? "")
  return "\(limit), \(proof)"
}
