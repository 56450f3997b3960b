import KeyfoldCore
import Testing

@testable import Keyfold

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
