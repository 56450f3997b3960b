extension Comparison {
  /// What speaks against them now, whatever leads from one to the other.
  func differences(_ separations: [TIDPair]) -> [Apart.Reason] {
    func now(_ code: Apart.Reason.Code, _ attribute: String?, _ sentence: Sentence) -> Apart.Reason {
      Apart.Reason(
        code: code, attribute: attribute, key: nil, sequence: nil, at: nil, touchpoint: nil,
        sentence: sentence)
    }
    var found = separations.filter { differ($0.first, $0.second) }.map { pair in
      now(.separated, nil, "\(pair.first) and \(pair.second) are said to be different customers")
    }
    if exceedsGuards {
      found.append(now(.profileLimit, nil, "together they would be more than a profile may hold"))
    }
    for attribute in space.attributes {
      guard let limit = attribute.limit else { continue }
      let (mine, theirs) = (verified(a, attribute.name), verified(b, attribute.name))
      let union = Set(mine + theirs)
      // One of them alone may be over a limit that was lowered; what tells them apart is what both add.
      guard union.count > limit, union.count > mine.count, union.count > theirs.count,
        !mine.isEmpty, !theirs.isEmpty
      else { continue }
      let keys = Sentence.list((mine + theirs).map { "\($0)" })
      found.append(now(.conflict, attribute.name, "they differ in \(quoted: attribute.name): \(keys)"))
    }
    return found
  }

  private func verified(_ customer: Explanation.Customer, _ attribute: String) -> [Key] {
    customer.keys.filter { $0.standing == .verified && sameBytes($0.key.attribute, attribute) }.map(\.key)
  }

  private var exceedsGuards: Bool {
    func live(_ customer: Explanation.Customer) -> Int { customer.tids.count { !$0.record.revoked } }
    func owned(_ customer: Explanation.Customer) -> Int { customer.keys.count { $0.standing == .verified } }
    return live(a) + live(b) > space.rules.maxTidsPerProfile
      || owned(a) + owned(b) > space.rules.maxKeysPerProfile
  }
}
