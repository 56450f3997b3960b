public import KeyfoldCore

/// The validators a host brings: for attributes, and kinds that space files name with `use`.
///
/// A value passed to the resolver; there is no global registry.
public struct ValidatorRegistry: Sendable {
  /// Makes a validator from what a space file says of it.
  public typealias Factory = @Sendable (Setting) throws -> any KeyValidator

  private var validators: [ExactText: any KeyValidator] = [:]
  private var factories: [ExactText: Factory] = [:]

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

  /// Registers a kind of validator, so that space files may name it with `use`.
  ///
  /// - Throws: `ValidatorError` if there is one of that name already.
  public mutating func register(kind: String, _ factory: @escaping Factory) throws(ValidatorError) {
    guard factories[ExactText(kind)] == nil else {
      throw ValidatorError(message: "a kind of validator '\(kind)' is registered already")
    }
    factories[ExactText(kind)] = factory
  }

  /// Kinds that can be named, sorted.
  public var kinds: [String] { factories.keys.sorted().map(\.string) }

  /// The validators of every attribute of a space, in the order they are asked; nil for one that trusts its
  /// source.
  ///
  /// - Throws: `ValidatorError` naming everything that does not fit: a kind or an attribute nobody knows,
  ///   validators that prove existence only where the space names no touchpoint trusted to say whose key it
  ///   is.
  package func validators(for space: Space) throws(ValidatorError) -> [[any KeyValidator]?] {
    for attribute in validators.keys.sorted() where space.strength(of: attribute.string) == nil {
      throw ValidatorError(
        message:
          "a validator is registered for '\(attribute)', but the space '\(space.name)' has no such attribute")
    }
    var all: [[any KeyValidator]?] = []
    for attribute in space.attributes { all.append(try validators(of: attribute)) }
    return all
  }

  private func validators(of attribute: KeyAttribute) throws(ValidatorError) -> [any KeyValidator]? {
    var found: [any KeyValidator] = []
    if let own = validators[ExactText(attribute.name)] {
      found = [own]
    } else {
      for reference in attribute.validators { found.append(try make(reference, for: attribute)) }
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

  private func make(_ reference: ValidatorReference, for attribute: KeyAttribute) throws(ValidatorError)
    -> any KeyValidator
  {
    guard let factory = factories[ExactText(reference.use)] else {
      let known = kinds.isEmpty ? "none is" : "known: \(kinds.joined(separator: ", "))"
      throw ValidatorError(
        message:
          "'\(attribute.name)' uses the validator '\(reference.use)', which is not registered here (\(known))"
      )
    }
    do {
      return try factory(reference.settings)
    } catch {
      throw ValidatorError(message: "the validator '\(reference.use)' of '\(attribute.name)': \(error)")
    }
  }
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
