import KeyfoldCore

/// What the answers of one server mean: the settings `found`, `notFound` and `expect`.
struct RecordRules: Sendable {
  let expectations: [Expectation]
  private let found: [Int]
  private let notFound: [Int]
  private let attribute: KeyAttribute

  /// - Parameter notFound: statuses that mean so where the settings name none.
  init(
    _ settings: SettingReader, attribute: KeyAttribute, notFound usual: [Int]
  ) throws(SettingError) {
    expectations = try Expectation.read(settings)
    found = try settings.integers("found", in: 200...299) ?? [200]
    notFound = try settings.integers("notFound", in: 200...499) ?? usual
    self.attribute = attribute
    if let status = notFound.first(where: found.contains) {
      throw SettingError(setting: "notFound", message: "and 'found' both name the status \(status)")
    }
    // Credentials of ours that have run out, or too many calls, would make every key invalid.
    let silent = [401, 403, 407, 408, 425, 429].filter { !usual.contains($0) }
    if let status = notFound.first(where: silent.contains) {
      throw SettingError(
        setting: "notFound", message: "names \(status), which says nothing about a record")
    }
  }

  /// What an answer says of a key.
  ///
  /// - Parameter mayBeEmpty: whether an answer without a body is one, as after HEAD.
  func judge(_ response: HTTPResponse, of key: Key, mayBeEmpty: Bool) -> RecordAnswer {
    let status = response.status
    if notFound.contains(status) { return RecordAnswer(.notFound, .recordNotFound, status: status) }
    guard found.contains(status) else {
      let isRefusal = status == 401 || status == 403
      return RecordAnswer(.unclear, isRefusal ? .credentialsRefused : .unexpectedStatus, status: status)
    }
    if response.body.isEmpty && expectations.isEmpty && (mayBeEmpty || status == 204) {
      return RecordAnswer(.met, .recordFound, status: status)
    }
    guard let body = try? JSONValue(parsing: response.body[...]) else {
      return RecordAnswer(.unclear, .unreadableBody, status: status)
    }
    return judge(body, response, of: key)
  }

  private func judge(_ body: JSONValue, _ response: HTTPResponse, of key: Key) -> RecordAnswer {
    let status = response.status
    let places = expectations.map(\.place)
    if ErrorEnvelope.isOne(body, contentType: response.header("content-type"), lookedAt: places) {
      return RecordAnswer(.unclear, .errorEnvelope, status: status)
    }
    let outcomes = expectations.map { $0.outcome(in: body, for: key, of: attribute) }
    if outcomes.contains(.namesAnother) {
      return RecordAnswer(.unmet, .namesAnotherKey, status: status)
    }
    if outcomes.contains(.unmet) {
      return RecordAnswer(.unmet, .expectationUnmet, status: status)
    }
    return RecordAnswer(.met, .recordFound, status: status)
  }
}
