import Glibc
import KeyfoldCore
import Testing

@testable import Keyfold

private func read(_ text: String) throws(SpaceFileError) -> Space {
  try SpaceFile.read(text: Array(text.utf8), name: "k.yaml").space
}

/// What is said of a text that is no space; empty where it is one.
private func complaints(_ text: String) -> [String] { complaints(Array(text.utf8)) }

private func complaints(_ bytes: [UInt8]) -> [String] {
  do throws(SpaceFileError) {
    _ = try SpaceFile.read(text: bytes, name: "k.yaml")
    return []
  } catch {
    return error.description.split(separator: "\n").map { String($0.dropFirst("k.yaml:".count)) }
  }
}

/// A good file but for one line of its attribute, in line 4 from column 5 on.
private func complaints(aboutAttribute line: String) -> [String] {
  complaints("space: s\nattributes:\n  - name: email\n    \(line)\n    trust: source\n")
}

/// A good file but for one top-level line, in line 2 from column 1 on.
private func complaints(aboutSpace line: String) -> [String] {
  complaints("space: s\n\(line)\nattributes: [{ name: email, trust: source }]\n")
}

/// A good file but for its validators, in line 5 from column 9 on.
private func complaints(aboutValidator line: String) -> [String] {
  complaints(
    "space: s\nattributes:\n  - name: email\n    linksFrom: desk\n    validators: \n      - \(line)\n")
}

/// The same numbers on every run (SplitMix64).
private struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct `Space file: what it reads` {
  static let example = """
    space: acme
    attributes:                          # strongest first
      - name: crmId
        linksFrom: [call-centre, back-office]      # a CRM record proves that the key exists, not who is there
        validators:
          - use: crm
            url: https://crm.example/contacts/{value}
            headers: { Authorization: "Bearer ${CRM_TOKEN}" }
            expect: { /status: active }
      - name: memberId
        validators:
          - use: authenticated           # proves possession: links from every touchpoint
            mode: introspection
            url: https://idp.example/introspect
            clientId: keyfold
            clientSecret: ${IDP_SECRET}
            issuer: https://idp.example
            audience: keyfold
      - name: email
        normalize: [email]
        linksFrom: [call-centre]
        validators:
          - { use: email, checks: [syntax, mx], doh: https://dns.example/dns-query }
      - name: loyaltyCard
        trust: source
    maxTidsPerProfile: 1000
    maxKeysPerProfile: 1000
    sharedTouchpoints: [store-tablet]
    handoff: { keys: ["${KEYFOLD_HANDOFF_KEY}"], ttlSeconds: 120 }      # first signs, all verify: rotation
    """

  @Test func `the documented example`() throws {
    let space = try read(Self.example)
    var crm = KeyAttribute(name: "crmId")
    crm.linksFrom = ["call-centre", "back-office"]
    let headers = Setting.map([.init(name: "Authorization", value: .scalar("Bearer ${CRM_TOKEN}"))])
    let crmSettings = Setting.map([
      .init(name: "url", value: .scalar("https://crm.example/contacts/{value}")),
      .init(name: "headers", value: headers),
      .init(name: "expect", value: .map([.init(name: "/status", value: .scalar("active"))])),
    ])
    crm.validators = [ValidatorReference(use: "crm", settings: crmSettings)]
    #expect(space.name == "acme")
    #expect(space.attributes.map(\.name) == ["crmId", "memberId", "email", "loyaltyCard"])
    #expect(space.attributes[0] == crm)
    #expect(space.attributes[1].validators.first?.settings["clientSecret"] == .scalar("${IDP_SECRET}"))
    #expect(space.attributes[2].normalize == [.email])
    #expect(
      space.attributes[2].validators.first?.settings["checks"] == .array([.scalar("syntax"), .scalar("mx")]))
    #expect(space.attributes[3] == .trusted("loyaltyCard"))
    var rules = Space.Rules()
    rules.sharedTouchpoints = ["store-tablet"]
    rules.handoff = Space.Handoff(keys: ["${KEYFOLD_HANDOFF_KEY}"])
    #expect(space.rules == rules)
  }

  @Test func `a JSON file`() throws {
    let space = try read(
      """
      { "space": "febrl4",
        "attributes": [
          { "name": "socSecId",       "trust": "source", "limit": "none" },
          { "name": "birthSurname",   "trust": "source", "limit": "none",
            "normalize": ["trim", "nfc", "lowercase"] },
          { "name": "birthGivenName", "trust": "source", "limit": "none",
            "normalize": ["trim", "nfc", "lowercase"] },
          { "name": "namePostcode",   "trust": "source", "limit": "none",
            "normalize": ["trim", "nfc", "lowercase"] } ] }
      """)
    #expect(space.attributes.map(\.name) == ["socSecId", "birthSurname", "birthGivenName", "namePostcode"])
    #expect(space.attributes.allSatisfy { $0.limit == nil && $0.trustsSource })
    #expect(space.attributes[3].normalize == [.trim, .nfc, .lowercase])
    let tight =
      "{\"space\":\"a\\/\\u00e9\",\n\t\"attributes\":[{\"name\":\"k\",\"trust\":\"source\",\"maxBytes\":9}]}"
    #expect(try read(tight).name == "a/é")
    #expect(try read(tight).attributes[0].maxBytes == 9)
  }

  @Test func `every field`() throws {
    let space = try read(
      """
      space: s
      maxTidsPerProfile: 7
      maxKeysPerProfile: 8
      maxUnverifiedPerProfile: 9
      rotateTids: true
      sharedTouchpoints: ["*"]
      handoff: { keys: [a, "b"], ttlSeconds: 5, joinKnown: True }
      attributes:
        - name: card
          limit: 3
          normalize: digits
          maxBytes: 20
          block: ["0*", "$${*}"]
          blockDefaults: false
          trust: source
          linksFrom: desk
          whenUnverified: drop
          onConflict: keep
          whenTaken: transfer
      """)
    var card = KeyAttribute.trusted("card")
    (card.limit, card.maxBytes) = (3, 20)
    (card.normalize, card.block, card.blockDefaults) = ([.digits], ["0*", "${*}"], false)
    (card.linksFrom, card.whenUnverified, card.onConflict, card.whenTaken) = (
      ["desk"], .drop, .keep, .transfer
    )
    var rules = Space.Rules()
    (rules.maxTidsPerProfile, rules.maxKeysPerProfile, rules.maxUnverifiedPerProfile) = (7, 8, 9)
    (rules.rotateTids, rules.sharedTouchpoints) = (true, ["*"])
    var handoff = Space.Handoff(keys: ["a", "b"])
    (handoff.ttlSeconds, handoff.joinKnown) = (5, true)
    rules.handoff = handoff
    #expect(try space == Space(name: "s", attributes: [card], rules: rules))
    #expect(space.rules == rules)
  }

  @Test func `scalars by the type of their field`() throws {
    let text =
      "space: no\nsharedTouchpoints: [yes, 1, true]\nattributes: [{ name: no, trust: source, limit: none }]"
    let space = try read(text)
    #expect(space.name == "no")
    #expect(space.rules.sharedTouchpoints == ["yes", "1", "true"])
    #expect(space.attributes[0].name == "no")
    #expect(space.attributes[0].limit == nil)
    #expect(
      try read("space: \"null\"\nattributes: [{ name: a, trust: source, limit: \"2\" }]").name == "null")
    for yes in ["true", "True", "TRUE"] {
      #expect(
        try read("space: s\nrotateTids: \(yes)\nattributes: [{ name: a, trust: source }]").rules.rotateTids)
    }
    for no in ["yes", "on", "1", "tRUE", "y"] {
      #expect(
        complaints(aboutSpace: "rotateTids: \(no)") == [
          "2:13: rotateTids: must be true or false, not '\(no)'"
        ])
    }
  }

  @Test func `a byte order mark and CRLF`() throws {
    let text = "\u{FEFF}space: s\r\nattributes:\r\n  - name: a\r\n    trust: source\r\n"
    #expect(try read(text).attributes == [.trusted("a")])
    #expect(
      complaints("\u{FEFF}spac: s\r\nattributes: [{name: a, trust: sauce}]").map { $0.prefix(5) } == [
        "1:1: ", "2:31:",
      ])
  }

  @Test func `settings of a kind of one's own`() throws {
    let space = try read(
      "space: s\nattributes: [{ name: a, validators: [{ use: mine, Deep: [{ x: [~, \"\"] }], y: }] }]")
    let deep = Setting.array([.map([.init(name: "x", value: .array([.scalar("~"), .scalar("")]))])])
    let settings = Setting.map([.init(name: "Deep", value: deep), .init(name: "y", value: .scalar(""))])
    #expect(space.attributes[0].validators == [ValidatorReference(use: "mine", settings: settings)])
  }

  @Test func `all settings of the built-in kinds`() throws {
    let common = """
      timeoutMs: 1, connectTimeoutMs: 1, retries: 1, maxInFlight: 1, breaker: false, cache: false,
      maxResponseBytes: 1, allowHttp: true, allowedNetworks: [], ca: x, clientCert: x, clientKey: x,
      proxy: none, headers: {}, assurance: existence, oauth2: {}
      """
    let own = [
      "crm":
        "url: x, method: x, body: x, basicAuth: x, expect: {}, found: [], notFound: [], graceNotFound: true",
      "authenticated": """
      mode: x, url: x, clientId: x, clientSecret: x, clientAuth: x, issuer: x, audience: x, anyAudience: x,
      jwks: x, claim: x, scopes: x, maxAgeSeconds: x, acr: x, expect: x, leewaySeconds: x, method: x, body: x,
      found: x, notFound: x
      """,
      "email": """
      checks: x, doh: x, list: x, server: x, from: x, helo: x, url: x, expect: x, method: x, body: x,
      found: x, notFound: x
      """,
    ]
    for (use, settings) in own {
      #expect(complaints(aboutValidator: "{ use: \(use), \(settings), \(common) }") == [])
    }
  }
}

@Suite struct `Space file: what it refuses` {
  @Test func `fifteen problems at once, in the order of the file`() {
    let text = """
      spcae: acme
      maxTidsPerProfile: many
      rotateTids: yes
      handoff: { keys: [], ttlSeconds: 0 }
      attributes:
        - name: crmId
          trust: sorce
        - name: member id
          validators:
            - use: email
              timeoutMS: 5
        - limit: 0
          onConflict: replce
          validators: [{ use: mine, url: "${HOST" }]
        - nmae: phone
          normalise: [phone]
          trust: source
      """
    #expect(
      complaints(text) == [
        "1:1: unknown field 'spcae'; did you mean 'space'?",
        "2:20: maxTidsPerProfile: must be a whole number, not 'many'",
        "3:13: rotateTids: must be true or false, not 'yes'",
        "4:18: keys: needs at least one key; the first one signs",
        "4:34: ttlSeconds: must be 1 or more",
        "7:12: trust: unknown word 'sorce' (known: source); did you mean 'source'?",
        "8:5: the validators of 'member id' prove only that a key exists, not whose it is: name the "
          + "touchpoints trusted to say so in 'linksFrom' (\"*\" for all), or add a validator that "
          + "proves possession",
        "8:11: name: 'member id' is not a name: a letter, then at most 63 letters, digits, '_', '.' or '-'",
        "11:9: unknown setting 'timeoutMS'; did you mean 'timeoutMs'?",
        "12:5: the field 'name' is missing",
        "12:12: limit: must be 1 or more, or \"none\"",
        "13:17: onConflict: unknown word 'replce' (known: replace, keep); did you mean 'replace'?",
        "14:36: url: '${' must be followed by the name of an environment variable and '}'; "
          + "'$${' stands for '${' itself",
        "15:5: unknown field 'nmae'; did you mean 'name'?",
        "16:5: unknown field 'normalise'; did you mean 'normalize'?",
      ])
  }

  @Test func `a missing value`() {
    #expect(complaints(aboutSpace: "rotateTids:") == ["2:12: rotateTids: a value is missing"])
    #expect(complaints(aboutSpace: "handoff: ~") == ["2:10: handoff: a value is missing"])
    #expect(
      complaints(aboutSpace: "sharedTouchpoints: null") == ["2:20: sharedTouchpoints: a value is missing"])
    #expect(
      complaints(aboutSpace: "sharedTouchpoints: [a, Null]") == [
        "2:24: sharedTouchpoints: a value is missing"
      ])
    #expect(complaints(aboutAttribute: "limit:") == ["4:11: limit: a value is missing"])
    #expect(complaints(aboutAttribute: "linksFrom:") == ["4:15: linksFrom: a value is missing"])
    #expect(complaints(aboutValidator: "{ use: crm, url: }") == ["6:26: url: a value is missing"])
    #expect(
      complaints("space:\nattributes:\n") == [
        "1:7: space: a value is missing", "2:12: attributes: a value is missing",
      ])
  }

  @Test func `fields that must be there`() {
    #expect(
      complaints("rotateTids: true") == [
        "1:1: the field 'space' is missing", "1:1: the field 'attributes' is missing",
      ])
    #expect(
      complaints("space: s\nattributes: []") == ["2:13: attributes: a space needs at least one key attribute"]
    )
    #expect(
      complaints("space: ''\nattributes: [{ name: a, trust: source }]") == [
        "1:8: space: the space needs a name"
      ])
    #expect(complaints("space: s\nattributes:\n- trust: source") == ["3:3: the field 'name' is missing"])
    #expect(complaints(aboutSpace: "handoff: {}") == ["2:10: the field 'keys' is missing"])
    #expect(complaints(aboutValidator: "url: x") == ["6:9: the field 'use' is missing"])
    #expect(complaints(aboutValidator: "uses: crm") == ["6:9: unknown field 'uses'; did you mean 'use'?"])
  }

  @Test func `the wrong kind of value`() {
    #expect(complaints("- a") == ["1:1: the file: must be a map of fields, not a list"])
    #expect(complaints("just text") == ["1:1: the file: must be a map of fields, not a single value"])
    #expect(
      complaints(aboutSpace: "handoff: [a]") == ["2:10: handoff: must be a map with 'keys', not a list"])
    #expect(
      complaints(aboutSpace: "handoff: { keys: k }") == [
        "2:18: keys: must be a list of texts, not a single value"
      ])
    #expect(complaints(aboutSpace: "handoff: { keys: [[k]] }") == ["2:19: keys: must be text, not a list"])
    #expect(
      complaints(aboutSpace: "sharedTouchpoints: web") == [
        "2:20: sharedTouchpoints: must be a list of texts, not a single value"
      ])
    #expect(
      complaints(aboutAttribute: "limit: [1]") == [
        "4:12: limit: must be a whole number or \"none\", not a list"
      ])
    #expect(
      complaints(aboutAttribute: "block: a*") == ["4:12: block: must be a list of texts, not a single value"])
    #expect(
      complaints(aboutAttribute: "linksFrom: {a: b}") == [
        "4:16: linksFrom: must be a list of texts, not a map"
      ])
    #expect(
      complaints("space: {}\nattributes: 3") == [
        "1:8: space: must be text, not a map",
        "2:13: attributes: must be a list of attributes, not a single value",
      ])
    #expect(
      complaints("space: s\nattributes: [email, {name: a}]").first
        == "2:14: attributes[0]: must be a map with 'name', not a single value")
    #expect(
      complaints(aboutValidator: "crm") == [
        "6:9: attributes[0].validators[0]: must be a map with 'use', not a single value"
      ])
  }

  @Test func `numbers`() {
    for text in ["x", "1.5", "0x10", "1e3", "1_000", "''", "None", "١"] {
      let shown = text == "''" ? "" : text
      #expect(
        complaints(aboutAttribute: "limit: \(text)") == [
          "4:12: limit: must be a whole number or \"none\", not '\(shown)'"
        ])
    }
    #expect(complaints(aboutAttribute: "limit: 0") == ["4:12: limit: must be 1 or more, or \"none\""])
    #expect(complaints(aboutAttribute: "limit: -1") == ["4:12: limit: must be 1 or more, or \"none\""])
    for text in ["1000000001", "99999999999999999999"] {
      #expect(
        complaints(aboutAttribute: "maxBytes: \(text)") == ["4:15: maxBytes: must be at most 1000000000"])
    }
    #expect(complaints(aboutAttribute: "maxBytes: 1000000000") == [])
    for field in ["maxTidsPerProfile", "maxKeysPerProfile", "maxUnverifiedPerProfile"] {
      #expect(complaints(aboutSpace: "\(field): 0") == ["2:\(field.count + 3): \(field): must be 1 or more"])
    }
  }

  @Test func `unknown names and words`() {
    #expect(complaints(aboutSpace: "handof: 3") == ["2:1: unknown field 'handof'; did you mean 'handoff'?"])
    #expect(
      complaints(aboutSpace: "handoff: { keys: [k], blurb: 1 }")
        == ["2:23: unknown field 'blurb'; known here: keys, ttlSeconds, joinKnown"])
    #expect(complaints(aboutAttribute: "limti: 3") == ["4:5: unknown field 'limti'; did you mean 'limit'?"])
    #expect(
      complaints(aboutAttribute: "whenTaken: tranfser")
        == ["4:16: whenTaken: unknown word 'tranfser' (known: keep, transfer); did you mean 'transfer'?"])
    #expect(
      complaints(aboutAttribute: "normalize: [trim, upper]")
        == ["4:23: normalize: unknown word 'upper' (known: trim, lowercase, nfc, digits, email, phone)"])
    #expect(
      complaints("space: s\nattributes: [{ name: a, trust: Source }]")
        == ["2:32: trust: unknown word 'Source' (known: source); did you mean 'source'?"])
    #expect(
      complaints(aboutValidator: "{ use: crm, timeoutMS: 4, checks: [mx], use2: 1 }").map { $0.prefix(60) }
        == [
          "6:21: unknown setting 'timeoutMS'; did you mean 'timeoutMs'?",
          "6:35: unknown setting 'checks'; known of the validator 'crm'",
          "6:49: unknown setting 'use2'; known of the validator 'crm': ",
        ])
  }

  @Test func `one mistake is reported once`() {
    func attribute(_ fields: String) -> [String] {
      complaints("space: s\nattributes: [{ name: a, \(fields) }]")
    }
    #expect(attribute("trust: sauce").count == 1)
    #expect(attribute("turst: source").count == 1)
    #expect(attribute("validator: [{ use: crm }]").count == 1)
    #expect(attribute("validators: crm").count == 1)
    #expect(attribute("validators: [crm]").count == 1)
    #expect(attribute("validators: [{ url: x }]").count == 1)
    #expect(attribute("validators: [{ use: email, chekcs: [confirmation] }]").count == 1)
    #expect(attribute("validators: [{ use: email }], linkFrom: desk").count == 1)
    #expect(attribute("validators: [{ use: email }], linksFrom: {}").count == 1)
    #expect(attribute("limit: x, trust: source, <<: *a").count == 2)
    #expect(attribute("limit: x").count == 2)
    #expect(complaints("spaec: s\natributes: []").count == 2)
    #expect(complaints(aboutSpace: "handoff: { kesy: [a] }").count == 1)
    #expect(complaints(aboutSpace: "handoff: { keys: [~] }").count == 1)
  }

  @Test func `what only the whole space shows, at the place it is about`() {
    let choose =
      "'validators' that vouch for it, or 'trust: source' if the touchpoints that send it are proof enough"
    #expect(complaints("space: s\nattributes:\n  - limit: 2\n    name: a\n") == ["3:5: 'a' needs \(choose)"])
    #expect(
      complaints("space: s\nattributes:\n  - limit: 2\n") == [
        "3:5: the field 'name' is missing", "3:5: 'attributes[0]' needs \(choose)",
      ])
    let twice = complaints("space: s\nattributes: [{name: a, trust: source}, {trust: source, name: a}]")
    #expect(twice == ["2:62: name: 'a' is listed twice; a name stands for one attribute"])
    let both = complaints("space: s\nattributes:\n  - { name: a, trust: source, validators: [{use: mine}] }")
    #expect(both.count == 1 && both[0].hasPrefix("3:5: 'a' has both validators and 'trust: source'"))
    let existence = complaints("space: s\nattributes:\n  - { name: a, validators: [{use: crm}] }")
    #expect(
      existence.count == 1
        && existence[0].hasPrefix("3:5: the validators of 'a' prove only that a key exists"))
  }

  @Test func `messages stay on their line and quote no secrets`() {
    let name = complaints(
      "space: s\nattributes: [{ name: \"a\\n\\e[2J\(String(repeating: "x", count: 9000))\", trust: source }]")
    #expect(name.count == 1)
    #expect(name[0].hasPrefix("2:22: name: 'a\\u{a}\\u{1b}[2Jxxx"))
    #expect(name[0].utf8.count < 300)
    #expect(!complaints(aboutValidator: "{ use: crm, basicAuth: \"hush${\" }")[0].contains("hush"))
    #expect(!complaints(aboutSpace: "handoff: { keys: hush }")[0].contains("hush"))
    #expect(!complaints(aboutSpace: "handoff: { keys: [\"hush${}\"] }")[0].contains("hush"))
  }
}

@Suite struct `Space file: YAML it does not take` {
  @Test func `anchors, aliases and tags`() {
    let anchor = "anchors ('&') are not allowed; write the value out where it is needed"
    let alias = "aliases ('*') are not allowed; write the value out (quote it if it is a text)"
    let tag = "tags ('!') are not allowed; a field's type is known without"
    #expect(
      complaints("space: &s acme\nattributes: [{ name: a, trust: *s }]") == [
        "1:8: \(anchor)", "2:32: \(alias)",
      ])
    #expect(
      complaints("space: !!str s\nattributes: !x [{ name: a, trust: source }]") == [
        "1:8: \(tag)", "2:13: \(tag)",
      ])
    #expect(complaints("space: ! s\nattributes: [{ name: a, trust: source }]") == ["1:8: \(tag)"])
    #expect(complaints("space: s\nattributes: &a [&b { name: a, &c trust: source }]").count == 3)
    #expect(
      complaints("space: s\nattributes: [{ name: a, trust: source, linksFrom: [*] }]").first?.contains(
        "needs quotes") == true)
  }

  @Test func `a small file that would become a very large one`() {
    var text = "space: s\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let aliases = repeatElement("*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let found = complaints(text)
    #expect(found.filter { $0.contains("aliases") }.count == 81)
    #expect(found.filter { $0.contains("anchors") }.count == 10)
  }

  @Test func `a name that stands twice`() {
    #expect(
      complaints("space: s\nattributes: [{ name: a, trust: source }]\nspace: t") == [
        "3:1: 'space' is here already, in line 1"
      ])
    #expect(complaints(aboutAttribute: "name: b") == ["4:5: 'name' is here already, in line 3"])
    #expect(
      complaints(aboutValidator: "{ use: mine, deep: { x: 1, \"x\": 2 } }") == [
        "6:36: 'x' is here already, in line 6"
      ])
    // Spelled with other code points it is another name.
    #expect(complaints(aboutValidator: "{ use: mine, deep: { e\u{301}: 1, \u{E9}: 2 } }") == [])
  }

  @Test func `a name that is no text`() {
    let found = complaints("space: s\n? [a]\n: b\n? {x: y}\n: b\nattributes: [{ name: a, trust: source }]")
    let message = "the name of a field must be text, not a list or a map"
    #expect(found == ["2:3: \(message)", "4:3: \(message)"])
  }

  @Test func `a second document, or none`() {
    let good = "space: s\nattributes: [{ name: a, trust: source }]\n"
    #expect(complaints("---\n\(good)...\n") == [])
    #expect(
      complaints("\(good)---\n\(good)") == ["3:1: a space file is one document; a second one begins here"])
    for empty in ["", "# nothing\n", "---\n", "~", "\n\n", "\u{FEFF}"] {
      #expect(complaints(empty) == ["1:1: the file is empty: a space needs 'space' and 'attributes'"])
    }
  }

  @Test func `nesting`() {
    func nested(_ depth: Int) -> [String] {
      let lists = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      return complaints(aboutValidator: "{ use: mine, x: \(lists) }")
    }
    #expect(nested(11) == [])
    #expect(nested(12) == ["6:36: nested deeper than 16 levels"])
    #expect(nested(100_000) == ["6:36: nested deeper than 16 levels"])
    #expect(complaints(String(repeating: "{a: ", count: 200_000)) == ["1:65: nested deeper than 16 levels"])
    #expect(complaints(String(repeating: "- ", count: 200_000)) == ["1:33: nested deeper than 16 levels"])
  }

  @Test func `syntax`() {
    #expect(
      complaints("space: s\nattributes: [\n  { name: a }\n") == [
        "4:1: did not find expected ',' or ']', while parsing a flow sequence that begins in line 2"
      ])
    #expect(
      complaints("space: \"s\n") == [
        "2:1: found unexpected end of stream, while scanning a quoted scalar that begins in line 1"
      ])
    #expect(
      complaints("space: s\n\tattributes: x") == [
        "2:1: found a tab character that violates indentation, while scanning a plain scalar "
          + "that begins in line 1"
      ])
    #expect(
      complaints("space: s\nhandoff: { keys: [${KEY}] }").first?.hasSuffix(
        "(a text with '${' needs quotes between brackets)") == true)
  }

  @Test func `a syntax error beside others`() {
    #expect(complaints("space: &a s\nattributes: ]").map { $0.prefix(4) } == ["1:8:", "2:13"])
  }

  @Test func `bytes that are no text`() {
    #expect(complaints(Array("space: é\na: ".utf8) + [0xFF]) == ["2:4: invalid leading UTF-8 octet"])
    #expect(complaints(Array("space: é".utf8) + [0xC3]) == ["1:9: incomplete UTF-8 octet sequence"])
    #expect(complaints("space: éé\u{0}") == ["1:10: control characters are not allowed"])
    #expect(
      complaints("space: \"a\\0b\"\nattributes: [{ name: a, trust: source }]") == [
        "1:8: a NUL character is not allowed"
      ])
    #expect(complaints(Array("space: s".utf8).flatMap { [$0, 0] }).count == 1)
    #expect(complaints([0xFF, 0xFE, 0x61, 0x00]) == ["1:1: invalid leading UTF-8 octet"])
    #expect(complaints([0xED, 0xA0, 0x80]).count == 1)
  }

  @Test func `size`() {
    let good = "space: s\nattributes: [{ name: a, trust: source }]\n#"
    let filling = String(repeating: "x", count: SpaceFile.sizeMax - good.utf8.count)
    #expect(complaints(good + filling) == [])
    #expect(complaints(good + filling + "x") == [" larger than 1048576 bytes"])
  }

  @Test func `so many problems and no more`() {
    let found = complaints((1...50_000).map { "f\($0): 1\n" }.joined())
    #expect(found.count == ProblemList.countMax + 1)
    #expect(found.last == " there is more wrong with this file than these 200 problems")
  }

  /// Whatever the bytes, there is an answer, and every problem lies within the text.
  @Test func `damaged files`() {
    var random = Numbers(state: 2026)
    let original = Array(`Space file: what it reads`.example.utf8)
    let pieces: [[UInt8]] = [
      "&a ", "*a", "{", "[", "- ", ": ", "\"", "\n", "\t", "${", "~", "? ", "!x ", "|\n", "\0",
    ].map { Array($0.utf8) }
    for _ in 0..<2000 {
      var text = original
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] = UInt8.random(in: 0...255, using: &random)
        case 1: text.removeSubrange(place..<min(text.count, place + Int.random(in: 0..<40, using: &random)))
        default: text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
        }
      }
      do throws(SpaceFileError) {
        _ = try SpaceFile.read(text: text, name: "k.yaml")
      } catch {
        let lines = text.count { $0 == 0x0A || $0 == 0x0D || $0 == 0x85 } + 2
        #expect(!error.problems.isEmpty)
        #expect(
          error.problems.allSatisfy { (1...lines).contains($0.line) && $0.column > 0 }, "\(error) \(text)")
      }
    }
  }
}

@Suite struct `Space file: the environment` {
  private func expanded(_ text: String, _ variables: [String: String] = [:]) throws -> String {
    try expandEnvironment(text, setting: "headers.Authorization") { variables[$0] }.withExposedBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test func `variables are filled in`() throws {
    #expect(try expanded("Bearer ${TOKEN}!", ["TOKEN": "t0"]) == "Bearer t0!")
    #expect(try expanded("${A}${_b9}", ["A": "1", "_b9": ""]) == "1")
    #expect(try expanded("${A}", ["A": "${B}", "B": "no"]) == "${B}")
    for same in ["", "a", "$", "$$", "{value}", "$value", "a}", "é"] { #expect(try expanded(same) == same) }
    #expect(try expanded("$${A} $$${A} $${") == "${A} $${A} ${")
    #expect("\(try expandEnvironment("${A}", setting: "s") { _ in "hush" })" == "<secret>")
  }

  @Test func `a variable that is not set`() {
    let error = EnvironmentError(setting: "headers.Authorization", variable: "TOKEN")
    #expect(throws: error) { try expanded("Bearer ${HOST} ${TOKEN}", ["HOST": "h"]) }
    #expect(
      "\(error)" == "headers.Authorization: the environment variable TOKEN is not set, or is not UTF-8 text")
    let malformed = EnvironmentError(setting: "headers.Authorization", variable: nil)
    for bad in ["${", "${A", "${}", "${9}", "${A-B}", "${A:-x}", "a ${é}", "${ A }", "${A${B}}"] {
      #expect(throws: malformed) { try expanded(bad, ["A": "a", "B": "b"]) }
    }
    #expect("\(malformed)" == "headers.Authorization: \(EnvironmentText.rule)")
  }

  @Test func `badly written ones are found when the file is read`() {
    let rule = EnvironmentText.rule
    #expect(complaints("space: a${\nattributes: [{ name: a, trust: source }]") == ["1:8: space: \(rule)"])
    #expect(complaints(aboutSpace: "sharedTouchpoints: [\"${}\"]") == ["2:21: sharedTouchpoints: \(rule)"])
    #expect(complaints(aboutSpace: "handoff: { keys: [a, \"${9}\"] }") == ["2:22: keys: \(rule)"])
    #expect(complaints(aboutValidator: "{ use: mine, x: { y: [\"${A-}\"] } }") == ["6:31: x: \(rule)"])
    #expect(complaints(aboutValidator: "{ use: \"${\" }") == ["6:16: use: \(rule)"])
  }

  @Test func `a field that is remembered or compared does not come from the environment`() {
    let message =
      "only settings of validators and keys of handoffs can come from the environment ('$${' is a plain '${')"
    #expect(complaints("space: ${S}\nattributes: [{ name: a, trust: source }]") == ["1:8: space: \(message)"])
    #expect(complaints(aboutAttribute: "linksFrom: ${T}") == ["4:16: linksFrom: \(message)"])
  }

  @Test func `the process environment`() {
    setenv("KEYFOLD_TEST_SET", "é", 1)
    #expect(processEnvironment("KEYFOLD_TEST_SET") == "é")
    setenv("KEYFOLD_TEST_SET", "\u{0}", 1)
    #expect(processEnvironment("KEYFOLD_TEST_SET") == "")
    unsetenv("KEYFOLD_TEST_SET")
    #expect(processEnvironment("KEYFOLD_TEST_SET") == nil)
  }
}

@Suite struct `Space file: on disk` {
  /// A path that nothing else uses, for the time of the closure.
  private func withTemporaryPath(_ body: (String) throws -> Void) throws {
    let path = "/tmp/keyfold-space-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).yaml"
    defer { remove(path) }
    try body(path)
  }

  private func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  private func failure(_ path: String) -> SpaceFileError? {
    do throws(SpaceFileError) {
      _ = try Space(contentsOf: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a file`() throws {
    try withTemporaryPath { path in
      write(`Space file: what it reads`.example, to: path)
      let space = try Space(contentsOf: path)
      #expect(space.name == "acme")
      write("space: acme\n", to: path)
      let error = failure(path)
      #expect(error?.code == .invalid)
      #expect(error?.file == path)
      #expect(error?.problems == [.init(line: 1, column: 1, message: "the field 'attributes' is missing")])
      #expect(error?.description == "\(path):1:1: the field 'attributes' is missing")
    }
  }

  @Test func `no file, or none that can be read`() {
    #expect(failure("/nonexistent/keyfold.yaml")?.code == .missing)
    #expect(failure("/etc/passwd/keyfold.yaml")?.code == .missing)
    #expect(failure("/tmp")?.code == .unreadable)
    #expect(failure("/dev/zero")?.code == .invalid)
    #expect(failure("/dev/null")?.code == .invalid)
    let error = failure("/nonexistent/keyfold.yaml")
    #expect(
      error?.description == "/nonexistent/keyfold.yaml: there is no such file (No such file or directory)")
  }
}

@Suite struct `Space file: the template` {
  @Test func `it is a working file`() throws {
    let space = try read(spaceTemplate(name: "acme"))
    #expect(space == (try Space(name: "acme", attributes: [.trusted("customerKey")])))
    for word in [
      "linksFrom", "validators", "limit", "sharedTouchpoints", "rotateTids", "handoff", "crmId", "memberId",
    ] {
      #expect(spaceTemplate(name: "acme").contains(word))
    }
  }

  /// The line without its comment sign if a field stands behind it, and not a sentence.
  private func uncommented(_ line: String) -> String {
    let indent = line.prefix { $0 == " " }
    guard line.dropFirst(indent.count).hasPrefix("# ") else { return line }
    let content = line.dropFirst(indent.count + 2)
    let rest = content.drop { $0 == " " || $0 == "-" }.drop { $0.isLetter }
    return rest.hasPrefix(":") && !rest.hasPrefix(": a ") ? String(indent + content) : line
  }

  @Test func `its examples work once their comment signs are gone`() throws {
    let lines = spaceTemplate(name: "acme").split(separator: "\n").map { uncommented(String($0)) }
    let space = try read(lines.joined(separator: "\n"))
    #expect(space.attributes.map(\.name) == ["customerKey", "crmId", "memberId", "email"])
    #expect(space.rules.handoff?.keys == ["${KEYFOLD_HANDOFF_KEY}"])
    #expect(space.rules.rotateTids && space.rules.sharedTouchpoints == ["store-tablet"])
  }

  @Test func `any name reads back`() throws {
    for name in [
      "a b", "no", "null", "~", "3", "a: b # c", "\"\\", "é\u{301}", "${X}", "$${",
      "\n\r\t\u{1B}\u{85}\u{2028}\u{FEFF}", "*x",
    ] {
      let read = try read(spaceTemplate(name: name)).name
      #expect(Array(read.utf8) == Array(name.utf8))
    }
  }
}
