import KeyfoldCore
import Synchronization

/// The handoff keys of a space, filled in from the environment when the first token comes along: a look-up
/// works without them.
final class HandoffKeys: Sendable {
  private let settings: Space.Handoff?
  private let space: String
  private let environment: @Sendable (String) -> String?
  private let sealer = Mutex<HandoffSealer?>(nil)

  init(space: Space, environment: @escaping @Sendable (String) -> String?) {
    settings = space.rules.handoff
    self.space = space.name
    self.environment = environment
  }

  /// How long a handoff is good for unless said otherwise, in seconds; nil where the space has none.
  var ttlSeconds: Int? { settings?.ttlSeconds }

  /// What a token that came with a capture means. A space without keys takes none for genuine.
  func present(_ token: Secret, at touchpoint: String, now: Timestamp) throws(ResolverError)
    -> Question.Handoff
  {
    guard settings != nil else { return .refused(.invalid) }
    return try ready().present(token, at: touchpoint, now: now)
  }

  /// The sealer with all keys filled in.
  func ready() throws(ResolverError) -> HandoffSealer {
    guard let settings else {
      throw .configuration(
        "the space '\(space)' has no 'handoff' with keys; add handoff: { keys: [\"${NAME}\"] } to its file")
    }
    return try sealer.withLock { sealer throws(ResolverError) in
      if let sealer { return sealer }
      var keys: [Secret] = []
      for (index, key) in settings.keys.enumerated() {
        do {
          keys.append(try expandEnvironment(key, setting: "handoff.keys[\(index)]", environment: environment))
        } catch {
          throw .configuration("\(error)")
        }
        if keys[index].count == 0 {
          throw .configuration("handoff.keys[\(index)] is empty; an empty key signs nothing")
        }
      }
      let made = HandoffSealer(space: space, keys: keys)
      sealer = made
      return made
    }
  }
}
