public import KeyfoldCore
import Synchronization

/// A kind of validator that space files name with `use`.
///
/// A module that brings one extends this type with a static member, so that a host writes
/// `validators.add(.crm)`.
public struct ValidatorKind: Sendable {
  /// The word after `use`.
  public let name: String
  /// What it asks, in a phrase for people.
  public let summary: String
  private let cachesVerdicts: Bool
  private let make: @Sendable (ValidatorSetup) throws -> any KeyValidator

  /// - Parameters:
  ///   - name: the word after `use`.
  ///   - summary: what it asks, in a phrase for people.
  ///   - cachesVerdicts: whether a verdict may be given again for a while, as the setting `cache` of the space
  ///     file says, and identical questions that are on their way are asked once.
  ///   - make: makes a validator from what a space file says of it; throws what is wrong with the settings.
  public init(
    _ name: String, summary: String = "", cachesVerdicts: Bool = true,
    make: @escaping @Sendable (ValidatorSetup) throws -> any KeyValidator
  ) {
    self.name = name
    self.summary = summary
    self.cachesVerdicts = cachesVerdicts
    self.make = make
  }

  func validator(_ setup: ValidatorSetup) throws -> any KeyValidator {
    let validator = try make(setup)
    guard cachesVerdicts, let settings = try CacheSettings(setup.settings) else { return validator }
    return CachingValidator(validator, settings: settings)
  }
}

/// What a validator is made from.
public struct ValidatorSetup: Sendable {
  /// Its settings in the space file.
  public let settings: SettingReader
  /// The key attribute it vouches for; `normalized(_:)` makes what a server says comparable with a key.
  public let attribute: KeyAttribute
  /// What the validators of one resolver have in common.
  public let shared: SharedResources

  /// Makes a setup.
  public init(settings: SettingReader, attribute: KeyAttribute, shared: SharedResources) {
    self.settings = settings
    self.attribute = attribute
    self.shared = shared
  }
}

/// Resources that the validators of one resolver share, one of a type: the client that calls servers, for
/// example.
public final class SharedResources: Sendable {
  private let resources = Mutex<[ObjectIdentifier: any Sendable]>([:])

  /// None yet.
  public init() {}

  /// The resource of that type, made by whoever asks first.
  public func resource<Resource: Sendable>(
    _ type: Resource.Type = Resource.self, _ make: () throws -> Resource
  ) rethrows -> Resource {
    try resources.withLock { resources in
      if let known = resources[ObjectIdentifier(type)] as? Resource { return known }
      let made = try make()
      resources[ObjectIdentifier(type)] = made
      return made
    }
  }
}
