/// Text of a file as a message may show it: one line, not too long, nothing that moves a terminal's cursor.
func quoted(_ text: String) -> String { "'\(shortened(text))'" }

/// The first characters of a long text.
func shortened(_ text: String) -> String {
  let shown = text.unicodeScalars.prefix(64)
  return visible(String(shown)) + (shown.endIndex < text.unicodeScalars.endIndex ? "…" : "")
}

/// The text with everything that cannot be seen written as `\u{…}`.
func visible(_ text: String) -> String {
  text.unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
}
