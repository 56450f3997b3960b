/// What the journal tells of some TIDs and keys. Entries are read in order; those that do not speak of them
/// may be left out.
package struct Chronicle: Sendable {
  /// A key on a TID.
  struct Place: Hashable {
    let key: Key
    let origin: TID
  }

  let space: Space
  private let tids: Set<TID>
  private let keys: Set<Key>

  private(set) var births: [TID: (sequence: Int64, touchpoint: String?)] = [:]
  private(set) var links: [TID: Link] = [:]
  private(set) var revocations: [TID: Int64] = [:]
  private(set) var separations: [TIDPair: (sequence: Int64, reason: String)] = [:]
  private(set) var moments: [Place: [KeyStory.Moment]] = [:]
  package private(set) var events: [Explanation.Event] = []
  package private(set) var uneventful = 0
  /// Keys that wait, as far as they were read of.
  private var waiting: [PendingKey.ID: PendingKey] = [:]
  /// Parents as of the last entry read.
  private var parents: [TID: TID] = [:]
  /// Verified claims as of the last entry read.
  private var holders: [Key: Holding] = [:]
  /// Where what left the state as it was stands in `events`.
  private var told: [Refusal: Int] = [:]

  /// - Parameters:
  ///   - tids: everything that happens to keys on these is followed.
  ///   - keys: these are followed on every TID.
  package init(space: Space, tids: Set<TID>, keys: Set<Key>) {
    self.space = space
    self.tids = tids
    self.keys = keys
  }

  /// Reads the next entry.
  package mutating func read(_ entry: JournalEntry) {
    let scene = Scene(entry, waiting: waiting)
    let new = newLinks(scene)
    for link in new { links[link.tid] = link }
    let before = holders
    for effect in entry.effects { apply(effect, scene) }
    noteRefusals(scene)
    guard scene.isEventful else {
      uneventful += 1
      return
    }
    append(scene, new, heldBefore: before)
  }

  /// The TID a key was last recorded on, or, if it never was, last shown on.
  package func lastOrigin(of key: Key) -> TID? {
    var (recorded, shown): ((Int64, TID)?, (Int64, TID)?) = (nil, nil)
    func later(_ known: (Int64, TID)?, _ found: (Int64, TID)) -> (Int64, TID) {
      known.map { $0 < found ? found : $0 } ?? found
    }
    for (place, moments) in moments where place.key == key {
      for moment in moments {
        let found = (moment.sequence, place.origin)
        switch moment.what {
        case .claimed, .verified, .released: recorded = later(recorded, found)
        case .withheld, .rejected, .queued, .settled: shown = later(shown, found)
        }
      }
    }
    return (recorded ?? shown)?.1
  }

  // MARK: Effects

  private mutating func apply(_ effect: Effect, _ scene: Scene) {
    switch effect {
    case .born(let tid, _, let parent):
      births[tid] = (scene.sequence, scene.touchpoint)
      parents[tid] = parent
    case .merged(let tid, let primary, _): parents[tid] = primary
    case .unmerged(let tid, _):
      parents[tid] = nil
      links[tid] = nil
    case .revoked(let tid): revocations[tid] = scene.sequence
    case .claimed(let key, let origin, let verified, let at, _):
      if verified { holders[key] = Holding(key: key, origin: origin, since: scene.sequence) }
      note(key, origin, .claimed(verified: verified), scene, at: at)
    case .verified(let key, let origin, let at, _):
      holders[key] = Holding(key: key, origin: origin, since: scene.sequence)
      note(key, origin, .verified, scene, at: at)
    case .released(let key, let origin, let verified, let why):
      if verified && holders[key]?.origin == origin { holders[key] = nil }
      note(key, origin, .released(why), scene, at: scene.at)
    case .restored(let claim):
      if claim.verified {
        holders[claim.key] = Holding(key: claim.key, origin: claim.origin, since: scene.sequence)
      }
      note(claim.key, claim.origin, .claimed(verified: claim.verified), scene, at: scene.at)
    case .pendingQueued(let entry):
      waiting[entry.id] = entry
      note(entry.key, entry.tid, .queued, scene, at: entry.at)
    case .pendingSettled(let id, let end):
      guard let entry = waiting.removeValue(forKey: id) else { return }
      note(entry.key, entry.tid, .settled(end), scene, at: scene.entry.at)
    case .separated(let a, let b): separations[TIDPair(a, b)] = (scene.sequence, scene.reason ?? "")
    case .active, .datum, .separationRemoved, .handoffSpent, .erased: break
    }
  }

  /// Keys that were shown and left no claim.
  private mutating func noteRefusals(_ scene: Scene) {
    guard let outcome = scene.outcome else { return }
    for result in outcome.keys {
      let key = space.storedKey(attribute: result.attribute, value: result.value)
      switch result.result {
      case .withheld:
        note(key, outcome.touchpointTid, .withheld(result.reason ?? .unverified), scene, at: scene.at)
      case .rejected:
        note(key, outcome.touchpointTid, .rejected(result.reason ?? .malformed), scene, at: scene.at)
      case .associated, .recognized: continue
      }
    }
  }

  private mutating func note(
    _ key: Key, _ origin: TID, _ what: KeyStory.Moment.What, _ scene: Scene, at: Timestamp
  ) {
    guard tids.contains(origin) || keys.contains(key) else { return }
    let place = Place(key: key, origin: origin)
    if let last = moments[place]?.indices.last, moments[place]?[last].what == what {
      moments[place]?[last].times += 1
      return
    }
    moments[place, default: []].append(
      KeyStory.Moment(
        what: what, sequence: scene.sequence, at: at, touchpoint: scene.touchpoint,
        evidence: scene.result(of: key)?.evidence ?? []))
  }

  // MARK: Events

  /// What a capture that left the state as it was says; it may come again and again.
  private struct Refusal: Hashable {
    let touchpoint: String?
    let presented: TID?
    let tid: TID
    let keys: [Key]
    let reasons: [Outcome.Reason?]
    let obstacles: [Obstacle]
    let handoff: Outcome.HandoffResult?
  }

  private mutating func append(_ scene: Scene, _ links: [Link], heldBefore: [Key: Holding]) {
    let refusal = scene.isRepeatable ? refusal(scene) : nil
    if let refusal, let place = told[refusal] {
      events[place].times += 1
      events[place].last = scene.sequence
      return
    }
    if let refusal { told[refusal] = events.count }
    let elsewhere = (scene.outcome?.keys ?? []).compactMap { $0.verified ? nil : holders[$0.key] }
    let narration = Narration(
      space: space, scene: scene, links: links, elsewhere: elsewhere, taken: heldBefore,
      different: differing(scene))
    events.append(
      Explanation.Event(
        entry: scene.entry, at: scene.at, touchpoint: scene.touchpoint, links: links,
        stops: narration.stops, elsewhere: elsewhere, headline: narration.headline,
        details: narration.details, last: scene.sequence))
  }

  private func refusal(_ scene: Scene) -> Refusal? {
    scene.outcome.map { outcome in
      Refusal(
        touchpoint: scene.touchpoint, presented: scene.presented, tid: outcome.touchpointTid,
        keys: outcome.keys.map(\.key), reasons: outcome.keys.map(\.reason), obstacles: scene.obstacles,
        handoff: outcome.handoff)
    }
  }

  /// For each conflict the keys in which the two differ, as far as they are known.
  private func differing(_ scene: Scene) -> [Obstacle: [Key]] {
    guard let outcome = scene.outcome else { return [:] }
    var found: [Obstacle: [Key]] = [:]
    for obstacle in scene.obstacles {
      guard case .conflict(let attribute) = obstacle.cause else { continue }
      let shown = outcome.keys.filter { $0.verified && sameBytes($0.attribute, attribute) }
        .map { space.storedKey(attribute: $0.attribute, value: $0.value) }
      let here = Set(shown).union(held(by: outcome.tid, of: attribute))
      let there = held(by: obstacle.profile, of: attribute)
      if !here.isEmpty, !there.isEmpty { found[obstacle] = here.sorted() + there.sorted() }
    }
    return found
  }

  private func held(by tid: TID, of attribute: String) -> Set<Key> {
    let root = root(of: tid)
    return Set(
      holders.keys.filter { key in
        sameBytes(key.attribute, attribute) && holders[key].map { self.root(of: $0.origin) == root } ?? false
      })
  }

  // MARK: Links

  /// The primary TID as of the last entry read.
  func root(of tid: TID) -> TID {
    var root = tid
    while let parent = parents[root] { root = parent }
    return root
  }

  /// Who came to whom by an entry, and what led there. To be asked before its effects are applied.
  private func newLinks(_ scene: Scene) -> [Link] {
    let tracing = LeadTracing(space: space, scene: scene, holders: holders, root: root)
    return scene.entry.effects.compactMap { effect in
      switch effect {
      case .merged(let tid, let primary, let cause):
        Link(
          tid: tid, parent: primary, root: primary, sequence: scene.sequence, at: scene.at,
          touchpoint: scene.touchpoint, cause: cause, lead: tracing.lead(toAbsorbed: tid, by: cause),
          parentLead: tracing.lead(toPrimary: primary))
      case .born(let tid, _, let parent?):
        Link(
          tid: tid, parent: parent, root: root(of: parent), sequence: scene.sequence, at: scene.at,
          touchpoint: scene.touchpoint, cause: nil, lead: .issued,
          parentLead: tracing.lead(toPrimary: root(of: parent)))
      default: nil
      }
    }
  }
}
