import KeyfoldCore

/// The lines of a body that are not blank, with their numbers.
///
/// A byte order mark before the first and a carriage return behind any of them are no part of it.
func numberedLines(_ body: [UInt8]) -> [(number: Int, text: ArraySlice<UInt8>)] {
  var lines: [(Int, ArraySlice<UInt8>)] = []
  var rest = body.starts(with: [0xEF, 0xBB, 0xBF]) ? body[3...] : body[...]
  var number = 0
  while !rest.isEmpty {
    let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
    var line = rest[..<end]
    rest = rest[min(end + 1, rest.endIndex)...]
    number += 1
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    if !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) {
      lines.append((number, line))
    }
  }
  return lines
}
