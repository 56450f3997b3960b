public import KeyfoldCore

/// A mail server, and how to talk with it.
public struct SMTPServer: Sendable {
  let url: Secret
  /// Whether the connection must be encrypted before anything is asked.
  let requiresTLS: Bool

  /// - Parameters:
  ///   - url: `smtp://HOST:PORT`, or `smtps://` for one that speaks TLS from the beginning.
  ///   - helo: the name that this client gives itself, a domain's or an address in brackets.
  ///   - requiresTLS: whether a server of `smtp:` must offer STARTTLS.
  ///   - setting: what to call the URL in an error; the name is called `helo`.
  /// - Throws: `SettingError` for what is no such URL or name.
  public init(
    _ url: String, helo: String, requiresTLS: Bool = false, setting: String = "server"
  ) throws(SettingError) {
    guard url.utf8.allSatisfy(isURLCharacter), let parts = URLParts(url),
      parts.scheme == "smtp" || parts.scheme == "smtps", !parts.namesUser,
      parts.path.isEmpty || parts.path == "/",
      parts.query == nil, parts.fragment == nil
    else { throw SettingError(setting: setting, message: "is an address such as smtp://mail.example:25") }
    guard !helo.isEmpty, helo.utf8.count <= 255, helo.utf8.allSatisfy(isHeloCharacter) else {
      throw SettingError(setting: "helo", message: "is the name of a host, such as keyfold.example")
    }
    let port = parts.port.map { ":\($0)" } ?? ""
    // libcurl takes the client's name from the path.
    let name = String(decoding: percentEncoded(Array(helo.utf8)), as: UTF8.self)
    self.url = Secret("\(parts.scheme)://\(parts.host)\(port)/\(name)")
    self.requiresTLS = requiresTLS
  }
}

/// A character of a domain or of an address in brackets.
private func isHeloCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["),
    UInt8(ascii: "]"):
    true
  default: isASCIIDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
  }
}

/// What a mail server is asked. It is never given mail.
public enum SMTPQuestion: Sendable, Hashable {
  /// Whether it would take mail from one address to another: MAIL FROM and RCPT TO. The sender may be empty,
  /// as it is for notices that nobody answers.
  case recipient(from: String, to: String)
  /// Whether there is a mailbox of that address: VRFY.
  case verify(String)

  /// The commands that ask it; nil where an address cannot stand in one.
  var commands: [Secret]? {
    switch self {
    case .recipient(let sender, let recipient):
      guard sender.isEmpty || isMailPath(sender), isMailPath(recipient) else { return nil }
      return [Secret("MAIL FROM:<\(sender)>"), Secret("RCPT TO:<\(recipient)>")]
    case .verify(let address): return isMailPath(address) ? [Secret("VRFY \(address)")] : nil
    }
  }
}

/// Whether an address can stand in a command as it is: in ASCII, without control characters, of a length that
/// servers must take (RFC 5321, section 4.5.3.1), and with spaces and angle brackets within quotation marks
/// only.
private func isMailPath(_ address: String) -> Bool {
  var isQuoted = false
  var isEscaped = false
  for byte in address.utf8 {
    guard (0x20...0x7E).contains(byte) else { return false }
    if isEscaped {
      isEscaped = false
      continue
    }
    switch byte {
    case UInt8(ascii: "\""): isQuoted.toggle()
    case UInt8(ascii: "\\"):
      guard isQuoted else { return false }
      isEscaped = true
    case UInt8(ascii: " "), UInt8(ascii: "<"), UInt8(ascii: ">"): guard isQuoted else { return false }
    default: break
    }
  }
  return !isQuoted && !address.isEmpty && address.utf8.count <= 254
}
