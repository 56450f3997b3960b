import KeyfoldCore

/// Texts that come again and again (attributes, touchpoints, names of data), each kept once under a number.
struct Names: Sendable {
  private(set) var texts: [String] = []
  private var numbers: [ExactText: UInt32] = [:]

  mutating func number(of text: String) -> UInt32 {
    if let known = numbers[ExactText(text)] { return known }
    let number = UInt32(texts.count)
    texts.append(text)
    numbers[ExactText(text)] = number
    return number
  }

  func known(_ text: String) -> UInt32? { numbers[ExactText(text)] }

  subscript(number: UInt32) -> String { texts[Int(number)] }
}
