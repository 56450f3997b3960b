import KeyfoldCore
import Testing

@testable import Keyfold

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
    let space = try readSpace(Self.example)
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
    let space = try readSpace(
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
    #expect(try readSpace(tight).name == "a/é")
    #expect(try readSpace(tight).attributes[0].maxBytes == 9)
  }

  @Test func `every field`() throws {
    let space = try readSpace(
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
    let space = try readSpace(text)
    #expect(space.name == "no")
    #expect(space.rules.sharedTouchpoints == ["yes", "1", "true"])
    #expect(space.attributes[0].name == "no")
    #expect(space.attributes[0].limit == nil)
    #expect(
      try readSpace("space: \"null\"\nattributes: [{ name: a, trust: source, limit: \"2\" }]").name == "null")
    for yes in ["true", "True", "TRUE"] {
      #expect(
        try readSpace("space: s\nrotateTids: \(yes)\nattributes: [{ name: a, trust: source }]").rules
          .rotateTids)
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
    #expect(try readSpace(text).attributes == [.trusted("a")])
    #expect(
      complaints("\u{FEFF}spac: s\r\nattributes: [{name: a, trust: sauce}]").map { $0.prefix(5) } == [
        "1:1: ", "2:31:",
      ])
  }

  @Test func `settings of a kind of one's own`() throws {
    let space = try readSpace(
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
      checks: x, smtpUtf8: true, doh: x, list: x, server: x, mode: x, from: x, helo: x, requireTls: x, url: x, method: x,
      body: x, basicAuth: x, expect: x, found: x, notFound: x
      """,
    ]
    for (use, settings) in own {
      #expect(complaints(aboutValidator: "{ use: \(use), \(settings), \(common) }") == [])
    }
  }
}
