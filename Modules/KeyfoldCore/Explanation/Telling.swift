/// Puts an explanation together from what is stored now and what the journal told.
package struct Telling {
  let space: Space
  let chronicle: Chronicle
  private let profiles: [Profile]
  private let pending: [PendingKey]
  private let separations: [TIDPair]
  private let customers: [Explanation.Customer]

  /// What a subject was found to be.
  package struct Found: Sendable {
    package let asked: Explanation.Subject.Asked
    package let tid: TID
    package let isHeld: Bool

    package init(_ asked: Explanation.Subject.Asked, leadsTo tid: TID, isHeld: Bool = true) {
      (self.asked, self.tid, self.isHeld) = (asked, tid, isHeld)
    }
  }

  /// - Parameters:
  ///   - profiles: each once, in the order of the subjects.
  ///   - pending: keys that wait on their TIDs.
  ///   - separations: those that keep their TIDs from others.
  package init(
    _ chronicle: Chronicle, profiles: [Profile], pending: [PendingKey], separations: [TIDPair]
  ) {
    space = chronicle.space
    (self.chronicle, self.profiles, self.pending) = (chronicle, profiles, pending)
    self.separations = separations
    customers = profiles.map { profile in
      Explanation.Customer(profile, told: chronicle, pending: pending, separations: separations)
    }
  }

  /// The explanation of one subject or of two.
  package func explanation(of subjects: [Found], sequence: Int64) -> Explanation {
    Explanation(
      sequence: sequence, subjects: subjects.map(subject), answer: answer(subjects), customers: customers,
      timeline: chronicle.events, uneventful: chronicle.uneventful)
  }

  private func answer(_ subjects: [Found]) -> Explanation.Answer {
    guard subjects.count == 2 else { return .story }
    let (a, b) = (subjects[0], subjects[1])
    guard let mine = place(of: a.tid), let theirs = place(of: b.tid) else { return .story }
    if mine == theirs, a.isHeld, b.isHeld { return .connected(steps(a, b, customers[mine])) }
    return .apart(apart(subjects, mine, theirs))
  }

  /// The customer a TID is of.
  private func place(of tid: TID) -> Int? {
    profiles.firstIndex { profile in profile.tids.contains { $0.tid == tid } }
  }

  // MARK: Subjects

  private func subject(_ found: Found) -> Explanation.Subject {
    Explanation.Subject(
      asked: found.asked, tid: found.tid, isHeld: found.isHeld, statement: statement(found))
  }

  private func statement(_ found: Found) -> Sentence {
    switch found.asked {
    case .tid(let tid):
      guard let customer = place(of: tid).map({ customers[$0] }) else { return "\(tid) is nobody's" }
      guard let link = customer.tids.first(where: { $0.record.tid == tid })?.link else {
        return tid == customer.primary
          ? "\(tid) is the primary TID of its customer" : "\(tid) is a TID of \(customer.primary)"
      }
      return "\(tid) is a TID of \(customer.primary); it came to belong there with \(entry: link.sequence)"
    case .key(let key):
      return story(of: key, on: found.tid)?.statement ?? "\(key) is nobody's"
    case .capture(let id, let sequence):
      return "the capture \(quoted: id) is \(entry: sequence), recorded on \(found.tid)"
    }
  }

  /// What is told of a key on a TID, whether it belongs to one of the customers or not.
  private func story(of key: Key, on tid: TID) -> KeyStory? {
    if let story = customers.flatMap(\.keys).first(where: { $0.key == key && $0.origin == tid }) {
      return story
    }
    return chronicle.moments[Chronicle.Place(key: key, origin: tid)].map { moments in
      KeyStory(key, on: tid, held: nil, waits: false, moments: moments, in: space)
    }
  }

  // MARK: One

  private func steps(
    _ a: Found, _ b: Found, _ customer: Explanation.Customer
  ) -> [Explanation.Step] {
    let hops = Chain(customer).hops(from: a.tid, to: b.tid) ?? []
    let events = Dictionary(chronicle.events.map { ($0.sequence, $0) }) { first, _ in first }
    let between = hops.map { hop in
      hop.step { key in events[hop.links[0].sequence].flatMap { vouching(for: key, in: $0) } }
    }
    return claim(a, isFirst: true) + between + claim(b, isFirst: false)
  }

  private func vouching(for key: Key, in event: Explanation.Event) -> Sentence? {
    let outcome: Outcome? =
      switch event.entry.event {
      case .capture(let record): record.outcome
      case .pending(_, let outcome): outcome
      case .operation: nil
      }
    return outcome?.keys.first { $0.key == key }.flatMap { space.vouching(for: $0, at: event.touchpoint) }
  }

  /// The step from a key to the TID it was captured on, or back.
  private func claim(_ found: Found, isFirst: Bool) -> [Explanation.Step] {
    guard case .key(let key) = found.asked, let story = story(of: key, on: found.tid) else { return [] }
    let ends: (Explanation.Step.End, Explanation.Step.End) = (.key(key), .tid(found.tid))
    return [
      Explanation.Step(
        from: isFirst ? ends.0 : ends.1, to: isFirst ? ends.1 : ends.0, sequence: story.decisive?.sequence,
        at: story.decisive?.at, touchpoint: story.decisive?.touchpoint, sentence: story.statement,
        vouching: [])
    ]
  }

  // MARK: Two

  private func apart(_ subjects: [Found], _ mine: Int, _ theirs: Int) -> Apart {
    let nobodys = subjects.filter { !$0.isHeld }.map { found in
      Apart.Reason(
        code: .notHeld, attribute: nil, key: key(found.asked), sequence: nil, at: nil, touchpoint: nil,
        sentence: statement(found))
    }
    guard mine != theirs else { return Apart(reasons: nobodys, differences: [], prospect: nil) }
    let comparison = Comparison(customers[mine], customers[theirs], in: space)
    let prospect = Prospect(profiles[mine], profiles[theirs], separations: separations, in: space)
    return Apart(
      reasons: nobodys + comparison.reasons(chronicle.events),
      differences: comparison.differences(separations), prospect: nobodys.isEmpty ? prospect : nil)
  }

  private func key(_ asked: Explanation.Subject.Asked) -> Key? {
    if case .key(let key) = asked { key } else { nil }
  }
}

extension Explanation.Customer {
  /// A profile as it is now, with what the journal tells of it.
  init(_ profile: Profile, told chronicle: Chronicle, pending: [PendingKey], separations: [TIDPair]) {
    let own = Set(profile.tids.map(\.tid))
    primary = profile.primary.tid
    tids = profile.tids.map { record in
      Explanation.TIDStory(
        record: record, touchpoint: chronicle.births[record.tid]?.touchpoint,
        born: chronicle.births[record.tid]?.sequence,
        link: record.parent == nil ? nil : chronicle.links[record.tid],
        revoked: record.revoked ? chronicle.revocations[record.tid] : nil)
    }
    self.separations = separations.compactMap { pair in
      guard own.contains(pair.first) != own.contains(pair.second) else { return nil }
      let told = chronicle.separations[pair]
      return Explanation.Separation(
        own: own.contains(pair.first) ? pair.first : pair.second,
        other: own.contains(pair.first) ? pair.second : pair.first, sequence: told?.sequence,
        reason: told?.reason)
    }
    keys = Explanation.Customer.keys(profile, own, chronicle, pending)
  }

  private static func keys(
    _ profile: Profile, _ own: Set<TID>, _ chronicle: Chronicle, _ pending: [PendingKey]
  ) -> [KeyStory] {
    var held: [Chronicle.Place: KeyStory.Standing] = [:]
    for claim in profile.claims {
      held[Chronicle.Place(key: claim.key, origin: claim.origin)] = claim.verified ? .verified : .claimed
    }
    let waiting = Set(pending.map { Chronicle.Place(key: $0.key, origin: $0.tid) })
    let places = Set(chronicle.moments.keys.filter { own.contains($0.origin) }).union(held.keys)
    return places.map { place in
      KeyStory(
        place.key, on: place.origin, held: held[place], waits: waiting.contains(place),
        moments: chronicle.moments[place] ?? [], in: chronicle.space)
    }
    .sorted { a, b in
      a.key != b.key ? a.key < b.key : a.isHeld != b.isHeld ? a.isHeld : a.origin < b.origin
    }
  }
}
