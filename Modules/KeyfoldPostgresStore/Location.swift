#if PostgreSQL
import KeyfoldCore

/// Where a store is: what libpq is told, and the schema. Its description shows neither user nor password.
struct Location: Sendable, CustomStringConvertible {
  /// The URL without what only Keyfold understands. Secret: it may hold a password.
  let url: String
  /// The schema the URL names, if it does.
  let schema: String?
  let description: String

  /// - Throws: `.incompatible` for what is no such URL. The message quotes nothing of it.
  init(_ text: String) throws(StoreError) {
    guard let scheme = ["postgresql://", "postgres://"].first(where: text.hasPrefix) else {
      throw StoreError(.incompatible, "the URL of a PostgreSQL store begins with postgresql://")
    }
    let (authority, path, query) = try Location.parts(text.dropFirst(scheme.count))
    var parameters: [Substring] = []
    var schema: String?
    for parameter in query.split(separator: "&") {
      guard parameter.hasPrefix("schema=") else {
        parameters.append(parameter)
        continue
      }
      schema = try Location.checked(schema: String(parameter.dropFirst("schema=".count)))
    }
    self.schema = schema
    url =
      scheme + authority + path + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    description = scheme + (authority.split(separator: "@").last ?? "") + path
    guard Connection.canRead(url) else {
      // libpq's own words may quote a piece of a password that was not encoded as it should be.
      throw StoreError(
        .incompatible,
        "libpq cannot read the URL of this store: check its percent-encoding and the names of its parameters")
    }
  }

  /// Splits what follows the scheme; a password may hold '?', but neither '/' nor a second '@'.
  private static func parts(
    _ text: Substring
  ) throws(StoreError) -> (authority: Substring, path: Substring, query: Substring) {
    let user = text.prefix { $0 != "/" }.firstIndex(of: "@").map { text.index(after: $0) } ?? text.startIndex
    let question = text[user...].firstIndex(of: "?") ?? text.endIndex
    let slash = text[user..<question].firstIndex(of: "/") ?? question
    guard !text[user..<question].contains("@") else {
      throw StoreError(
        .incompatible,
        "in the URL of this store, '@' and '/' in a name or password must be written %40 and %2F")
    }
    let query = question == text.endIndex ? "" : text[text.index(after: question)...]
    return (text[..<slash], text[slash..<question], query)
  }

  /// Bytes of a name; a server cuts off what is beyond.
  private static let nameBytesMax = 63

  /// A name that can stand in SQL as it is.
  static func checked(schema name: String) throws(StoreError) -> String {
    guard (1...nameBytesMax).contains(name.utf8.count), name.utf8.allSatisfy(isNameByte),
      name.utf8.first.map({ !isDigit($0) }) ?? false
    else {
      throw StoreError(
        .incompatible,
        "'\(name)' can be no schema here: at most \(nameBytesMax) of a-z, 0-9 and _, no digit first")
    }
    return name
  }

  /// The schema of a space where the URL names none: `keyfold_` and its name in lower case.
  ///
  /// Two spaces whose names differ in other characters only would share it; the second is then refused for
  /// the rules of the first, because the name of the space is one of them.
  static func schema(of space: Space) -> String {
    let name = space.name.utf8.map { byte -> UInt8 in
      let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
      return isNameByte(lower) ? lower : UInt8(ascii: "_")
    }
    return String(decoding: Array("keyfold_".utf8) + name, as: UTF8.self).prefixBytes(nameBytesMax)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}

extension String {
  fileprivate func prefixBytes(_ count: Int) -> String { String(decoding: utf8.prefix(count), as: UTF8.self) }
}
#endif
