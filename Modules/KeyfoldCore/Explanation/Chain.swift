extension Explanation {
  /// One step of the way from a TID or key to another: one capture, or one operation, that made two customers
  /// one.
  public struct Step: Sendable, Hashable {
    /// Where a step begins or ends.
    public enum End: Sendable, Hashable {
      /// A TID.
      case tid(TID)
      /// A key.
      case key(Key)
    }

    /// Where it begins.
    public let from: End
    /// Where it ends.
    public let to: End
    /// The journal entry; nil where the journal does not tell.
    public let sequence: Int64?
    /// When it happened.
    public let at: Timestamp?
    /// Where; nil where no touchpoint had part in it.
    public let touchpoint: String?
    /// What happened.
    public let sentence: Sentence
    /// Who vouched for the keys that did it.
    public let vouching: [Sentence]
  }
}

/// The shortest way between TIDs of one customer along the links that made them one.
struct Chain {
  private let junctions: [Junction]
  /// The junctions a TID is part of, in order of the journal.
  private let places: [TID: [Int]]

  /// Customers that one entry made one.
  private struct Junction {
    let links: [Link]
    /// TIDs that had part in it, each with the primary TID its customer had before.
    let members: [(tid: TID, customer: TID)]
  }

  init(_ customer: Explanation.Customer) {
    let links = customer.tids.compactMap(\.link)
    junctions = Dictionary(grouping: links, by: \.sequence).sorted { $0.key < $1.key }
      .flatMap { Chain.junctions($0.value) }
    var places: [TID: [Int]] = [:]
    for (index, junction) in junctions.enumerated() {
      for member in junction.members { places[member.tid, default: []].append(index) }
    }
    self.places = places
  }

  /// The links of one entry, those that stand together as one junction.
  private static func junctions(_ links: [Link]) -> [Junction] {
    var rest = links
    var junctions: [Junction] = []
    while let first = rest.popLast() {
      var group = [first]
      var customers: Set<TID> = [first.tid, first.root]
      while let next = rest.firstIndex(where: { customers.contains($0.tid) || customers.contains($0.root) }) {
        let link = rest.remove(at: next)
        customers.formUnion([link.tid, link.root])
        group.append(link)
      }
      junctions.append(Junction(links: group, members: members(group)))
    }
    return junctions
  }

  private static func members(_ links: [Link]) -> [(tid: TID, customer: TID)] {
    var customers: [TID: TID] = [:]
    for link in links {
      customers[link.tid] = link.tid
      customers[link.root] = link.root
    }
    for link in links where customers[link.parent] == nil { customers[link.parent] = link.root }
    return customers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// A hop over one junction.
  struct Hop {
    let from: TID
    let to: TID
    let links: [Link]
    /// The primary TIDs that the customers of both had before.
    let customers: (from: TID, to: TID)
  }

  /// Breadth first; among ways of the same length the one along the earlier entries. Nil where there is none.
  func hops(from start: TID, to end: TID) -> [Hop]? {
    var reached: [TID: Hop] = [:]
    var queue = [start]
    var next = 0
    while next < queue.count, reached[end] == nil, start != end {
      let tid = queue[next]
      next += 1
      for index in places[tid] ?? [] {
        for hop in hops(over: junctions[index], from: tid) where reached[hop.to] == nil && hop.to != start {
          reached[hop.to] = hop
          queue.append(hop.to)
        }
      }
    }
    var hops: [Hop] = []
    var place = end
    while place != start {
      guard let hop = reached[place] else { return nil }
      hops.append(hop)
      place = hop.from
    }
    return hops.reversed()
  }

  private func hops(over junction: Junction, from tid: TID) -> [Hop] {
    guard let own = junction.members.first(where: { $0.tid == tid })?.customer else { return [] }
    return junction.members.compactMap { member in
      member.customer == own
        ? nil : Hop(from: tid, to: member.tid, links: junction.links, customers: (own, member.customer))
    }
  }
}

extension Chain.Hop {
  /// What led to the customer of that primary TID.
  private func lead(to customer: TID) -> Lead {
    links.first { $0.tid == customer }?.lead ?? links.first { $0.root == customer }?.parentLead ?? .unknown
  }

  /// The step in words.
  ///
  /// - Parameter vouching: who vouched for a key in that entry.
  func step(vouching: (Key) -> Sentence?) -> Explanation.Step {
    let leads = [lead(to: customers.from), lead(to: customers.to)]
    let keys = leads.compactMap { if case .key(let holding) = $0 { holding.key } else { nil } }
    return Explanation.Step(
      from: .tid(from), to: .tid(to), sequence: links[0].sequence, at: links[0].at,
      touchpoint: links[0].touchpoint, sentence: sentence(leads),
      vouching: keys.compactMap { key in vouching(key).map { "\(key): \($0)" } })
  }

  private func sentence(_ leads: [Lead]) -> Sentence {
    let issued = links.first { $0.cause == nil && [customers.from, customers.to].contains($0.tid) }
    if let issued {
      let other = issued.tid == customers.from ? customers.to : customers.from
      let birth: Sentence = "\(issued.tid) was issued beside \(issued.parent)"
      return other == issued.root ? birth : "\(birth); \(lead(to: other).words(to: other))"
    }
    let told: Sentence = "\(leads[0].words(to: customers.from)); \(leads[1].words(to: customers.to))"
    for (absorbed, survivor) in [(customers.from, customers.to), (customers.to, customers.from)]
    where links.contains(where: { $0.tid == absorbed && $0.root == survivor }) {
      return "\(told): so \(absorbed) became part of \(survivor)"
    }
    return "\(told): so both became part of \(links.first { $0.cause != nil }?.root ?? links[0].root)"
  }
}
