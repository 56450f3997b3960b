import Glibc
import KeyfoldCore
import KeyfoldHTTP

/// The settings of a space file, which become checks.
struct EmailSettings {
  private let settings: SettingReader
  private let attribute: KeyAttribute
  private let calls: EmailCalls
  private let names: [CheckName]

  /// Whether local parts may have characters beyond ASCII.
  let isInternational: Bool

  /// Settings that only some checks read. One of them without its check is a check that was forgotten.
  private static let readers: [(setting: String, checks: [CheckName])] = [
    ("list", [.disposable]), ("doh", [.mx]),
    ("server", [.smtp]), ("mode", [.smtp]), ("from", [.smtp]), ("helo", [.smtp]),
    ("requireTls", [.smtp]),
    ("assurance", [.api]),
    ("url", services), ("method", services), ("body", services), ("basicAuth", services),
    ("expect", services),
    ("found", services), ("notFound", services),
  ]
  private static let services: [CheckName] = [.api, .confirmation]

  init(_ settings: SettingReader, attribute: KeyAttribute, calls: EmailCalls) throws(SettingError) {
    guard let names = try settings.words("checks", CheckName.self) else {
      throw SettingError(setting: "checks", message: "is missing")
    }
    self.settings = settings
    self.attribute = attribute
    self.calls = calls
    self.names = names
    isInternational = try settings.bool("smtpUtf8") ?? false
    if EmailSettings.services.allSatisfy(names.contains) {
      throw SettingError(
        setting: "checks", message: "lists 'api' and 'confirmation', which share 'url': give each a validator"
      )
    }
    for (setting, checks) in EmailSettings.readers where settings.has(setting) {
      guard checks.contains(where: names.contains) else {
        let readers = checks.map { "'\($0.rawValue)'" }.joined(separator: " and ")
        throw SettingError(setting: setting, message: "is for \(readers), which 'checks' does not list")
      }
    }
  }

  /// One for every name, in order.
  func checks() throws(SettingError) -> [any EmailCheck] {
    var checks: [any EmailCheck] = []
    for name in names { checks.append(try check(name)) }
    return checks
  }

  private func check(_ name: CheckName) throws(SettingError) -> any EmailCheck {
    switch name {
    case .syntax: SyntaxCheck()
    case .disposable:
      DisposableCheck(
        list: try DomainList(contentsOf: try settings.requiredText("list"), setting: "list"))
    case .mx: MXCheck(resolver: try resolver())
    case .smtp: try mailbox()
    case .api, .confirmation:
      try ServiceCheck(name, settings, attribute: attribute, caller: try calls.http(settings))
    }
  }

  private func mailbox() throws(SettingError) -> MailboxCheck {
    let server = try SMTPServer(
      try settings.requiredText("server"), helo: try settings.text("helo") ?? hostName(),
      requiresTLS: try settings.bool("requireTls") ?? false)
    return MailboxCheck(
      mode: try settings.word("mode") ?? .rcpt, sender: try sender(),
      ask: try calls.mail(server, settingsBesideService))
  }

  private func sender() throws(SettingError) -> String {
    guard let sender = try settings.text("from"), !sender.isEmpty else { return "" }
    do throws(EmailAddress.Fault) {
      return try EmailAddress(sender, isInternational: false).text
    } catch {
      throw SettingError(setting: "from", message: "is an email address, or empty")
    }
  }

  private func resolver() throws(SettingError) -> DoHResolver {
    let server = try settings.requiredText("doh")
    try URLTemplate(DoHResolver.url(of: server), setting: "doh", variables: [])
      .refusePlain(settings, setting: "doh")
    return DoHResolver(server: server, caller: try calls.http(settingsBesideService))
  }

  /// Those for another server than the one at `url`: credentials are the latter's where there is one.
  private var settingsBesideService: SettingReader {
    settings.has("url") ? settings.without(["headers", "oauth2", "clientCert", "clientKey"]) : settings
  }
}

/// The name of this machine.
private func hostName() -> String {
  var name = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
  gethostname(&name, name.count)
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
