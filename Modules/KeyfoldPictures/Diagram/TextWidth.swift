import KeyfoldCore

/// How text is set. Sizes are in pixels.
struct TextStyle {
  let size: Int
  var isBold = false
  var isMonospaced = false

  static let plain = TextStyle(size: 13)
  static let bold = TextStyle(size: 13, isBold: true)
  static let small = TextStyle(size: 11)
  static let heading = TextStyle(size: 15, isBold: true)
  static let code = TextStyle(size: 12, isMonospaced: true)

  /// Widest that the text may become, in pixels.
  ///
  /// Nobody knows which font a reader has. These are the advances of DejaVu Sans, the widest of the usual ones,
  /// so that what fits by this measure fits in all of them.
  func width(of text: String) -> Int {
    var hundredths = 0
    for scalar in visible(text).unicodeScalars { hundredths += advance(scalar) }
    return (hundredths * size + 99) / 100
  }

  /// In hundredths of the size.
  private func advance(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x20...0x7E:
      if isMonospaced { return 61 }
      let regular = TextStyle.advances[Int(scalar.value) - 0x20]
      return isBold ? regular + max(3, regular / 8) : regular
    case 0x300...0x36F: return 0
    case 0x1100...0x11FF, 0x2E80...0xD7FF, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFFEF: return 106
    case 0x1F000...: return 135
    default: return isMonospaced ? 66 : 85
    }
  }

  /// Of the printable ASCII characters, from the space on.
  private static let advances = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    34,
    34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62,
    74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64,
    62,
    64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
  ]

  /// The text, or its beginning and end with an ellipsis between them where it would be wider than that.
  func fitted(_ text: String, in width: Int) -> String {
    guard self.width(of: text) > width else { return text }
    var (head, tail) = (Array(text.prefix(width / 3)), Array(text.suffix(width / 8)))
    while !head.isEmpty, self.width(of: String(head) + "…" + String(tail)) > width {
      head.removeLast()
      if tail.count > head.count / 3 { tail.removeFirst() }
    }
    return String(head) + "…" + String(tail)
  }
}
