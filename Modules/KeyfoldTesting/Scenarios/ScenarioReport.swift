/// What came of a run.
public struct ScenarioReport: Sendable {
  /// An expectation that was not met.
  public struct Failure: Sendable, Hashable, CustomStringConvertible {
    /// Name of the file.
    public let file: String
    /// Line of what happened, the first being 1.
    public let line: Int
    /// What happened.
    public let action: String
    /// What the file says must come of it.
    public let expected: [String]
    /// What came of it.
    public let actual: [String]
    /// Why this is known to fail, if it is.
    public let knownIssue: String?

    /// Both in the notation of the file.
    public var description: String {
      func block(_ lines: [String]) -> String {
        lines.isEmpty ? "    (nothing)" : lines.map { "    \($0)" }.joined(separator: "\n")
      }
      return """
        \(file):\(line): \(action)
          expected
        \(block(expected))
          actual
        \(block(actual))
        """
    }
  }

  /// Everything that was not as expected, in order.
  public internal(set) var failures: [Failure] = []
  /// For each story the digest of the state it ended with: the same on every kind of store.
  public internal(set) var digests: [String] = []
  /// Titles of stories that are marked as a known issue, but met every expectation.
  public internal(set) var unexpectedlyMet: [String] = []
  /// The file with what came instead of what was expected.
  public internal(set) var recording: String
}
