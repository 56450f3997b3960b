import Glibc
import KeyfoldCore
import Testing

@testable import Keyfold

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
