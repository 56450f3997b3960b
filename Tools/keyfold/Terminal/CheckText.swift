import Keyfold
import KeyfoldCore

/// Tells of every check of a validator as it ends, where a person reads the results.
func checkListener(_ output: Output) -> CheckListener? {
  if output.json { return nil }
  return { key, evidence in
    // The verdict says the same again; a line that cannot be written must not end a capture.
    try? output.print(checkLine(key, evidence, output))
  }
}

private func checkLine(_ key: Key, _ evidence: Evidence, _ output: Output) -> String {
  let mark =
    switch evidence.finding {
    case .valid: Style.green("✓", output)
    case .invalid: Style.red("✗", output)
    case .indeterminate: Style.yellow("?", output)
    }
  let status = evidence.status.map { ", status \($0)" } ?? ""
  let time = evidence.cached ? "from the cache" : "\(evidence.latencyMs) ms"
  let detail = Style.dim("(\(evidence.code)\(status), \(time))", output)
  return
    "  \(mark) \(key.attribute): \(evidence.validator) \(evidence.check) \(evidence.finding.rawValue) \(detail)"
}
