import Foundation
import KeyfoldCore
import Testing

@testable import EmailValidator

/// The list of domains that `disposable` refuses.
@Suite struct DomainListTests {
  private func list(_ text: String) throws -> DomainList {
    try withFile(Data(text.utf8)) { try DomainList(contentsOf: $0, setting: "list") }
  }

  private func complaint(_ data: Data) throws -> String {
    try withFile(data) { path in
      let error = #expect(throws: SettingError.self) { try DomainList(contentsOf: path, setting: "list") }
      return try #require(error).description
    }
  }

  @Test func aDomainCoversThoseBelowIt() throws {
    let list = try list("mailinator.com\nthrowaway.example")
    #expect(list.covers("mailinator.com"))
    #expect(list.covers("x.mailinator.com"))
    #expect(list.covers("a.b.c.mailinator.com"))
    #expect(!list.covers("notmailinator.com"))
    #expect(!list.covers("mailinator.com.example"))
    #expect(!list.covers("mailinator.net"))
    #expect(!list.covers("com"))
  }

  @Test func linesAreReadAsPeopleWriteThem() throws {
    let list = try list(
      "\u{FEFF}# throw-away mail\r\n\r\n  Spaced.Example  \r\nbücher.example # a comment\n\tlast.example")
    for domain in ["spaced.example", "xn--bcher-kva.example", "last.example"] { #expect(list.covers(domain)) }
  }

  @Test func whatCannotBeReadIsSaid() throws {
    #expect(
      try complaint(Data("a.example\n\nnot a domain\n".utf8))
        == "'list' names a list whose line 3 is no domain")
    #expect(
      try complaint(Data("*.a.example\n".utf8)) == "'list' names a list whose line 1 is no domain")
    #expect(try complaint(Data([0xFF, 0xFE])) == "'list' names a list whose line 1 is no domain")
    #expect(try complaint(Data("# nothing\n".utf8)) == "'list' names a list without a domain")
    #expect(throws: SettingError.self) { try DomainList(contentsOf: "/", setting: "list") }
    let error = #expect(throws: SettingError.self) {
      try DomainList(contentsOf: "/nowhere/list", setting: "list")
    }
    #expect(error?.message == "names a list that cannot be read (No such file or directory)")
  }

  @Test func aListHasALargestSize() throws {
    var largest = Data("a.example\n#".utf8)
    largest.append(Data(repeating: UInt8(ascii: "x"), count: DomainList.bytesMax - largest.count))
    #expect(try withFile(largest) { try DomainList(contentsOf: $0, setting: "list") }.covers("a.example"))
    largest.append(UInt8(ascii: "x"))
    #expect(try complaint(largest) == "'list' names a list of more than 32 MiB")
  }
}

/// Lends a file with these contents.
func withFile<Result>(_ contents: Data, _ body: (String) throws -> Result) throws -> Result {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try contents.write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  return try body(file.path)
}
