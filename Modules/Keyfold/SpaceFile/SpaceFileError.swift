/// Why a space file cannot be used, with everything found in it at once.
public struct SpaceFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// There is no such file.
    case missing
    /// There is one, but it could not be read.
    case unreadable
    /// It was read, and is not a space.
    case invalid
  }

  /// One thing to change.
  public struct Problem: Sendable, Hashable {
    /// Line, the first being 1; 0 where the file as a whole is meant.
    public let line: Int
    /// Column in characters, the first being 1; 0 where the file as a whole is meant.
    public let column: Int
    /// A sentence; never quotes a setting of a validator or a handoff key.
    public let message: String
  }

  /// What kind of failure it is.
  public let code: Code
  /// Name of the file as it was given.
  public let file: String
  /// What is wrong, in the order of the file; never empty.
  public let problems: [Problem]

  /// One line a problem: `keyfold.yaml:12:5: message`.
  public var description: String {
    problems.map { problem in
      let place = problem.line > 0 ? ":\(problem.line):\(problem.column)" : ""
      return "\(file)\(place): \(problem.message)"
    }.joined(separator: "\n")
  }
}

extension SpaceFileError {
  /// An error about the file as a whole.
  init(code: Code, file: String, message: String) {
    self.init(code: code, file: file, problems: [Problem(line: 0, column: 0, message: message)])
  }

  init(invalid file: String, problems: ProblemList) {
    self.init(code: .invalid, file: file, problems: problems.inOrder)
  }
}

/// The problems found so far; so many and no more, whatever the file holds.
struct ProblemList: Sendable {
  static let countMax = 200

  private var found: [SpaceFileError.Problem] = []
  private(set) var isFull = false

  var isEmpty: Bool { found.isEmpty }

  mutating func add(_ place: Place, _ message: String) {
    isFull = found.count == ProblemList.countMax
    guard !isFull else { return }
    found.append(SpaceFileError.Problem(line: place.line, column: place.column, message: message))
  }

  /// By position; those of one position as they were found.
  var inOrder: [SpaceFileError.Problem] {
    var sorted = found.enumerated().sorted { a, b in
      (a.element.line, a.element.column, a.offset) < (b.element.line, b.element.column, b.offset)
    }.map(\.element)
    if isFull {
      let message = "there is more wrong with this file than these \(ProblemList.countMax) problems"
      sorted.append(SpaceFileError.Problem(line: 0, column: 0, message: message))
    }
    return sorted
  }
}
