/// A golden history: what happens at touchpoints and what Keyfold must answer, as text that needs no
/// programmer to read.
///
/// A file begins with comments (`#`) and a `space` block, which is an indented space file (YAML, without its
/// `space:` name). Then come stories, each beginning with an empty store. A line that is not indented is
/// something that happens; the indented lines below it are everything that must come of it:
/// ```
/// story Somebody else's email: the visitor turns out to be them
///
/// at call-centre: email=a@shop.example
///   created p
///   email=a@shop.example associated
///
/// at web as w: email=a@shop.example
///   merged w into p
///   email=a@shop.example recognized    # whatever follows two spaces and a # is a remark
/// ```
/// What can happen stands at `Action`. A TID gets its name from the first expectation that mentions it.
/// A value is a bare word, or quoted with the escapes `\"`, `\\`, `\n`, `\t` and `\u{301}`; `"x"*600`
/// repeats. Time stands still unless `advance` moves it. `known issue TEXT` below a story's title marks
/// one that is known to fail.
public struct Scenario: Sendable {
  /// Name of the file, as failures give it.
  public let name: String

  let lines: [String]
  let stories: [Story]

  /// Reads a scenario.
  ///
  /// - Parameters:
  ///   - text: the contents of the file.
  ///   - name: what to call the file in a failure.
  public init(text: String, name: String) throws(ScenarioError) {
    self.name = name
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var reader = ScenarioReader(lines: lines, name: name)
    stories = try reader.stories()
  }
}

/// Why a scenario cannot be read.
public struct ScenarioError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Name of the file.
  public let file: String
  /// Line, the first being 1.
  public let line: Int
  /// What is wrong with it.
  public let message: String

  /// File, line and message.
  public var description: String { "\(file):\(line): \(message)" }
}

/// One history on an empty store.
struct Story: Sendable {
  var title: String
  /// Place of its title in the file, 0 = first line.
  var line: Int
  /// The space file.
  var space: String
  var knownIssue: String?
  var steps: [Step] = []
}

/// Something that happens, and what must come of it.
struct Step: Sendable {
  let action: Action
  /// Place of the action in the file, 0 = first line.
  let line: Int
  /// Places of the lines that say what is expected.
  var expectation: Range<Int>
}
