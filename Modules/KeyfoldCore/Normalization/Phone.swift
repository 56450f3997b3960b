/// A leading `+` and the ASCII digits of a phone number; nil where there is no digit.
func normalizedPhone(_ value: String) -> String? {
  let text = trimmed(value)
  let digits = text.utf8.filter(isASCIIDigit)
  guard !digits.isEmpty else { return nil }
  return (text.utf8.first == UInt8(ascii: "+") ? "+" : "") + String(decoding: digits, as: UTF8.self)
}
