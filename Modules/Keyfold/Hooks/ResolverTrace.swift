/// Where a resolver says what it is at: bind it to the host's own tracing, and hand it over in
/// `IdentityResolver.Options`. Without one, nothing is said, and nothing is paid for it.
public protocol ResolverTrace: Sendable {
  /// Carries out a piece of work as a span of the trace. It must call the work exactly once, on the same task,
  /// and hand on what comes of it, so that spans within it find what the host keeps in task-local values.
  func withSpan<Value, Failure: Error>(
    _ span: ResolverSpan, _ work: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value
}

/// A piece of a resolver's work. Holds names of key attributes, and no value of a key, no proof, no TID and no
/// secret.
public struct ResolverSpan: Sendable, Hashable {
  /// What is done, in a fixed word: `keyfold.capture`, `keyfold.verify`, `keyfold.commit`.
  public let name: String
  /// Captures, keys or steps it is done for.
  public let count: Int
  /// Names of the key attributes that validators are asked about; empty where none are.
  public let attributes: [String]
}

extension ResolverSpan {
  static func capture(_ count: Int) -> Self { Self(name: "keyfold.capture", count: count, attributes: []) }

  static func verify(_ attributes: [String]) -> Self {
    Self(name: "keyfold.verify", count: attributes.count, attributes: attributes)
  }

  static func commit(_ steps: Int) -> Self { Self(name: "keyfold.commit", count: steps, attributes: []) }
}

extension IdentityResolver {
  /// Carries out a piece of work, as a span where somebody traces.
  func traced<Value, Failure: Error>(
    _ span: @autoclosure () -> ResolverSpan, _ work: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    guard let trace else { return try await work() }
    return try await trace.withSpan(span(), work)
  }
}
