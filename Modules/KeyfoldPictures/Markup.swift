import KeyfoldCore

/// Writes XML and HTML. Every text and every value of an attribute is escaped; names cannot come from outside.
struct Markup {
  private(set) var text = ""

  /// A name and a value; an attribute whose value is nil is left out.
  typealias Attribute = (name: StaticString, value: String?)

  /// An element with what the closure writes into it.
  mutating func element(
    _ name: StaticString, _ attributes: [Attribute] = [], _ content: (inout Markup) -> Void
  ) {
    open(name, attributes)
    text += ">"
    content(&self)
    text += "</\(name)>"
  }

  /// An element with text in it.
  mutating func element(_ name: StaticString, _ attributes: [Attribute] = [], text: String) {
    element(name, attributes) { $0.write(text) }
  }

  /// An XML element with nothing in it.
  mutating func empty(_ name: StaticString, _ attributes: [Attribute]) {
    open(name, attributes)
    text += "/>"
  }

  /// An HTML element that can have nothing in it.
  mutating func void(_ name: StaticString, _ attributes: [Attribute]) {
    open(name, attributes)
    text += ">"
  }

  /// Text from wherever it may come.
  mutating func write(_ text: String) { self.text += Markup.escaped(text) }

  /// Markup that stands in the source.
  mutating func raw(_ markup: StaticString) { text += markup.description }

  /// A style sheet or a script that stands in the source.
  mutating func verbatim(_ element: StaticString, _ content: StaticString) {
    text += "<\(element)>\(content)</\(element)>"
  }

  mutating func append(_ markup: Markup) { text += markup.text }

  mutating func newLine() { text += "\n" }

  private mutating func open(_ name: StaticString, _ attributes: [Attribute]) {
    text += "<\(name)"
    for case (let name, let value?) in attributes { text += " \(name)=\"\(Markup.escaped(value))\"" }
  }

  /// Text that means nothing to a reader of markup. Control characters, which XML cannot hold, and characters
  /// that turn the direction of writing are shown by their number.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in visible(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // Noncharacters that no XML may hold.
      case "\u{FFFE}", "\u{FFFF}": result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
