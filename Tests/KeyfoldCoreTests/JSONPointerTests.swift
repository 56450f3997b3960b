import KeyfoldCore
import Testing

/// RFC 6901: its own examples, and what is no pointer.
@Suite struct JSONPointerTests {
  /// The document of section 5.
  private static let document =
    #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#

  @Test(arguments: [
    ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
    ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
    ("", document),
  ])
  func findsWhatTheStandardSays(_ pointer: String, _ value: String) throws {
    let document = try JSONValue(parsing: JSONPointerTests.document)
    #expect(try #require(JSONPointer(pointer)).value(in: document) == JSONValue(parsing: value))
  }

  @Test(arguments: [
    "/gone", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/1 ", "/foo/", "/foo/0/x", "//",
    "/foo/99999999999999999999", "/FOO",
  ])
  func findsNothingElse(_ pointer: String) throws {
    let document = try JSONValue(parsing: JSONPointerTests.document)
    #expect(try #require(JSONPointer(pointer)).value(in: document) == nil)
  }

  @Test(arguments: ["foo", " /foo", "/a~", "/a~2", "/~/a", "#/foo", "$.foo"])
  func refusesWhatIsNoPointer(_ text: String) {
    #expect(JSONPointer(text) == nil)
  }

  /// `~01` is `~1`, not `/`.
  @Test func unescapesFromTheLeft() throws {
    let document = try JSONValue(parsing: #"{"~1":1,"/":2}"#)
    #expect(JSONPointer("/~01")?.value(in: document) == .number("1"))
    #expect(JSONPointer("/~1")?.value(in: document) == .number("2"))
  }
}
