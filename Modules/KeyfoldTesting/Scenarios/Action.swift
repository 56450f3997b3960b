import KeyfoldCore

/// What can happen in a scenario.
enum Action: Sendable {
  /// `at web as w, id c1, handoff h, 2 hours ago, proof crmId=T, data city=Leeds: email=a@x, email=b@x`.
  /// `as never-issued` presents a TID that does not exist, `handoff forged` a token nobody signed.
  case capture(CaptureLine)
  /// `profile w`: its TIDs, claims and data.
  case profile(String)
  /// `activity of w`: how often each TID was seen where.
  case activity(String)
  /// `who has email=a@x`: the profile that owns the key.
  case owner(attribute: String, value: String)
  /// `who claims email=a@x`: the owner and everybody with an unverified claim.
  case claimants(attribute: String, value: String)
  /// `handoff h from a for web, good for 30 seconds, signed with KEY, in space NAME`.
  case handoff(HandoffLine)
  /// `revoke w`.
  case revoke(String)
  /// `merge w with p`.
  case merge(String, String)
  /// `unmerge w`; with `, may merge again`, no separations are recorded.
  case unmerge(String, allowRemerge: Bool)
  /// `separate w from p`, and `no longer separate w from p`.
  case separation(String, String, removed: Bool)
  /// `advance 10 minutes`.
  case advance(seconds: Int64)
  /// `crm says invalid of 42`: from now on; `valid`, `invalid`, `indeterminate`, or `nothing`.
  case answer(validator: String, ScriptedValidator.Answer, value: String)
  /// `explain w`, `explain w and email=a@x`, `explain capture c1`.
  case explain([ExplanationSubjectLine])
  /// `retry`: asks again about every pending key.
  case retry
  /// `pending`: the keys that wait for a verdict.
  case pending
}

struct CaptureLine: Sendable {
  var touchpoint = ""
  var tid: String?
  var handoff: String?
  var id: String?
  /// Relative to the clock; nil where the capture does not say when it happened.
  var offsetSeconds: Int64?
  var proofs: [(name: String, value: String)] = []
  var data: [(name: String, value: String)] = []
  var keys: [(name: String, value: String)] = []
}

/// Something that is to be explained, by the names of the story.
enum ExplanationSubjectLine: Sendable {
  case tid(String)
  case key(name: String, value: String)
  case capture(id: String)
}

struct HandoffLine: Sendable {
  var name: String
  var tid: String
  var touchpoint: String
  var ttlSeconds: Int?
  var signedWith: String?
  var space: String?
}

extension Action {
  /// Reads a line that is not indented.
  init(reading line: String) throws(NotationError) {
    var words = WordScanner(line)
    self = try Action.read(&words)
    guard words.isAtEnd() else { throw NotationError(message: "what does '\(words.remainder)' mean here?") }
  }

  private static func read(_ words: inout WordScanner) throws(NotationError) -> Action {
    if words.take("at") { return .capture(try CaptureLine(&words)) }
    if words.take("profile") { return .profile(try words.bareWord()) }
    if words.take("activity of") { return .activity(try words.bareWord()) }
    if words.take("who has") {
      let key = try words.pair()
      return .owner(attribute: key.name, value: key.value)
    }
    if words.take("who claims") {
      let key = try words.pair()
      return .claimants(attribute: key.name, value: key.value)
    }
    if words.take("handoff") { return .handoff(try HandoffLine(&words)) }
    if words.take("revoke") { return .revoke(try words.bareWord()) }
    if words.take("merge") {
      let first = try words.bareWord()
      try words.expect("with")
      return .merge(first, try words.bareWord())
    }
    if words.take("unmerge") { return try unmerge(&words) }
    if words.take("separate") { return try separation(&words, removed: false) }
    if words.take("no longer separate") { return try separation(&words, removed: true) }
    if words.take("advance") { return .advance(seconds: try words.duration()) }
    if words.take("explain") { return try explanation(&words) }
    if words.take("retry") { return .retry }
    if words.take("pending") { return .pending }
    return try answer(&words)
  }

  private static func separation(_ words: inout WordScanner, removed: Bool) throws(NotationError) -> Action {
    let first = try words.bareWord()
    try words.expect("from")
    return .separation(first, try words.bareWord(), removed: removed)
  }

  private static func unmerge(_ words: inout WordScanner) throws(NotationError) -> Action {
    let name = try words.bareWord()
    guard words.take(mark: ",") else { return .unmerge(name, allowRemerge: false) }
    try words.expect("may merge again")
    return .unmerge(name, allowRemerge: true)
  }

  private static func explanation(_ words: inout WordScanner) throws(NotationError) -> Action {
    var subjects: [ExplanationSubjectLine] = []
    repeat {
      if words.take("capture") {
        subjects.append(.capture(id: try words.bareWord()))
        continue
      }
      let word = try words.bareWord()
      subjects.append(words.take(mark: "=") ? .key(name: word, value: try words.value()) : .tid(word))
    } while words.take("and")
    return .explain(subjects)
  }

  private static func answer(_ words: inout WordScanner) throws(NotationError) -> Action {
    let name = try words.bareWord()
    guard words.take("says") else {
      throw NotationError(message: "nothing that can happen begins with '\(name)'")
    }
    let word = try words.bareWord()
    let answer: ScriptedValidator.Answer
    if let finding = Finding(rawValue: word) {
      answer = .finding(finding, code: "scripted")
    } else if word == "nothing" {
      answer = .silence
    } else {
      throw NotationError(message: "a validator says valid, invalid, indeterminate or nothing")
    }
    try words.expect("of")
    return .answer(validator: name, answer, value: try words.value())
  }
}

extension CaptureLine {
  init(_ words: inout WordScanner) throws(NotationError) {
    touchpoint = try words.bareWord()
    if words.take("as") { tid = try words.bareWord() }
    while words.take(mark: ",") { try readClause(&words) }
    guard words.take(mark: ":") else { return }
    repeat { keys.append(try words.pair()) } while words.take(mark: ",")
  }

  private mutating func readClause(_ words: inout WordScanner) throws(NotationError) {
    if words.take("id") {
      id = try words.bareWord()
    } else if words.take("handoff") {
      handoff = try words.bareWord()
    } else if words.take("proof") {
      proofs.append(try words.pair(endsAtColon: true))
    } else if words.take("data") {
      data.append(try words.pair(endsAtColon: true))
    } else {
      let seconds = try words.duration()
      if words.take("ago") {
        offsetSeconds = -seconds
      } else {
        try words.expect("ahead")
        offsetSeconds = seconds
      }
    }
  }
}

extension HandoffLine {
  init(_ words: inout WordScanner) throws(NotationError) {
    name = try words.bareWord()
    try words.expect("from")
    tid = try words.bareWord()
    try words.expect("for")
    touchpoint = try words.bareWord()
    while words.take(mark: ",") {
      if words.take("good for") {
        ttlSeconds = Int(try words.duration())
      } else if words.take("signed with") {
        signedWith = try words.bareWord()
      } else {
        try words.expect("in space")
        space = try words.bareWord()
      }
    }
  }
}

extension WordScanner {
  fileprivate mutating func expect(_ words: String) throws(NotationError) {
    guard take(words) else { throw NotationError(message: "'\(words)' is missing before '\(remainder)'") }
  }

  fileprivate mutating func duration() throws(NotationError) -> Int64 {
    let count = try number()
    let unit = try bareWord()
    guard let known = timeUnits.first(where: { unit == $0.name || unit == $0.name + "s" }) else {
      throw NotationError(message: "'\(unit)' is no unit of time: seconds, minutes, hours or days")
    }
    return count * known.seconds
  }
}

/// Largest first.
let timeUnits: [(name: String, seconds: Int64)] = [
  ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1),
]
