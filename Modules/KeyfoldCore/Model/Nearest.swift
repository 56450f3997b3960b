/// The candidate a mistyped word most likely meant: the one with the fewest edits, if they are few for its
/// length.
package func nearest(to word: String, among candidates: [String]) -> String? {
  let word = word.lowercased()
  let ranked = candidates.map {
    (edits: editDistance(Array(word.utf8), Array($0.lowercased().utf8)), name: $0)
  }
  guard let best = ranked.min(by: { ($0.edits, $0.name) < ($1.edits, $1.name) }) else { return nil }
  if best.edits <= max(1, min(word.utf8.count, best.name.utf8.count) / 3) { return best.name }
  return word.utf8.count < 2 ? nil : candidates.first { $0.lowercased().hasPrefix(word) }
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  guard a.count <= 128, b.count <= 128 else { return .max }
  var rows = [[Int](0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var edits = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { edits = min(edits, rows[i - 1][j - 1] + 1) }
      row.append(edits)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
