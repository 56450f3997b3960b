package import KeyfoldCore

/// The validators a host brings: for attributes, and kinds that space files name with `use`.
///
/// A value passed to the resolver; there is no global registry.
public struct ValidatorRegistry: Sendable {
  private var validators: [ExactText: any KeyValidator] = [:]
  private var known: [ExactText: ValidatorKind] = [:]
  private var addedTwice: String?

  /// An empty registry.
  public init() {}

  /// Registers a validator for a key attribute, in place of what the space file says of it.
  ///
  /// - Throws: `ValidatorError` if the attribute has one already.
  public mutating func register(_ validator: any KeyValidator, for attribute: String) throws(ValidatorError) {
    guard validators[ExactText(attribute)] == nil else {
      throw ValidatorError(message: "a validator for '\(attribute)' is registered already")
    }
    validators[ExactText(attribute)] = validator
  }

  /// Adds kinds of validators, so that space files may name them with `use`. One that is added twice makes
  /// the resolver refuse to start.
  public mutating func add(_ kinds: ValidatorKind...) {
    for kind in kinds where known.updateValue(kind, forKey: ExactText(kind.name)) != nil {
      addedTwice = addedTwice ?? kind.name
    }
  }

  /// Kinds that can be named, sorted by name.
  public var kinds: [ValidatorKind] { known.sorted { $0.key < $1.key }.map(\.value) }

  /// The validators of every attribute of a space, in the order they are asked; nil for one that trusts its
  /// source.
  ///
  /// - Parameter environment: what `${NAME}` in a setting stands for.
  /// - Throws: `ValidatorError` naming what does not fit: a kind or an attribute nobody knows, a setting that
  ///   cannot be used, validators that prove existence only where the space names no touchpoint trusted to
  ///   say whose key it is.
  package func validators(
    for space: Space, environment: @escaping @Sendable (String) -> String?
  ) throws(ValidatorError) -> [[PreparedValidator]?] {
    if let addedTwice {
      throw ValidatorError(message: "the kind of validator '\(addedTwice)' was added twice")
    }
    for attribute in validators.keys.sorted() where space.strength(of: attribute.string) == nil {
      throw ValidatorError(
        message:
          "a validator is registered for '\(attribute)', but the space '\(space.name)' has no such attribute")
    }
    let shared = SharedResources()
    var all: [[PreparedValidator]?] = []
    for attribute in space.attributes {
      all.append(
        try validators(of: attribute) { settings in
          ValidatorSetup(
            settings: SettingReader(settings, environment: environment), attribute: attribute, shared: shared)
        })
    }
    return all
  }

  private func validators(
    of attribute: KeyAttribute, setup: (Setting) -> ValidatorSetup
  ) throws(ValidatorError) -> [PreparedValidator]? {
    var found: [PreparedValidator] = []
    if let own = validators[ExactText(attribute.name)] {
      found = [.ready(own)]
    } else {
      for reference in attribute.validators {
        found.append(try prepare(reference, setup(reference.settings), for: attribute))
      }
    }
    guard !found.isEmpty else { return nil }
    if attribute.linksFrom == nil, found.allSatisfy({ $0.assurance == .existence }) {
      throw ValidatorError(
        message:
          "the validators of '\(attribute.name)' prove only that a key exists: name the touchpoints trusted to say whose it is in 'linksFrom'"
      )
    }
    return found
  }

  private func prepare(
    _ reference: ValidatorReference, _ setup: ValidatorSetup, for attribute: KeyAttribute
  ) throws(ValidatorError) -> PreparedValidator {
    guard let kind = known[ExactText(reference.use)] else {
      let names = kinds.isEmpty ? "none is" : "known: \(kinds.map(\.name).joined(separator: ", "))"
      throw ValidatorError(
        message:
          "'\(attribute.name)' uses the validator '\(reference.use)', which is not registered here (\(names))"
      )
    }
    let place = "the validator '\(reference.use)' of '\(attribute.name)'"
    // A look-up works without the CRM's token: what is missing is said when the validator is needed.
    if let variable = setup.settings.missingVariables.first {
      let why = "\(place) needs the environment variable \(variable), which is not set"
      return .lacking(ValidatorError(message: why), assurance: reference.declaredAssurance)
    }
    do {
      return .ready(try kind.validator(setup))
    } catch {
      throw ValidatorError(message: "\(place): \(error)")
    }
  }
}

/// A validator as far as it can be made now.
package enum PreparedValidator: Sendable {
  case ready(any KeyValidator)
  /// Something of the environment is not there; the assurance is what the settings say, if they do.
  case lacking(ValidatorError, assurance: Assurance?)

  /// What a `valid` of it proves at most; nil where nobody can tell yet.
  package var assurance: Assurance? {
    switch self {
    case .ready(let validator): validator.assurance
    case .lacking(_, let assurance): assurance
    }
  }

  /// What is missing, as a sentence; nil where nothing is.
  package var lack: String? { if case .lacking(let error, _) = self { error.message } else { nil } }
}

/// Why validators cannot be used as they were registered or configured.
public struct ValidatorError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A sentence that says what to change.
  public let message: String

  /// Makes an error.
  public init(message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}
