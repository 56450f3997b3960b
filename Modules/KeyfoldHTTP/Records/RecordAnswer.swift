/// What a server said of the record a key names.
public struct RecordAnswer: Sendable, Hashable {
  /// What it comes to.
  public enum Result: Sendable, Hashable {
    /// There is a record, and it says what is expected.
    case met
    /// There is a record that says something else.
    case unmet
    /// There is none.
    case notFound
    /// The value cannot stand where the template has it; nobody was asked.
    case malformed
    /// Nobody can tell.
    case unclear
  }

  /// What it comes to.
  public let result: Result
  /// For the evidence: the raw value of a `RecordCode` or a `CallFailure`.
  public let code: String
  /// Status of the answer, if there was one.
  public let status: Int?

  init(_ result: Result, _ code: RecordCode, status: Int?) {
    self.result = result
    self.code = code.rawValue
    self.status = status
  }

  /// A value that cannot be asked about.
  static let malformed = RecordAnswer(.malformed, .malformedValue, status: nil)

  init(_ failure: CallFailure) {
    result = .unclear
    code = failure.rawValue
    status = nil
  }
}

/// The codes of evidence about records; beside them stand those of `CallFailure`.
public enum RecordCode: String, Sendable, Hashable, CaseIterable {
  /// There is a record, and it says what is expected.
  case recordFound
  /// There is a record, but something expected is missing or different.
  case expectationUnmet
  /// There is a record, but where it must name this key it names another.
  case namesAnotherKey
  /// There is no record.
  case recordNotFound
  /// The value cannot stand where the template has it; nobody was asked.
  case malformedValue
  /// The answer is no JSON text, or holds none where something is expected of it.
  case unreadableBody
  /// The status is good, but the answer tells of an error.
  case errorEnvelope
  /// Status 401 or 403: the server does not take our own credentials.
  case credentialsRefused
  /// A status that means neither found nor not found.
  case unexpectedStatus
}
