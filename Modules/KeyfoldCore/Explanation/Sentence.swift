/// A sentence in pieces, so that whoever shows it can name TIDs, mark keys, and make text from outside
/// harmless, each in their own way.
///
/// Text from outside cannot be taken for words of Keyfold's own: there is no interpolation of a bare string.
public struct Sentence: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// A piece of a sentence.
  public enum Piece: Sendable, Hashable {
    /// Keyfold's own words.
    case words(String)
    /// Text from outside: a touchpoint, a reason, a capture id.
    case quoted(String)
    /// A TID.
    case tid(TID)
    /// A key.
    case key(Key)
    /// An instant.
    case time(Timestamp)
    /// A journal entry, by its sequence number.
    case entry(Int64)
  }

  /// The pieces, in order.
  public private(set) var pieces: [Piece]

  /// Words of Keyfold's own.
  public init(stringLiteral text: String) { pieces = text.isEmpty ? [] : [.words(text)] }

  /// What an interpolated literal says.
  public init(stringInterpolation interpolation: StringInterpolation) { pieces = interpolation.pieces }

  /// Collects the pieces of an interpolated literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    /// Begins with nothing.
    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// Adds Keyfold's own words.
    public mutating func appendLiteral(_ text: String) {
      if !text.isEmpty { pieces.append(.words(text)) }
    }

    /// Adds a TID.
    public mutating func appendInterpolation(_ tid: TID) { pieces.append(.tid(tid)) }
    /// Adds a key.
    public mutating func appendInterpolation(_ key: Key) { pieces.append(.key(key)) }
    /// Adds an instant.
    public mutating func appendInterpolation(_ time: Timestamp) { pieces.append(.time(time)) }
    /// Adds a number.
    public mutating func appendInterpolation(_ number: Int) { appendLiteral(String(number)) }
    /// Adds a journal entry.
    public mutating func appendInterpolation(entry sequence: Int64) { pieces.append(.entry(sequence)) }
    /// Adds text from outside.
    public mutating func appendInterpolation(quoted text: String) { pieces.append(.quoted(text)) }
    /// Adds another sentence.
    public mutating func appendInterpolation(_ sentence: Sentence) { pieces += sentence.pieces }
  }

  /// Whether it says nothing.
  public var isEmpty: Bool { pieces.isEmpty }

  /// Puts another sentence behind it.
  package static func += (sentence: inout Sentence, more: Sentence) { sentence.pieces += more.pieces }

  /// The sentences one after the other, with commas and a last "and" between them.
  package static func list(_ sentences: [Sentence]) -> Sentence {
    var list: Sentence = ""
    for (index, sentence) in sentences.enumerated() {
      list += index == 0 ? "" : index == sentences.count - 1 ? " and " : ", "
      list += sentence
    }
    return list
  }
}

extension Sentence: CustomStringConvertible {
  /// As plain text, with TIDs in full. Text from outside is as it came.
  public var description: String { text { $0.description } }

  /// As plain text, with names for TIDs. Text from outside is as it came.
  package func text(naming name: (TID) -> String) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .words(let words): text += words
      case .quoted(let quoted): text += quoted
      case .tid(let tid): text += name(tid)
      case .key(let key): text += key.description
      case .time(let time): text += time.description
      case .entry(let sequence): text += "#\(sequence)"
      }
    }
    return text
  }
}
