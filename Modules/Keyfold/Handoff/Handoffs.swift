public import KeyfoldCore

/// Makes and reads handoff tokens of a space without any store.
public struct Handoffs: Sendable {
  private let keys: HandoffKeys
  private let clock: any WallClock

  /// What a genuine token holds.
  public struct Content: Sendable, Hashable {
    /// The TID it carries.
    public let tid: TID
    /// The space it was made in.
    public let space: String
    /// The touchpoint it may be presented at.
    public let touchpoint: String
    /// Until when.
    public let expires: Timestamp
    /// Whether that is over.
    public let isExpired: Bool
  }

  /// - Parameters:
  ///   - space: its name stands in every token, and its keys sign them.
  ///   - clock: says when a token expires.
  ///   - environment: what `${NAME}` in the space's handoff keys stands for.
  public init(
    space: Space, clock: any WallClock = SystemClock(),
    environment: @escaping @Sendable (String) -> String? = { processEnvironment($0) }
  ) {
    keys = HandoffKeys(space: space, environment: environment)
    self.clock = clock
  }

  /// A signed, single-use token that carries a TID to another touchpoint.
  ///
  /// - Parameters:
  ///   - tid: the TID to carry; whether a store knows it is not looked at.
  ///   - touchpoint: the only one it may be presented at.
  ///   - ttlSeconds: how long it is good for; nil for the space's setting.
  /// - Throws: `ResolverError.configuration` where the space has no handoff keys, or a variable is not set.
  public func issue(
    _ tid: TID, for touchpoint: String, ttlSeconds: Int? = nil
  ) throws(ResolverError) -> (token: String, expires: Timestamp) {
    let sealer = try keys.ready()
    let expires = clock.now().advanced(bySeconds: Int64(ttlSeconds ?? keys.ttlSeconds ?? 0))
    return (sealer.issue(tid, for: touchpoint, expires: expires), expires)
  }

  /// What a token holds; nil where it was not made with one of the space's keys.
  public func inspect(_ token: Secret) throws(ResolverError) -> Content? {
    try keys.ready().open(token).map { content in
      Content(
        tid: content.tid, space: content.space, touchpoint: content.touchpoint, expires: content.expires,
        isExpired: clock.now() >= content.expires)
    }
  }
}
