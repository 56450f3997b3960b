import KeyfoldCore

/// Prints reports as tables, or as one JSON object a row.
struct Printer {
  let json: Bool

  func print(_ report: Report) {
    if json {
      for row in report.rows { Swift.print(line(row, of: report)) }
    } else {
      Swift.print("\(report.name): \(report.note)\n")
      for line in table(report) { Swift.print("  \(line)") }
      Swift.print()
    }
  }

  private func line(_ row: [Figure], of report: Report) -> String {
    var json = JSONWriter()
    json.string(report.name)
    var text = "{\"measurement\":\(json.text)"
    for (column, figure) in zip(report.columns, row) {
      var json = JSONWriter()
      json.name(column)
      if case .word(let word) = figure { json.string(word) } else { json.raw(figure.text) }
      text += ",\(json.text)"
    }
    return text + "}"
  }

  private func table(_ report: Report) -> [String] {
    let cells = [report.columns] + report.rows.map { $0.map(\.text) }
    let widths = report.columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let isNumber = report.columns.indices.map { column in report.rows.first?[column].isNumber ?? false }
    return cells.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return isNumber[column] ? space + row[column] : row[column] + space
      }.joined(separator: "  ")
    }
  }
}
