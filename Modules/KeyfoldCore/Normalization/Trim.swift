/// The value without Unicode white space (and the zero-width no-break space that marks encodings) at its
/// ends.
package func trimmed(_ value: String) -> String {
  func isEdge(_ byte: UInt8) -> Bool { byte <= 0x20 || byte >= 0x7F }
  guard let first = value.utf8.first, let last = value.utf8.last, isEdge(first) || isEdge(last) else {
    return value
  }
  var scalars = value.unicodeScalars[...]
  while let scalar = scalars.first, isSpace(scalar) { scalars.removeFirst() }
  while let scalar = scalars.last, isSpace(scalar) { scalars.removeLast() }
  return String(scalars)
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isWhitespace || scalar.value == 0xFEFF
}
