public import KeyfoldCore

/// An address with variables in braces, such as `https://crm.example/contacts/{value}`.
///
/// Variables stand in path and query only, never in what decides whom the request goes to. What takes their
/// place is percent-encoded, so that it cannot become anything but the text it is.
public struct URLTemplate: Sendable {
  private let template: Template

  /// The variables that stand in it.
  public let variables: Set<String>

  /// Whether what is sent there can be read on the way: it begins with `http://`, and its host is not this
  /// machine by its name. Calls go there with `allowHttp` only.
  public let isPlain: Bool

  /// - Parameters:
  ///   - text: the address.
  ///   - setting: what to call it in an error.
  ///   - variables: the names that may stand in it in braces.
  /// - Throws: `SettingError` for what is not an `http` or `https` address, names a user, or has a variable
  ///   where none may stand. The address is never quoted: it may hold a secret.
  public init(_ text: String, setting: String = "url", variables: [String] = ["value"]) throws(SettingError) {
    func refuse(_ message: String) -> SettingError { SettingError(setting: setting, message: message) }
    let known = variables.map { "{\($0)}" }.joined(separator: " and ")
    template = Template(text, variables: variables)
    self.variables = template.variables
    for case .literal(let literal) in template.pieces {
      if literal.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) {
        let wrong = known.isEmpty ? "; they" : " around something else than \(known); others"
        throw refuse("has braces\(wrong) are written %7B and %7D")
      }
      if !literal.allSatisfy(isURLCharacter) {
        throw refuse("has a character that must be percent-encoded in an address")
      }
    }
    let (marked, mark) = template.marked()
    guard let parts = URLParts(marked) else { throw refuse("is not an address such as https://host/path") }
    guard parts.scheme == "https" || parts.scheme == "http" else {
      throw refuse("must begin with https:// or http://")
    }
    if parts.namesUser { throw refuse("must not hold a user or password") }
    if parts.fragment != nil { throw refuse("has a part after '#', which no server gets to see") }
    let places = [parts.path, parts.query ?? ""].reduce(0) { $0 + occurrences(of: mark, in: $1) }
    let stand = template.pieces.count { piece in if case .variable = piece { true } else { false } }
    if places != stand { throw refuse("has a variable in another place than path and query") }
    if hasDotSegment(marked) { throw refuse("has '.' or '..' for a part of its path") }
    isPlain = parts.scheme == "http" && !parts.namesThisMachine
  }

  /// Refuses an address that `isPlain` where the settings do not say `allowHttp`: every call would be refused.
  ///
  /// - Parameters:
  ///   - settings: those that may say `allowHttp`.
  ///   - setting: what to call the address in an error.
  public func refusePlain(_ settings: SettingReader, setting: String = "url") throws(SettingError) {
    guard isPlain, try settings.bool("allowHttp") != true else { return }
    throw SettingError(
      setting: setting,
      message: "must begin with https:// (http:// is for this machine, or with 'allowHttp: true')")
  }

  /// The address with values in place of the variables.
  ///
  /// - Returns: Nil where a value cannot be asked about: it is missing, empty or has control characters, or a
  ///   part of the path would be `.` or `..`, even only to a server that decodes `%2F` first.
  public func filled(_ values: [String: Secret]) -> Secret? {
    guard let bytes = template.filled(values, encode: { percentEncoded($0) }) else { return nil }
    return hasDotSegment(String(decoding: bytes, as: UTF8.self)) ? nil : Secret(bytes: bytes)
  }
}

extension URLParts {
  /// Whether the host is this machine, as far as its name tells.
  fileprivate var namesThisMachine: Bool {
    let name = host.lowercased()
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    let address = name.drop { $0 == "[" }.prefix { $0 != "]" }
    return IPAddress(String(address))?.isLoopback ?? false
  }
}

/// A printable ASCII character other than the space: what an address may consist of.
func isURLCharacter(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\\") }

private func occurrences(of mark: String, in text: String) -> Int {
  text.split(separator: mark, omittingEmptySubsequences: false).count - 1
}

/// Whether a part of the path is `.` or `..`, however its characters are encoded.
private func hasDotSegment(_ url: String) -> Bool {
  guard let path = URLParts(url)?.path else { return true }
  let separators = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
  return percentDecoded(Array(path.utf8)).split(whereSeparator: separators.contains).contains { part in
    part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)
  }
}
