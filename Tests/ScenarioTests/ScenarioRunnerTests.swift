import Keyfold
import KeyfoldTesting
import Testing

/// The runner itself: what it says of a failure, and what it records.
@Suite struct ScenarioRunnerTests {
  private static let start = """
    # A topic.

    space
      attributes:
        - { name: email, trust: source }

    story First

    at web: email=a@x.org

    """

  private func run(_ expectation: String) async throws -> ScenarioReport {
    let text = ScenarioRunnerTests.start + expectation
    return try await Scenario(text: text, name: "topic.scenario").run { MemoryStore() }
  }

  @Test func aFailureShowsBothInTheNotationOfTheFile() async throws {
    let report = try await run("  created w\n  email=a@x.org recognized  # surely\n")
    #expect(
      report.failures.map(\.description) == [
        """
        topic.scenario:9: at web: email=a@x.org
          expected
            created w
            email=a@x.org recognized
          actual
            created w
            email=a@x.org associated
        """
      ])
  }

  @Test func aRecordingIsMetByTheNextRun() async throws {
    let first = try await run("  nonsense\n\nprofile web\n")
    #expect(first.failures.count == 2)
    let again = try await Scenario(text: first.recording, name: "topic.scenario").run { MemoryStore() }
    #expect(again.failures.isEmpty)
    #expect(first.recording.contains("\nprofile web\n  tids web\n  email=a@x.org verified\n"))
  }

  @Test func whatIsMetStaysAsItIsWritten() async throws {
    let expectation = "  created   w    # a remark\n  email=a@x.org  associated\n"
    let report = try await run(expectation)
    #expect(report.failures.isEmpty)
    #expect(report.recording == ScenarioRunnerTests.start + expectation)
  }

  @Test func anExpectationTooManyOrTooFewFails() async throws {
    #expect(try await run("  created w\n").failures.count == 1)
    #expect(
      try await run("  created w\n  email=a@x.org associated\n  unknown tid\n").failures.count == 1)
  }

  @Test func aNameStandsForOneTID() async throws {
    let report = try await run("  created w\n  email=a@x.org associated\n\nat web\n  created w\n")
    #expect(report.failures.map(\.line) == [13])
    #expect(report.failures.map(\.actual) == [["created web"]])
  }

  @Test func aKnownIssueThatIsNoneIsReported() async throws {
    let text = ScenarioRunnerTests.start.replacing("story First\n", with: "story First\nknown issue not so\n")
    let report = try await Scenario(text: text + "  created w\n  email=a@x.org associated\n", name: "topic")
      .run { MemoryStore() }
    #expect(report.unexpectedlyMet == ["First"])
  }

  @Test(arguments: [
    ("somebody does something\n", "topic:11: nothing that can happen begins with 'somebody'"),
    ("at web email=a@x.org\n", "topic:11: what does 'email=a@x.org' mean here?"),
    ("at web: email\n", "topic:11: 'email' needs '=' and a value"),
    ("at web: email=\"a\n", "topic:11: a quotation mark is missing"),
    ("advance 3 fortnights\n", "topic:11: 'fortnights' is no unit of time: seconds, minutes, hours or days"),
    ("  created w\n", "topic:11: an expectation must stand right below what happens"),
  ])
  func whatCannotBeReadIsNamed(line: String, message: String) {
    let error = #expect(throws: ScenarioError.self) {
      try Scenario(text: ScenarioRunnerTests.start + "\n" + line, name: "topic")
    }
    #expect(error?.description == message)
  }

  @Test func aNameNobodyHasIsSaidSo() async throws {
    let report = try await run("  created w\n  email=a@x.org associated\n\nrevoke x\n")
    #expect(report.failures.map(\.actual) == [["cannot be done: no TID is called 'x'"]])
  }
}
