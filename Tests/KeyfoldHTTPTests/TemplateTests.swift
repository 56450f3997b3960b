import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldHTTP
import Testing

@Suite struct URLTemplateTests {
  private func url(_ template: String, _ value: String) throws -> String? {
    text(try URLTemplate(template).filled(["value": Secret(value)]))
  }

  /// What can be read on the way is refused at start, as far as a host's name tells.
  @Test(arguments: [
    ("http://crm.example/", true), ("http://127.0.0.1.example/", true), ("http://localhost.example/", true),
    ("http://10.0.0.1/", true), ("http://[2001:db8::1]/", true), ("HTTP://crm.example/", true),
    ("https://crm.example/", false), ("http://127.0.0.1:8080/", false), ("http://127.1.2.3/", false),
    ("http://[::1]/", false), ("http://LOCALHOST/", false), ("http://crm.localhost/", false),
  ])
  func httpIsForThisMachine(_ address: String, isPlain: Bool) throws {
    let template = try URLTemplate(address)
    #expect(template.isPlain == isPlain)
    let strict = SettingReader(.map([])) { _ in nil }
    if isPlain {
      #expect(throws: SettingError.self) { try template.refusePlain(strict) }
    } else {
      try template.refusePlain(strict)
    }
    try template.refusePlain(
      SettingReader(.map([.init(name: "allowHttp", value: .scalar("true"))])) { _ in nil })
  }

  @Test(arguments: [
    ("https://crm.example/contacts/{value}", "42", "https://crm.example/contacts/42"),
    ("https://crm.example/{value}/x?k={value}", "a/b", "https://crm.example/a%2Fb/x?k=a%2Fb"),
    ("https://crm.example/?q={value}", "a b&c=d+e", "https://crm.example/?q=a%20b%26c%3Dd%2Be"),
    ("https://crm.example?q={value}", "?#/", "https://crm.example?q=%3F%23%2F"),
    ("http://[::1]:8080/{value}", "é", "http://[::1]:8080/%C3%A9"),
    ("https://crm.example/v1.0/{value}.json", "-._~", "https://crm.example/v1.0/-._~.json"),
    ("https://crm.example/z%7B{value}", "%41", "https://crm.example/z%7B%2541"),
    ("https://crm.example/a..b/{value}", "...", "https://crm.example/a..b/..."),
    ("https://crm.example/xq{value}{value}q", "1", "https://crm.example/xq11q"),
  ])
  func valuesAreEncodedForTheirPlace(template: String, value: String, expected: String) throws {
    #expect(try url(template, value) == expected)
  }

  /// A server may decode `%2F` before it resolves `..`.
  @Test(arguments: [
    ("https://crm.example/{value}", "."), ("https://crm.example/{value}", ".."),
    ("https://crm.example/a/{value}/b", ".."), ("https://crm.example/a/{value}.", "."),
    ("https://crm.example/a/.{value}", "."), ("https://crm.example/a/%2e{value}", "."),
    ("https://crm.example/a/{value}", "../admin"), ("https://crm.example/a/{value}", "x/../../admin"),
    ("https://crm.example/a/{value}", "..\\admin"), ("https://crm.example/a/{value}", "x/."),
    ("https://crm.example/a/{value}", ""), ("https://crm.example/?q={value}", "1\r\nX: y"),
    ("https://crm.example/?q={value}", "1\0"), ("https://crm.example/?q={value}", "1\u{7F}"),
  ])
  func whatCouldMeanAnotherAddressIsMalformed(template: String, value: String) throws {
    #expect(try url(template, value) == nil)
  }

  @Test func dotsAreHarmlessInAQuery() throws {
    #expect(try url("https://crm.example/?q={value}", "../..") == "https://crm.example/?q=..%2F..")
  }

  @Test func aMissingValueIsMalformed() throws {
    let template = try URLTemplate("https://crm.example/{value}/{token}", variables: ["value", "token"])
    #expect(template.variables == ["value", "token"])
    #expect(template.filled(["value": Secret("1")]) == nil)
    #expect(text(template.filled(["value": Secret("1"), "token": Secret("t")])) == "https://crm.example/1/t")
  }

  @Test(arguments: [
    ("{value}://crm.example/", "is not an address"),
    ("https://{value}/", "another place than path and query"),
    ("https://crm.{value}.example/", "another place than path and query"),
    ("https://crm.example:{value}/", "is not an address"),
    ("https://{value}@crm.example/", "user or password"),
    ("https://crm.example/#{value}", "after '#'"),
    ("https://crm.example/#top", "after '#'"),
    ("https://user:word@crm.example/{value}", "user or password"),
    ("https://crm.example/{key}", "braces around something else than {value}"),
    ("https://crm.example/{value", "braces around something else"),
    ("https://crm.example/a b", "percent-encoded"),
    ("https://crm.example/a\\b", "percent-encoded"),
    ("https://crm.example/é", "percent-encoded"),
    ("https://crm.example/a\r\nX: y", "percent-encoded"),
    ("https://crm.example/a\0b", "percent-encoded"),
    ("https://crm.example/../{value}", "'.' or '..'"),
    ("https://crm.example/%2e/{value}", "'.' or '..'"),
    ("ftp://crm.example/{value}", "https:// or http://"),
    ("file:///etc/passwd", ""), ("crm.example/{value}", "is not an address"),
    ("https://", "is not an address"),
    ("https:///{value}", ""), ("", "is not an address"),
  ])
  func templatesThatMayGoElsewhereAreRefusedAtStart(template: String, message: String) {
    let error = #expect(throws: SettingError.self) { try URLTemplate(template, setting: "url") }
    #expect(error?.setting == "url")
    #expect(message.isEmpty || error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func complaintsDoNotQuoteTheAddress() {
    let error = #expect(throws: SettingError.self) { try URLTemplate("https://u:geheim@x.example/{geheim}") }
    #expect(error?.description.contains("geheim") == false)
  }

  /// Whatever a value is, the filled address keeps scheme, host and number of parts, and decodes to the
  /// value.
  @Test func noValueLeavesItsPlace() throws {
    var generator = SplitMix64(seed: 7)
    let template = try URLTemplate("https://crm.example/a/{value}/b?x={value}&y=1")
    for _ in 0..<2000 {
      let length = Int.random(in: 1...12, using: &generator)
      let value = String(
        decoding: (0..<length).map { _ in UInt8.random(in: 0...127, using: &generator) }, as: UTF8.self)
      guard let url = text(template.filled(["value": Secret(value)])) else { continue }
      let pieces = url.split(separator: "/", omittingEmptySubsequences: false)
      try #require(pieces.count == 6 && pieces[0] == "https:" && pieces[2] == "crm.example", "\(url)")
      #expect(pieces[4].removingEncoding == value)
      let fields = pieces[5].split(separator: "?")[1].split(separator: "&")
      #expect(fields.count == 2 && fields[0].dropFirst(2).removingEncoding == value && fields[1] == "y=1")
    }
  }
}

@Suite struct BodyTemplateTests {
  private func body(_ template: String, _ value: String) throws -> String? {
    text(try BodyTemplate(template).filled(["value": Secret(value)]))
  }

  @Test(arguments: [
    (#"{"id": "{value}"}"#, "42", #"{"id": "42"}"#),
    (#"{"id": "{value}"}"#, #"","admin":"\"#, #"{"id": "\",\"admin\":\"\\"}"#),
    (#"[["code","=","{value}"],{}]"#, "é{value}", #"[["code","=","é{value}"],{}]"#),
    (#"{"a": {"b": "x{value}{value}y"}}"#, "q", #"{"a": {"b": "xqqy"}}"#),
    (#"{"a": 1}"#, "q", #"{"a": 1}"#),
  ])
  func valuesAreEscaped(template: String, value: String, expected: String) throws {
    #expect(try body(template, value) == expected)
  }

  @Test(arguments: ["", "a\0", "a\nb"])
  func whatCannotBeAskedAboutIsMalformed(value: String) throws {
    #expect(try body(#"{"id": "{value}"}"#, value) == nil)
  }

  @Test func bytesThatAreNoTextAreMalformed() throws {
    let template = try BodyTemplate(#"{"id": "{token}"}"#, variables: ["token"])
    #expect(template.variables == ["token"])
    #expect(template.filled(["token": Secret(bytes: [0x61, 0xFF])]) == nil)
  }

  @Test(arguments: [
    #"{"id": {value}}"#, #"{"id": 1{value}}"#, #"{"id": "\{value}"}"#, #"{"id": "\u00{value}"}"#, #"{value}"#,
    #"{"id": "{value}""#, "a={value}", "",
  ])
  func variablesOutsideQuotationMarksAreRefused(template: String) {
    let error = #expect(throws: SettingError.self) { try BodyTemplate(template, setting: "body") }
    #expect(error?.description == "'body' must be JSON, with {value} inside quotation marks")
  }
}

@Suite struct FormTests {
  @Test func fieldsAreEncoded() {
    let form = HTTPRequest.form(
      Secret("https://idp.example/"), fields: [("a b", Secret("1&2=3")), ("c", Secret(""))])
    #expect(text(form.body) == "a%20b=1%262%3D3&c=")
    #expect(form.method == "POST")
    #expect(form.headers.map(\.name) == ["Content-Type"])
    #expect(text(form.headers[0].value) == "application/x-www-form-urlencoded")
  }

  /// The examples of RFC 7617, section 2, and RFC 6749, section 2.3.1.
  @Test func basicCredentials() {
    let plain = HTTPRequest.Header.basic(user: Secret("Aladdin"), password: Secret("open sesame"))
    #expect(text(plain.value) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    let client = HTTPRequest.Header.basic(
      user: Secret("s6BhdRkqt3"), password: Secret("gX1fBat3bV"), formEncoded: true)
    #expect(text(client.value) == "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW")
    let odd = HTTPRequest.Header.basic(user: Secret("a:b"), password: Secret("c"), formEncoded: true)
    #expect(text(odd.value) == "Basic YSUzQWI6Yw==")
  }
}

extension Substring {
  fileprivate var removingEncoding: String? { String(self).removingPercentEncoding }
}
