import KeyfoldCore

/// The marks and what they mean.
enum Legend: CaseIterable {
  case born
  case merged
  case verified
  case claimed
  case gone
  case revoked
  case apart
  case faint

  /// What the mark means.
  var words: String {
    switch self {
    case .born: "new TID"
    case .merged: "another TID became part of this one"
    case .verified: "verified key"
    case .claimed: "unverified key"
    case .gone: "key not held"
    case .revoked: "TID revoked"
    case .apart: "stayed apart"
    case .faint: "still leads to its customer"
    }
  }

  /// Draws the mark around a point.
  func draw(x: Int, y: Int, into markup: inout Markup) {
    func circle(_ look: String, _ radius: String = "6") {
      markup.empty("circle", [("class", look), ("cx", "\(x)"), ("cy", "\(y)"), ("r", radius)])
    }
    func path(_ look: String, _ d: String) { markup.empty("path", [("class", look), ("d", d)]) }
    switch self {
    case .born: circle("ink solid")
    case .merged: circle("ink hollow")
    case .verified: path("ink solid", Glyph.diamond(x, y))
    case .claimed: path("ink hollow", Glyph.diamond(x, y))
    case .gone: path("ink thin", "M\(x - 4) \(y - 4)l8 8m0 -8l-8 8")
    case .revoked: path("ink track", "M\(x - 5) \(y - 5)l10 10m0 -10l-10 10")
    case .apart:
      circle("stop hollow")
      path("stop", "M\(x - 4) \(y + 4)l8 -8")
    case .faint: path("ink faint", "M\(x) \(y - 8)v16")
    }
  }
}

extension KeyStory.Standing {
  /// The mark of a key that is so.
  var legend: Legend {
    switch self {
    case .verified: .verified
    case .claimed: .claimed
    case .released, .withheld, .rejected: .gone
    }
  }
}
