// A slow, literal reading of semantics.md, sections 3 to 5 and 7: the oracle of the property tests.
// It recomputes everything from plain arrays, and shares no code with the implementation.

// MARK: - The space

struct NaiveAttribute: Sendable, Equatable {
  var name: String
  /// How many verified values one profile may hold; nil is "none".
  var limit: Int? = 1
  /// `trust: "source"`; otherwise the attribute has a validator.
  var trustSource = true
  /// Whether the validator proves possession (otherwise mere existence).
  var possession = false
  var linksFrom: [String]?
  var whenUnverifiedDrop = false
  var onConflictKeep = false
  var whenTakenTransfer = false
}

struct NaiveSpace: Sendable, Equatable {
  /// Strongest first.
  var attributes: [NaiveAttribute]
  var maxTidsPerProfile = 1000
  var maxKeysPerProfile = 1000
  var maxUnverifiedPerProfile = 100
  var sharedTouchpoints: [String] = []
  var rotateTids = false
  var joinKnown = false
}

// MARK: - The steps of a history

/// What the validator of a validated attribute would say of a key, if asked.
enum NaiveVerdict: Sendable, Equatable {
  case valid
  case invalid
  case indeterminate
}

struct NaiveKey: Sendable, Equatable {
  var attribute: String
  /// Already normalised.
  var value: String
  var blocked = false
  var malformed = false
  var verdict = NaiveVerdict.valid
  var hasProof = true
}

struct NaiveCapture: Sendable, Equatable {
  var id: String?
  var touchpoint: String
  var tid: String?
  /// The TID a genuine, unexpired, unspent handoff token for this touchpoint carries.
  var handoffTid: String?
  /// In the order sent.
  var keys: [NaiveKey] = []
  var data: [String: String] = [:]
  /// Microseconds.
  var at: Int
  /// The TID to use if this capture needs a new one.
  var freshTid: String
}

enum NaiveStep: Sendable, Equatable {
  case capture(NaiveCapture)
  case revoke(String)
  case separate(String, String)
  case removeSeparation(String, String)
  case merge(String, String)
  case unmerge(String, allowRemerge: Bool)
}

// MARK: - The answers

struct NaiveKeyResult: Sendable, Equatable {
  var attribute: String
  var value: String
  var result: String
  var verified = false
  var reason: String?
}

struct NaiveOutcome: Sendable, Equatable {
  var tid = ""
  var touchpointTid = ""
  var decision = ""
  var created = false
  /// Oldest first.
  var merged: [String] = []
  var switchedFrom: String?
  var unknownTid = false
  var handoff: String?
  /// Strongest attribute first, then in request order.
  var keys: [NaiveKeyResult] = []
  /// The error's code; then nothing else matters, and nothing was stored.
  var refused: String?
  var replayed = false
}

// MARK: - The state

struct NaiveTid: Sendable, Equatable {
  var tid: String
  var bornAt: Int
  var parent: String?
  /// The commit that merged it into the one above it.
  var merged: Int?
  var revoked = false
}

/// An attribute and a value, compared byte by byte.
struct NaiveKeyName: Sendable, Equatable {
  var attribute: String
  var value: String

  static func == (left: NaiveKeyName, right: NaiveKeyName) -> Bool {
    naiveSame(left.attribute, right.attribute) && naiveSame(left.value, right.value)
  }
}

struct NaiveClaim: Sendable, Equatable {
  var attribute: String
  var value: String
  var origin: String
  var verified: Bool
  var capturedAt: Int
  var commit: Int
  /// The place in the request order of the capture that made it (or made it verified).
  var order: Int

  var key: NaiveKeyName { NaiveKeyName(attribute: attribute, value: value) }
}

struct NaiveDatum: Sendable, Equatable {
  var origin: String
  var name: String
  var value: String
  var at: Int
  var commit: Int
}

struct NaiveActivity: Sendable, Equatable {
  var origin: String
  var touchpoint: String
  var count: Int
  var first: Int
  var last: Int
}

/// An unordered pair: `low` is the smaller text.
struct NaiveSeparation: Sendable, Equatable {
  var low: String
  var high: String

  init(_ one: String, _ other: String) {
    low = naiveLess(one, other) ? one : other
    high = naiveLess(one, other) ? other : one
  }
}

struct NaiveAnswered: Sendable, Equatable {
  var id: String
  var capture: NaiveCapture
  var outcome: NaiveOutcome
}

struct NaiveModel: Sendable, Equatable {
  let space: NaiveSpace
  var tids: [NaiveTid] = []
  var claims: [NaiveClaim] = []
  var data: [NaiveDatum] = []
  var activity: [NaiveActivity] = []
  var separations: [NaiveSeparation] = []
  /// How many steps have been stored: the commit number of the last one.
  var commits = 0
  /// The captures that carried an id, for replays.
  var answered: [NaiveAnswered] = []
  /// Everything that ever went and came back, in order.
  var turns: [NaiveTurn] = []
  /// What was there before the step that is being carried out.
  var claimsBefore: [NaiveClaim] = []

  init(space: NaiveSpace) {
    self.space = space
  }

  /// The outcome of a capture; of an operation nil, or why it was refused.
  mutating func apply(_ step: NaiveStep) -> NaiveOutcome? {
    claimsBefore = claims
    let refusal: String?
    switch step {
    case .capture(let capture): return self.capture(capture)
    case .revoke(let tid): refusal = revoke(tid)
    case .separate(let one, let other): refusal = separate(one, other)
    case .removeSeparation(let one, let other): refusal = removeSeparation(one, other)
    case .merge(let one, let other): refusal = merge(one, other)
    case .unmerge(let tid, let allowRemerge): refusal = unmerge(tid, allowRemerge: allowRemerge)
    }
    return refusal.map { NaiveOutcome(refused: $0) }
  }
}

// MARK: - Text, compared by its UTF-8 bytes

func naiveSame(_ left: String, _ right: String) -> Bool {
  Array(left.utf8) == Array(right.utf8)
}

func naiveLess(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}

func naiveContains(_ list: [String], _ text: String) -> Bool {
  list.contains { naiveSame($0, text) }
}

/// A list of touchpoints, where `["*"]` is all of them.
func naiveNames(_ list: [String], touchpoint: String) -> Bool {
  naiveContains(list, "*") || naiveContains(list, touchpoint)
}
