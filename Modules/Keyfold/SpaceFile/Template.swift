/// The space file that a new space begins with: it works as it stands, and says how to go on.
///
/// - Parameter name: name of the space; not empty, without NUL characters.
package func spaceTemplate(name: String) -> String { head(name: name) + attributes + guards }

private func head(name: String) -> String {
  """
  # A Keyfold space: one customer population, and the identifiers its customers are known by.
  # Try it with `keyfold space check`. A name that is misspelled or unknown is an error, not a surprise.
  space: \(yamlText(name))


  """
}

private let attributes = """
  # Key attributes, STRONGEST FIRST. When two keys disagree about who somebody is, the stronger one wins: a
  # link made by one attribute is stopped only by a difference in an attribute listed at or above it.
  attributes:
    # 'trust: source' means that the touchpoint that sends the key is proof enough: whoever may call Keyfold
    # with a customerKey is believed. Use it for identifiers that only your own systems know.
    - name: customerKey
      trust: source

    # An attribute has either 'trust: source' or 'validators', all of which must pass. Some prove POSSESSION
    # (the person at the touchpoint has a session or a token); their keys link from everywhere. Others prove
    # EXISTENCE (there is such a customer or address), which says nothing about who typed it: such keys link
    # only from the touchpoints in 'linksFrom', such as a call centre that identifies its callers. From
    # elsewhere they are kept as unverified claims, which never merge anybody.
    #
    # A customer number that your CRM knows. ${CRM_TOKEN} is taken from the environment when it is needed, and
    # is never printed or stored ($${ is a plain ${).
    # - name: crmId
    #   linksFrom: [call-centre, back-office]
    #   validators:
    #     - use: crm
    #       url: https://crm.example/contacts/{value}
    #       headers: { Authorization: "Bearer ${CRM_TOKEN}" }
    #       expect: { /status: active }

    # The account somebody is logged in to, proved by an access token that comes with the capture.
    # - name: memberId
    #   validators:
    #     - use: authenticated
    #       mode: introspection
    #       url: https://idp.example/introspect
    #       clientId: keyfold
    #       clientSecret: ${IDP_SECRET}
    #       issuer: https://idp.example
    #       audience: keyfold

    # An address that can be delivered to. 'normalize' says which spellings are the same key, 'limit' how many
    # verified values one customer may have: 1 unless you say otherwise, or "none" for any number.
    # - name: email
    #   normalize: [email]
    #   limit: 3
    #   linksFrom: [call-centre]
    #   validators:
    #     - use: email
    #       checks: [syntax, mx]
    #       doh: https://dns.example/dns-query


  """

private let guards = """
  # Touchpoints used by many people, such as a store's tablet. The next customer's keys never join the last
  # one's there. ["*"] means every touchpoint: a known customer is then joined by keys alone, the strictest
  # setting.
  # sharedTouchpoints: [store-tablet]

  # Gives a touchpoint a fresh TID when its anonymous visitor becomes known, and revokes the old ones, as web
  # frameworks renew the session at log-in: whoever planted a TID has nothing.
  # rotateTids: true

  # A handoff carries a visitor from one touchpoint to another, such as from the app to the mobile web, in a
  # signed token that is good for one use and a short time. The first key signs, all verify: put a new one
  # first to rotate.
  # handoff:
  #   keys: ["${KEYFOLD_HANDOFF_KEY}"]
  #   ttlSeconds: 120

  # A merge that would make a profile larger than this is refused; something is wrong with the keys then.
  # maxTidsPerProfile: 1000
  # maxKeysPerProfile: 1000

  """

/// The text as a YAML scalar that reads back as this very text.
private func yamlText(_ text: String) -> String {
  let isNull = ["null", "Null", "NULL"].contains(text)
  let isPlain = text.utf8.first.map(isLetter) == true && text.utf8.allSatisfy { isLetter($0) || isOther($0) }
  guard !isPlain || isNull else { return text }
  let written = text.replacingVariables().unicodeScalars.map(yamlEscaped).joined()
  return "\"\(written)\""
}

private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

/// Digits, '_' and '-'.
private func isOther(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D }

private func yamlEscaped(_ scalar: Unicode.Scalar) -> String {
  switch scalar.value {
  case 0x22, 0x5C: return "\\\(scalar)"
  case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  default: return String(scalar)
  }
}

extension String {
  /// `${` written so that it stands for itself.
  fileprivate func replacingVariables() -> String {
    var result: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.first {
      result += rest.starts(with: "${".utf8) ? [byte, byte] : [byte]
      rest = rest.dropFirst()
    }
    return String(decoding: result, as: UTF8.self)
  }
}
