import KeyfoldCore

extension SpaceReader {
  /// Settings of the kinds that come with Keyfold; their types are the validators' own business.
  private static let settings: [ExactText: [String]] = [
    "crm": ["url", "method", "body", "basicAuth", "expect", "found", "notFound", "graceNotFound"]
      + commonSettings,
    "authenticated": [
      "mode", "url", "clientId", "clientSecret", "clientAuth", "issuer", "audience", "anyAudience", "jwks",
      "claim",
      "scopes", "maxAgeSeconds", "acr", "expect", "leewaySeconds", "method", "body", "basicAuth", "found",
      "notFound",
    ] + commonSettings,
    "email": [
      "checks", "smtpUtf8", "list", "doh", "server", "mode", "from", "helo", "requireTls", "url", "method",
      "body", "basicAuth", "expect", "found", "notFound",
    ] + commonSettings,
  ]
  private static let commonSettings = [
    "timeoutMs", "connectTimeoutMs", "retries", "maxInFlight", "breaker", "cache", "maxResponseBytes",
    "allowHttp",
    "allowedNetworks", "ca", "clientCert", "clientKey", "proxy", "headers", "assurance", "oauth2",
  ]
  /// Settings that decide what a validator proves.
  private static let proving = ["use", "assurance", "checks"]

  /// One reference for every item.
  mutating func validators(_ field: Field?) -> [ValidatorReference] {
    let items = items(field, expected: "a list of validators") ?? []
    return items.enumerated().map { index, item in validator(item.node, path: "\(item.path)[\(index)]") }
  }

  /// A validator that cannot be read counts as one of a kind unknown, which may prove anything.
  private mutating func validator(_ node: YAMLNode, path: String) -> ValidatorReference {
    let unknown = ValidatorReference(use: "")
    guard let fields = fields(of: node, path: path, expected: "a map with 'use'") else { return unknown }
    if fields["use"] == nil { reportMisspelledUse(fields) }
    guard let use = required("use", of: fields).flatMap({ literal($0) }) else { return unknown }
    let known = SpaceReader.settings[ExactText(use)]
    let settings = fields.entries.filter { !sameBytes($0.name, "use") }
    for entry in settings {
      if let known, !known.contains(where: { sameBytes($0, entry.name) }) {
        reportUnknown(entry, among: known, of: fields, what: "setting", where: "of the validator '\(use)'")
      } else if known != nil, entry.value.isNull {
        report(fields.path(of: entry.name), entry.value.place, "\(entry.name): a value is missing")
      } else {
        checkVariables(Field(name: entry.name, path: fields.path(of: entry.name), node: entry.value))
      }
    }
    guard !SpaceReader.proving.contains(where: { isDoubtful(fields.path(of: $0)) }) else { return unknown }
    let kept = settings.map { Setting.Entry(name: $0.name, value: $0.value.setting) }
    return ValidatorReference(use: use, settings: .map(kept))
  }

  /// Without `use` nothing tells which names are known; one much like it is likely what is missing.
  private mutating func reportMisspelledUse(_ fields: Fields) {
    guard let entry = fields.entries.first(where: { nearest(to: $0.name, among: ["use"]) != nil }) else {
      return
    }
    reportUnknown(entry, among: ["use"], of: fields, what: "field", where: "of a validator")
  }

  /// Reports a badly written `${NAME}` anywhere in a value, and says whether there was none.
  @discardableResult
  mutating func checkVariables(_ field: Field) -> Bool {
    switch field.node.content {
    case .scalar(let text, _):
      guard EnvironmentText(text) == nil else { return true }
      report(field, EnvironmentText.rule)
      return false
    case .list(let items):
      return items.reduce(true) { checkVariables(field.with($1)) && $0 }
    case .map(let entries):
      return entries.reduce(true) { checkVariables(field.with($1.value)) && $0 }
    case .broken: return false
    }
  }
}
