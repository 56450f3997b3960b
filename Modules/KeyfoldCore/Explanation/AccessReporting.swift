/// Makes an access report from the journal's entries, read in order.
package struct AccessReporting: Sendable {
  private let profile: Profile
  private let own: Set<TID>
  private let includingUnverified: Bool
  private var chronicle: Chronicle
  /// Keys that a customer held as verified at some time: nobody else's business, but theirs.
  private var ownKeys: Set<Key>
  private var scenes: [Piece] = []
  private var separated: [TIDPair: Timestamp] = [:]
  private var waiting: [PendingKey.ID: PendingKey] = [:]

  /// What is kept of an entry until all are read.
  private struct Piece: Sendable {
    let sequence: Int64
    let at: Timestamp
    let touchpoint: String?
    let id: String?
    let what: Sentence
    let keys: [Outcome.KeyResult]
    let data: [Datum]
  }

  /// - Parameter includingUnverified: whether values that nobody vouched for are shown.
  package init(on profile: Profile, in space: Space, includingUnverified: Bool) {
    self.profile = profile
    self.includingUnverified = includingUnverified
    own = Set(profile.tids.map(\.tid))
    chronicle = Chronicle(space: space, tids: own, keys: [])
    ownKeys = Set(profile.claims.filter(\.verified).map(\.key))
  }

  /// Reads the next entry that speaks of the customer.
  package mutating func read(_ entry: JournalEntry) {
    let scene = Scene(entry, waiting: waiting)
    chronicle.read(entry)
    for effect in entry.effects {
      switch effect {
      case .claimed(let key, let origin, true, _, _) where own.contains(origin): ownKeys.insert(key)
      case .verified(let key, let origin, _, _) where own.contains(origin): ownKeys.insert(key)
      case .separated(let a, let b): separated[TIDPair(a, b)] = entry.at
      case .pendingQueued(let key): waiting[key.id] = key
      default: continue
      }
    }
    if let piece = piece(scene) { scenes.append(piece) }
  }

  /// What it came to.
  ///
  /// - Parameters:
  ///   - pending: keys that wait on the customer's TIDs.
  ///   - separations: those that keep the customer's TIDs from others.
  ///   - at: now.
  package func report(
    pending: [PendingKey], separations: [TIDPair], sequence: Int64, at: Timestamp
  ) -> AccessReport {
    let customer = Explanation.Customer(profile, told: chronicle, pending: pending, separations: separations)
    return AccessReport(
      space: chronicle.space.name, at: at, sequence: sequence, customer: customer.primary,
      tids: customer.tids.map { AccessReport.OwnTID(record: $0.record, touchpoint: $0.touchpoint) },
      keys: customer.keys.compactMap(ownKey), data: profile.data, activity: profile.activity,
      separations: separations.map { separated[$0] }, entries: scenes.map(entry))
  }

  // MARK: Values

  private func value(_ key: Key, _ reason: Outcome.Reason?) -> AccessReport.Value {
    if ownKeys.contains(key) { return .own(key.value) }
    switch reason {
    // It led to another customer, or was another's.
    case .conflict, .separated, .profileLimit, .transferred: return .others
    case nil, .unverified, .superseded, .invalid, .malformed, .blocked:
      return includingUnverified ? .unverified(key.value) : .masked(masked(key.value))
    }
  }

  /// Enough to recognise a value by for whoever knows it.
  private func masked(_ value: String) -> String {
    guard value.count >= 5, let first = value.first, let last = value.last else { return "…" }
    return "\(first)…\(last)"
  }

  private func ownKey(_ story: KeyStory) -> AccessReport.OwnKey? {
    var reason: Outcome.Reason?
    if case .withheld(let why) = story.standing { reason = why }
    let value = value(story.key, reason)
    // What is another customer's is not among what is held about this one.
    if value == .others { return nil }
    let isOwn = ownKeys.contains(story.key)
    return AccessReport.OwnKey(
      attribute: story.key.attribute, value: value, origin: story.origin, standing: story.standing,
      waits: story.waits, moments: story.moments.compactMap { moment($0, isOwn: isOwn) },
      since: story.decisive?.at, touchpoint: story.standing.isTransferred ? nil : story.decisive?.touchpoint,
      why: story.standing.isTransferred || !isOwn ? nil : story.why)
  }

  private func moment(_ moment: KeyStory.Moment, isOwn: Bool) -> AccessReport.Moment? {
    let what: String
    var touchpoint = moment.touchpoint
    switch moment.what {
    case .claimed(let verified): what = verified ? "verified" : "recorded"
    case .verified: what = "verified"
    case .released(let why):
      what = "released"
      // It happened in a capture of somebody else.
      if why == .transferred { touchpoint = nil }
    case .withheld, .rejected, .queued, .settled: return nil
    }
    return AccessReport.Moment(
      what: what, sequence: moment.sequence, at: moment.at, touchpoint: touchpoint,
      evidence: isOwn && touchpoint != nil ? moment.evidence : [])
  }

  private func entry(_ piece: Piece) -> AccessReport.Entry {
    AccessReport.Entry(
      sequence: piece.sequence, at: piece.at, touchpoint: piece.touchpoint, id: piece.id, what: piece.what,
      keys: piece.keys.map { result in
        AccessReport.ShownKey(
          attribute: result.attribute, value: value(result.key, result.reason), result: result.result,
          verified: result.verified, evidence: ownKeys.contains(result.key) ? result.evidence : [])
      }, data: piece.data)
  }

  // MARK: Entries

  private func piece(_ scene: Scene) -> Piece? {
    switch scene.entry.event {
    case .operation(let operation):
      return told(operation).map { piece(scene, $0) }
    case .capture(let record):
      // What was recorded on a TID of the customer is theirs, whatever it was part of then.
      return own.contains(record.outcome.touchpointTid)
        ? ownCapture(scene, record.outcome, id: record.outcome.id) : othersCapture(scene, record)
    case .pending(_, let outcome):
      if let outcome, own.contains(outcome.touchpointTid) { return ownCapture(scene, outcome, id: nil) }
      guard let waited = scene.waited, own.contains(waited.tid) else { return nil }
      return piece(scene, "A key that waited for its check waits no longer.")
    }
  }

  /// A piece that shows nothing of what the entry holds but when it happened.
  private func piece(_ scene: Scene, _ what: Sentence, touchpoint: String? = nil) -> Piece {
    Piece(
      sequence: scene.sequence, at: scene.at, touchpoint: touchpoint, id: nil, what: what, keys: [], data: [])
  }

  private func ownCapture(_ scene: Scene, _ outcome: Outcome, id: String?) -> Piece {
    let data = scene.entry.effects.compactMap { effect -> Datum? in
      guard case .datum(let tid, let name, let value, let at) = effect, own.contains(tid) else { return nil }
      return Datum(tid: tid, name: name, value: value, at: at, commit: scene.sequence)
    }
    return Piece(
      sequence: scene.sequence, at: scene.at, touchpoint: scene.touchpoint, id: id, what: told(outcome),
      keys: outcome.keys, data: data)
  }

  /// A capture of somebody else that led to this customer: that is all that may be said of it.
  private func othersCapture(_ scene: Scene, _ record: CaptureRecord) -> Piece? {
    if let tid = record.tid, own.contains(tid) {
      return piece(
        scene, "Your identifier was presented here, but what was captured is not recorded as yours.",
        touchpoint: record.touchpoint)
    }
    if let tid = record.handoffTid, own.contains(tid) {
      return piece(scene, "A link that carried your identifier was opened; it is not recorded as yours.")
    }
    let moved = scene.entry.effects.contains { effect in
      guard case .released(_, let origin, _, .transferred) = effect else { return false }
      return own.contains(origin)
    }
    if moved { return piece(scene, "A key that was recorded as yours is no longer recorded as yours.") }
    let led = record.obstacles.contains { own.contains($0.profile) }
    return led
      ? piece(scene, "A key of yours was shown elsewhere; what was captured is not recorded as yours.") : nil
  }
}

extension KeyStory.Standing {
  fileprivate var isTransferred: Bool { self == .released(.transferred) }
}

/// Addressed to the customer.
extension AccessReporting {
  private func told(_ outcome: Outcome) -> Sentence {
    if outcome.created { return "A new record was begun for you." }
    if !outcome.merged.isEmpty {
      return "Records that had been kept apart were joined, because they are yours."
    }
    return outcome.decision == .associated ? "Something new was recorded about you." : "You were recognised."
  }

  /// Nil for what is nobody's business but the operator's.
  private func told(_ operation: Operation) -> Sentence? {
    switch operation {
    case .revoke(_, let reason):
      let why: Sentence = reason.map { " Reason: \(quoted: $0)" } ?? ""
      return "An identifier of yours was revoked: it is not accepted any more.\(why)"
    // The reasons may name the other customer.
    case .merge: return "Somebody found that records kept apart are yours, and joined them."
    case .unmerge: return "Somebody found that records kept as one are of two people, and parted them."
    case .separate: return "It was recorded that you are not the same person as somebody else."
    case .removeSeparation: return "A note that you are not the same person as somebody else was removed."
    case .lost: return "This entry was damaged; what it held is not known."
    case .erase, .erased, .changeSpace: return nil
    }
  }
}
