/// Why a setting could not be filled in from the environment; never quotes the setting.
public struct EnvironmentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The setting that was to be filled in.
  public let setting: String
  /// The variable that is missing; nil where a `${` in the setting is badly written.
  public let variable: String?

  package init(setting: String, variable: String?) {
    self.setting = setting
    self.variable = variable
  }

  /// What to change.
  public var description: String {
    guard let variable else { return "\(setting): \(EnvironmentText.rule)" }
    return "\(setting): the environment variable \(variable) is not set, or is not UTF-8 text"
  }
}

/// Fills in the `${NAME}` of a setting; `$${` stands for `${` itself.
///
/// What comes out is a secret whatever went in: a value from the environment is never printed or stored.
///
/// - Parameters:
///   - text: the setting as it stands in the space file.
///   - setting: what to call it in an error, for example `attributes[0].validators[0].clientSecret`.
///   - environment: the value of a variable, nil where it is not set; `processEnvironment` of the module Keyfold asks the process's own.
/// - Throws: `EnvironmentError` naming the first variable that is not set.
public func expandEnvironment(
  _ text: String, setting: String, environment: (_ name: String) -> String?
) throws(EnvironmentError) -> Secret {
  guard let text = EnvironmentText(text) else { throw EnvironmentError(setting: setting, variable: nil) }
  var bytes: [UInt8] = []
  for piece in text.pieces {
    switch piece {
    case .literal(let literal): bytes += Array(literal.utf8)
    case .variable(let name):
      guard let value = environment(name) else { throw EnvironmentError(setting: setting, variable: name) }
      bytes += Array(value.utf8)
    }
  }
  return Secret(bytes: bytes)
}

/// A text of a space file, taken apart at its `${NAME}`.
package struct EnvironmentText {
  package enum Piece: Equatable {
    case literal(String)
    case variable(String)
  }

  package let pieces: [Piece]

  package static let rule =
    "'${' must be followed by the name of an environment variable and '}'; '$${' stands for '${' itself"

  /// The text itself where no variable stands in it.
  package var literal: String? {
    var literal = ""
    for piece in pieces {
      guard case .literal(let text) = piece else { return nil }
      literal += text
    }
    return literal
  }

  /// Nil where a `${` has no end or no proper name after it.
  package init?(_ text: String) {
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    func endLiteral() {
      if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
      literal = []
    }
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if rest.starts(with: "$${".utf8) {
        literal += Array("${".utf8)
        rest = rest.dropFirst(3)
      } else if rest.starts(with: "${".utf8) {
        let name = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "}") }
        guard EnvironmentText.isName(name), name.endIndex < rest.endIndex else { return nil }
        endLiteral()
        pieces.append(.variable(String(decoding: name, as: UTF8.self)))
        rest = rest[(name.endIndex + 1)...]
      } else {
        literal.append(byte)
        rest = rest.dropFirst()
      }
    }
    endLiteral()
    self.pieces = pieces
  }

  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    func isLetter(_ byte: UInt8) -> Bool {
      (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }
    guard let first = bytes.first, isLetter(first) else { return false }
    return bytes.allSatisfy { isLetter($0) || isASCIIDigit($0) }
  }
}
