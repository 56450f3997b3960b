import KeyfoldCore

extension ResolverMetrics {
  /// The metrics in Prometheus' text exposition format 0.0.4, lines in an order that does not change. Every
  /// series has the label `space`.
  public var prometheusText: String {
    var text = PrometheusText(space: space)
    addCaptures(to: &text)
    text.counter(
      "keyfold_key_results_total", "Keys of captures that were decided, by what became of them.",
      keys.map { ([("result", $0.result.rawValue), ("reason", $0.reason?.rawValue ?? "none")], $1) })
    text.counter(
      "keyfold_validator_verdicts_total", "Findings of validators, cached ones included.",
      verdicts.flatMap { use, findings in
        findings.map { (use.labels + [("verdict", $0.rawValue)], $1) }
      })
    text.counter(
      "keyfold_commits_total",
      "Transactions that the store carried out, those that found nothing to commit included.", [([], commits)]
    )
    text.counter(
      "keyfold_decision_retries_total", "Decisions that were made again because the state had changed.",
      [([], retries)])
    text.counter(
      "keyfold_pending_settled_total", "Keys that wait for a verdict no longer, by how that ended.",
      pendingEnds.map { ([("end", $0.rawValue)], $1) })
    if let pending {
      text.gauge("keyfold_pending_keys", "Keys that wait for a verdict.", pending)
    }
    text.gauge("keyfold_captures_in_flight", "Captures on their way.", capturesInFlight)
    text.gauge("keyfold_captures_waiting", "Calls that wait for their turn.", capturesWaiting)
    text.histogram(
      "keyfold_capture_seconds", "From the call to the outcome of a capture.", [([], captureLatency)])
    text.histogram("keyfold_commit_seconds", "How long the store took to commit.", [([], commitLatency)])
    text.histogram(
      "keyfold_validator_seconds", "How long the checks of validators took, cached ones left out.",
      validatorLatency.map { ($0.labels, $1) })
    return text.lines
  }

  private func addCaptures(to text: inout PrometheusText) {
    text.counter(
      "keyfold_captures_total", "Captures that were decided and stored, by decision.",
      captures.map { ([("decision", $0.rawValue)], $1) })
    text.counter(
      "keyfold_capture_replays_total", "Captures that got their first answer again.", [([], replays)])
    text.counter(
      "keyfold_capture_refusals_total", "Captures that were refused, by reason.",
      refusals.map { ([("code", $0.rawValue)], $1) })
    text.counter(
      "keyfold_capture_failures_total", "Captures that came to nothing because something broke.",
      failures.map { ([("cause", $0.rawValue)], $1) })
  }
}

extension ResolverMetrics.ValidatorUse {
  fileprivate var labels: [(String, String)] { [("attribute", attribute), ("validator", validator)] }
}

/// Writes metrics family by family.
private struct PrometheusText {
  typealias Labels = [(name: String, value: String)]

  let space: String
  private(set) var lines = ""

  init(space: String) { self.space = space }

  mutating func counter(_ name: String, _ help: String, _ series: [(labels: Labels, value: Int)]) {
    family(name, help, type: "counter", series.map { line(name, $0.labels, "\($0.value)") })
  }

  mutating func gauge(_ name: String, _ help: String, _ value: Int) {
    family(name, help, type: "gauge", [line(name, [], "\(value)")])
  }

  mutating func histogram(
    _ name: String, _ help: String, _ series: [(labels: Labels, value: LatencyHistogram)]
  ) {
    let sorted = series.sorted { line(name, $0.labels, "") < line(name, $1.labels, "") }
    begin(name, help, type: "histogram")
    for (labels, histogram) in sorted {
      var count = 0
      for (bucket, bound) in zip(
        histogram.buckets, LatencyHistogram.boundsMicroseconds.map(seconds) + ["+Inf"])
      {
        count += bucket
        lines += line(name + "_bucket", labels + [("le", bound)], "\(count)")
      }
      lines += line(name + "_sum", labels, seconds(histogram.sumMicroseconds))
      lines += line(name + "_count", labels, "\(count)")
    }
  }

  private mutating func family(_ name: String, _ help: String, type: String, _ series: [String]) {
    begin(name, help, type: type)
    for line in series.sorted() { lines += line }
  }

  private mutating func begin(_ name: String, _ help: String, type: String) {
    lines += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private func line(_ name: String, _ labels: Labels, _ value: String) -> String {
    let all = [("space", space)] + labels
    return "\(name){\(all.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ","))} \(value)\n"
  }

  private func escaped(_ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Seconds, exactly.
  private func seconds(_ microseconds: Int) -> String {
    let digits = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
    let fraction = digits.reversed().drop { $0 == "0" }.reversed()
    return "\(microseconds / 1_000_000)" + (fraction.isEmpty ? "" : "." + String(fraction))
  }
}
