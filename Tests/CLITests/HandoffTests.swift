import Glibc
import Testing
import ToolHarness

@Suite struct `Handoffs` {
  private static func space(keys: String..., name: String = "acme", more: String = "") -> String {
    let list = keys.map { "\"\($0)\"" }.joined(separator: ", ")
    return acme.replacing("space: acme", with: "space: \(name)")
      + "handoff: { keys: [\(list)], ttlSeconds: 120\(more) }\n"
  }

  /// The folder of a space that signs with the key "one".
  private static func keyfold() throws -> Keyfold { try Keyfold(space: space(keys: "key one")) }

  private static func issue(
    _ keyfold: Keyfold, _ tid: JSON, for touchpoint: String = "web", _ options: String...
  )
    throws -> String
  {
    let result = try keyfold.run(["handoff", "issue", "--tid", tid.text, "--for", touchpoint] + options)
    guard result.code == 0 else { throw HarnessError(result.stderr) }
    return String(result.stdout.dropLast())
  }

  private static func inspect(_ keyfold: Keyfold, _ token: String) throws -> JSON {
    try keyfold.run("handoff", "inspect", token, "--json").object()
  }

  /// Presents a token at the mobile web.
  private static func present(
    _ keyfold: Keyfold, _ token: String, at touchpoint: String = "web", tid: JSON = nil
  )
    throws -> JSON
  {
    let presented = tid == nil ? "" : #","tid":"\#(tid.text)""#
    return try keyfold.captured(#"{"touchpoint":"\#(touchpoint)","handoff":"\#(token)"\#(presented)}"#)
  }

  @Test func `a token carries a TID, once`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured(#"{"touchpoint":"app","keys":{"crmId":"7"}}"#)
    let token = try Self.issue(keyfold, app["tid"])
    let used = try Self.present(keyfold, token)
    #expect(used["handoff"] == "used")
    #expect(used["tid"] == app["tid"])
    let spent = try Self.present(keyfold, token)
    #expect(spent["handoff"] == "spent")
    #expect(spent["tid"] != app["tid"], "a spent token leads nowhere")
    #expect(spent["decision"] == "created", "and does not stop the capture")
    #expect(try keyfold.run("lookup", "crmId=7").object()["activity"].elements.count == 2)
  }

  @Test func `--handoff takes it too`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured("{}")
    let token = try Self.issue(keyfold, app["tid"])
    let outcome = try keyfold.run("capture", "--touchpoint", "web", "--handoff", token).object()
    #expect(outcome["handoff"] == "used" && outcome["tid"] == app["tid"])
  }

  @Test func `issue never opens the store`() throws {
    let keyfold = try Self.keyfold()
    let token = try Self.issue(keyfold, .string(strangerTID))
    #expect(try Self.inspect(keyfold, token)["status"] == "genuine")
    #expect(try keyfold.files() == ["keyfold.yaml"])
    #expect(try Self.present(keyfold, token)["handoff"] == "unknownTid")
  }

  @Test func `inspect tells what a token holds`() throws {
    let keyfold = try Self.keyfold()
    let issued = try keyfold.run("handoff", "issue", "--tid", strangerTID, "--for", "web", "--json").object()
    #expect(issued.names == ["handoff", "touchpoint", "expires"])
    let found = try Self.inspect(keyfold, issued["handoff"].text)
    #expect(
      found.without("expires") == [
        "status": "genuine", "tid": .string(strangerTID), "space": "acme", "touchpoint": "web",
      ])
    #expect(found["expires"] == issued["expires"])
  }

  @Test func `a token does not show the TID to whoever reads it`() throws {
    let keyfold = try Self.keyfold()
    let tokens = try (1...3).map { _ in try Self.issue(keyfold, .string(strangerTID)) }
    #expect(Set(tokens).count == 3)
    let bare = strangerTID.replacing("-", with: "")
    for token in tokens {
      #expect(token.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil, "safe in a link")
      let bytes = try decoded(token)
      let hexadecimal = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!hexadecimal.contains(bare))
      #expect(!hexadecimal.contains(bare.suffix(12)))
      #expect(!text.contains(strangerTID.prefix(8)))
      #expect(!token.contains(bare.prefix(12)))
    }
  }

  @Test func `a token that came too late is expired`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured("{}")
    let token = try Self.issue(keyfold, app["tid"], "--ttl", "1")
    usleep(1_200_000)
    #expect(try Self.inspect(keyfold, token)["status"] == "expired")
    let outcome = try Self.present(keyfold, token)
    #expect(outcome["handoff"] == "expired")
    #expect(outcome["tid"] != app["tid"])
  }

  @Test func `a capture's own time does not revive a token`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured("{}")
    let token = try Self.issue(keyfold, app["tid"], "--ttl", "1")
    usleep(1_200_000)
    let outcome = try keyfold.captured(
      #"{"touchpoint":"web","handoff":"\#(token)","at":"2024-01-01T00:00:00Z"}"#)
    #expect(outcome["handoff"] == "expired")
  }

  @Test func `another touchpoint, another space or another key: invalid`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured("{}")
    let token = try Self.issue(keyfold, app["tid"])
    #expect(try Self.present(keyfold, token, at: "kiosk")["handoff"] == "invalid")
    try keyfold.write(Self.space(keys: "key one", name: "other"), to: "other.yaml")
    try keyfold.write(Self.space(keys: "key two"), to: "two.yaml")
    let options = ["capture", "--touchpoint", "web", "--handoff", token, "--store", "memory:", "--space"]
    for space in ["other.yaml", "two.yaml"] {
      #expect(try keyfold.run(options + [space]).object()["handoff"] == "invalid", "\(space)")
    }
    #expect(try keyfold.run("handoff", "inspect", token, "--space", "two.yaml").code == 1)
    #expect(try Self.present(keyfold, token)["handoff"] == "used", "none of this spent it")
  }

  @Test func `a token with any character changed is invalid`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured("{}")
    let token = try Self.issue(keyfold, app["tid"])
    var tampered = ["", "x", String(token.dropLast()), token + "A", token + "=", " " + token]
    for place in stride(from: 0, to: token.count, by: 7) {
      var characters = Array(token)
      characters[place] = characters[place] == "A" ? "B" : "A"
      tampered.append(String(characters))
    }
    let lines = tampered.map { #"{"touchpoint":"web","handoff":"\#($0)"}"# }
    let outcomes = try keyfold.capture(lines).json()
    #expect(outcomes.count == tampered.count)
    for (token, outcome) in zip(tampered, outcomes) { #expect(outcome["handoff"] == "invalid", "\(token)") }
    #expect(try Self.present(keyfold, token)["handoff"] == "used")
  }

  @Test func `key rotation: the first signs, all verify`() throws {
    let keyfold = try Keyfold()
    try keyfold.write(Self.space(keys: "key one"), to: "old.yaml")
    try keyfold.write(Self.space(keys: "key two", "key one"), to: "both.yaml")
    try keyfold.write(Self.space(keys: "key two"), to: "new.yaml")
    func issue(_ space: String) throws -> String {
      try Self.issue(keyfold, .string(strangerTID), for: "web", "--space", space)
    }
    func status(_ token: String, _ space: String) throws -> JSON {
      try keyfold.run("handoff", "inspect", token, "--json", "--space", space).object()["status"]
    }
    let (old, new) = (try issue("old.yaml"), try issue("both.yaml"))
    #expect(try status(old, "both.yaml") == "genuine")
    #expect(try status(new, "both.yaml") == "genuine")
    #expect(try status(new, "new.yaml") == "genuine")
    #expect(try status(new, "old.yaml") == "invalid")
    #expect(try status(old, "new.yaml") == "invalid")
  }

  @Test func `a known browser and a known app: conflict, which does not spend the token`() throws {
    let keyfold = try Self.keyfold()
    let app = try keyfold.captured(#"{"touchpoint":"app","keys":{"crmId":"7"}}"#)
    let web = try keyfold.captured(#"{"touchpoint":"web","keys":{"crmId":"8"}}"#)
    let token = try Self.issue(keyfold, app["tid"])
    let outcome = try Self.present(keyfold, token, tid: web["tid"])
    // Use case 11: the browser goes over to the app's customer.
    #expect(outcome["handoff"] == "used")
    #expect(outcome["decision"] == "switched" && outcome["switchedFrom"] == web["tid"])

    let anonymous = try keyfold.captured(#"{"touchpoint":"app"}"#)
    let second = try Self.issue(keyfold, anonymous["tid"])
    let refused = try Self.present(keyfold, second, tid: web["tid"])
    #expect(refused["handoff"] == "conflict")
    #expect(refused["tid"] == web["tid"])
    #expect(try Self.present(keyfold, second)["handoff"] == "used", "only 'used' spends it")
  }

  @Test func `a space without handoff keys takes none for genuine, and issues none`() throws {
    let keyfold = try Keyfold(space: acme)
    #expect(try Self.present(keyfold, "AAAA")["handoff"] == "invalid")
    #expect(try keyfold.run("handoff", "issue", "--tid", strangerTID, "--for", "web").code == 78)
  }

  @Test func `keys from the environment: needed for handoffs only, and never printed or stored`() throws {
    let keyfold = try Keyfold(space: Self.space(keys: "${KEYFOLD_HANDOFF_KEY}"))
    let issue = ["handoff", "issue", "--tid", strangerTID, "--for", "web"]
    let missing = try keyfold.run(issue)
    #expect(missing.code == 78)
    #expect(missing.stderr.contains("KEYFOLD_HANDOFF_KEY"))
    #expect(try keyfold.run("capture", "--key", "crmId=7").code == 0, "a capture works without")
    #expect(try keyfold.run("lookup", "crmId=7").code == 0)

    let environment = ["KEYFOLD_HANDOFF_KEY": "quite-secret-key"]
    let issued = try keyfold.run(issue, environment: environment)
    #expect(issued.code == 0)
    let token = String(issued.stdout.dropLast())
    let capture = ["capture", "--touchpoint", "web", "--handoff", token]
    let outcome = try keyfold.run(capture, environment: environment)
    #expect(try outcome.object()["handoff"] == "unknownTid")
    #expect(try keyfold.run(capture).code == 78)
    #expect(try keyfold.run(issue, environment: ["KEYFOLD_HANDOFF_KEY": ""]).code == 78)
    #expect(!(issued.stderr + outcome.stdout + outcome.stderr).contains("quite-secret"))
    #expect(try !keyfold.holds("quite-secret"))
    #expect(try !keyfold.holds(token))
  }
}

/// The bytes of base64url text.
private func decoded(_ token: String) throws -> [UInt8] {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  var (bytes, bits, count) = ([UInt8](), 0, 0)
  for character in token.utf8 {
    guard let value = alphabet.firstIndex(of: character) else {
      throw HarnessError("not base64url: \(token)")
    }
    (bits, count) = (bits << 6 | value, count + 6)
    if count >= 8 {
      count -= 8
      bytes.append(UInt8(bits >> count & 0xFF))
      bits &= 1 << count - 1
    }
  }
  return bytes
}
