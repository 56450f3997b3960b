/// What one measurement found: a row a case, a column a figure.
struct Report {
  let name: String
  /// How it was measured, in a line; for people.
  let note: String
  let columns: [String]
  var rows: [[Figure]] = []
}

/// A figure or a word in a report.
enum Figure {
  case word(String)
  case number(Double, decimals: Int)

  static func count(_ value: Int) -> Figure { .number(Double(value), decimals: 0) }

  /// As it stands in the table.
  var text: String {
    switch self {
    case .word(let word): word
    case .number(let value, let decimals): fixed(value, decimals)
    }
  }

  var isNumber: Bool { if case .number = self { true } else { false } }
}

/// Digits with so many decimals, rounded.
private func fixed(_ value: Double, _ decimals: Int) -> String {
  guard decimals > 0 else { return String(Int(value.rounded())) }
  var scale = 1
  for _ in 0..<decimals { scale *= 10 }
  let scaled = Int((value * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
}
