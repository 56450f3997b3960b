import KeyfoldCore
import Testing

@testable import EmailValidator

/// What is an address, by RFC 5321 (local part, lengths) and IDNA (domain).
@Suite struct EmailAddressTests {
  private func code(_ value: String, isInternational: Bool = false) -> EmailCode? {
    do throws(EmailAddress.Fault) {
      _ = try EmailAddress(value, isInternational: isInternational)
      return nil
    } catch {
      return error.code
    }
  }

  @Test(arguments: [
    "emma@example.com", "emma.b@example.com", "e@example.com", "emma+tag@example.com",
    "!#$%&'*+-/=?^_`{|}~@example.com", "0123456789@example.com", "-@example.com", "\"\"@example.com",
    "\"emma b\"@example.com", "\"a@b\"@example.com", "\"..\"@example.com", "\"a\\\"b\"@example.com",
    "\"a\\\\\"@example.com", "\"a\\ b\"@example.com", "\".\"@example.com",
    "emma@1and1.example", "emma@example.co.uk", "emma@xn--bcher-kva.example", "emma@3com.com",
    "emma@a-b.example",
  ])
  func isOne(_ value: String) { #expect(code(value) == nil) }

  @Test(
    arguments: [
      ("@example.com", .malformedLocalPart), (".emma@example.com", .malformedLocalPart),
      ("emma.@example.com", .malformedLocalPart), ("em..ma@example.com", .malformedLocalPart),
      ("em ma@example.com", .malformedLocalPart), (" emma@example.com", .malformedLocalPart),
      ("em@ma@example.com", .malformedLocalPart), ("em,ma@example.com", .malformedLocalPart),
      ("em\"ma@example.com", .malformedLocalPart), ("\"emma@example.com", .malformedLocalPart),
      ("\"em\"ma\"@example.com", .malformedLocalPart), ("\"emma\\\"@example.com", .malformedLocalPart),
      ("\"@example.com", .malformedLocalPart), ("\"em\".ma@example.com", .malformedLocalPart),
      ("emma(comment)@example.com", .malformedLocalPart), ("<emma@example.com", .malformedLocalPart),
      ("em\u{0}ma@example.com", .malformedLocalPart), ("\"em\r\nma\"@example.com", .malformedLocalPart),
      ("em\r\nma@example.com", .malformedLocalPart), ("\"em\tma\"@example.com", .malformedLocalPart),
      ("\"em\u{7F}ma\"@example.com", .malformedLocalPart), ("em\\ ma@example.com", .malformedLocalPart),
      ("", .malformedDomain), ("emma", .malformedDomain), ("emma@", .malformedDomain),
      ("emma@example", .malformedDomain), ("emma@localhost", .malformedDomain),
      ("emma@.example.com", .malformedDomain), ("emma@example..com", .malformedDomain),
      ("emma@example.com.", .malformedDomain), ("emma@-a.example", .malformedDomain),
      ("emma@a-.example", .malformedDomain), ("emma@a_b.example", .malformedDomain),
      ("emma@exa mple.com", .malformedDomain), ("emma@example.com ", .malformedDomain),
      ("emma@example.com>", .malformedDomain), ("emma@example.com\r\nDATA", .malformedDomain),
      ("emma@a.123", .malformedDomain), ("emma@xn--a.example", .malformedDomain),
      ("emma@192.0.2.1", .addressLiteral), ("emma@[192.0.2.1]", .addressLiteral),
      ("emma@[IPv6:2001:db8::1]", .addressLiteral), ("emma@[example.com]", .addressLiteral),
    ] as [(String, EmailCode)])
  func isNone(_ value: String, _ expected: EmailCode) { #expect(code(value) == expected) }

  @Test func lengthsAreThoseOfTheRFC() {
    let local = String(repeating: "a", count: 64)
    #expect(code("\(local)@example.com") == nil)
    #expect(code("\(local)a@example.com") == .tooLong)
    #expect(code("\"\(local)\"@example.com") == .tooLong)
    // 63 + 1 + 63 + 1 + 63 + 1 + 61: a domain of 253 bytes, the longest there is.
    let label = String(repeating: "b", count: 63)
    let longest = "\(label).\(label).\(label).\(String(repeating: "c", count: 61))"
    #expect(code("a@\(longest)") == .tooLong)
    // 1 + 1 + 252 = 254.
    #expect(code("a@\(longest.dropLast())") == nil)
    #expect(code("ab@\(longest.dropLast())") == .tooLong)
    #expect(code("a@\(label)x.example") == .malformedDomain)
    #expect(code("a@\(String(repeating: "d.", count: 130))example") == .tooLong)
  }

  @Test func domainsAreALabelsInLowerCase() throws {
    #expect(try EmailAddress("Emma@EXAMPLE.com", isInternational: false).text == "Emma@example.com")
    #expect(try EmailAddress("emma@bücher.example", isInternational: false).domain == "xn--bcher-kva.example")
    #expect(try EmailAddress("emma@BÜCHER.example", isInternational: false).domain == "xn--bcher-kva.example")
    #expect(code("emma@bu\u{308}cher.example") == nil)
  }

  @Test func localPartsBeyondASCIIAreASetting() {
    for value in ["用户@example.com", "émile@example.com", "\"é e\"@example.com"] {
      #expect(code(value) == .internationalLocalPart)
      #expect(code(value, isInternational: true) == nil)
    }
    // 22 characters, 66 bytes.
    #expect(code(String(repeating: "用", count: 22) + "@example.com", isInternational: true) == .tooLong)
    for invisible in ["em\u{200B}ma", "em\u{202E}ma", "em\u{A0}ma", "em\u{85}ma", "em\u{E000}ma"] {
      #expect(code("\(invisible)@example.com", isInternational: true) == .malformedLocalPart)
    }
  }

  /// What the `email` normaliser makes of an address is judged as the address itself.
  @Test func normalisingAndJudgingAgree() throws {
    var attribute = KeyAttribute(name: "email")
    attribute.normalize = [.email]
    for value in ["Emma.B+x@EXAMPLE.com", "\"A b\"@BÜCHER.example", "o'neil@xn--bcher-kva.example"] {
      let normalized = try #require(attribute.normalized(value))
      #expect(code(value) == nil)
      #expect(try EmailAddress(normalized, isInternational: false).text == normalized)
    }
  }
}
