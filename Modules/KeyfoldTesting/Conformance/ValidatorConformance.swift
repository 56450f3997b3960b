public import KeyfoldCore
public import KeyfoldValidation

/// What every validator must do, whatever it asks, as cases that can be run against one.
///
/// ```swift
/// let conformance = ValidatorConformance(MyValidator(), key: key, proof: Proof("hush-hush-token"))
/// for sentence in ValidatorConformance.cases { try await sentence.run(on: conformance) }
/// ```
public struct ValidatorConformance: Sendable {
  /// The validator.
  public let validator: any KeyValidator
  /// A key it finds valid with the proof.
  public let key: Key
  /// A proof, long enough not to stand anywhere by chance.
  public let proof: Proof

  /// - Parameters:
  ///   - validator: the one to be tried.
  ///   - key: a key that the validator finds valid with the proof.
  ///   - proof: at least eight bytes; also for a validator that needs none.
  public init(_ validator: any KeyValidator, key: Key, proof: Proof) {
    self.validator = validator
    self.key = key
    self.proof = proof
  }

  /// One sentence.
  public struct Case: Sendable, CustomStringConvertible {
    /// The sentence.
    public let sentence: String
    let body: @Sendable (ValidatorConformance) async throws -> Void

    /// The sentence.
    public var description: String { sentence }

    /// Runs the case; throws where the validator does not keep the sentence.
    public func run(on conformance: ValidatorConformance) async throws { try await body(conformance) }
  }

  /// All sentences.
  public static let cases: [Case] = [
    Case(sentence: "A valid key is found valid, with evidence.") { conformance in
      let verdict = await conformance.verdict()
      try expect(verdict.finding == .valid, "the key is \(verdict.finding.rawValue)")
      try expect(!verdict.evidence.isEmpty, "there is no evidence")
    },
    Case(sentence: "No verdict proves more than the validator says it can.") { conformance in
      let verdict = await conformance.verdict()
      try expect(
        verdict.assurance == .existence || conformance.validator.assurance == .possession,
        "possession, of a validator that proves existence")
    },
    Case(sentence: "Who proves possession needs a proof for it.") { conformance in
      guard conformance.validator.assurance == .possession else { return }
      let verdict = await conformance.validator.validate(
        conformance.key, proof: nil, context: conformance.context)
      try expect(verdict.finding != .valid || verdict.assurance == .existence, "valid without a proof")
      try expect(verdict.finding != .indeterminate || !verdict.retryable, "asked again without its proof")
    },
    Case(sentence: "Evidence holds neither proof nor key, and its codes are words.") { conformance in
      let proof = conformance.proof.withExposedBytes { String(decoding: $0, as: UTF8.self) }
      for evidence in await conformance.verdict().evidence {
        let text = "\(evidence.validator) \(evidence.version) \(evidence.check) \(evidence.code)"
        try expect(!text.contains(proof), "the proof stands in the evidence")
        try expect(!text.contains(conformance.key.value), "the key stands in the evidence")
        try expect(evidence.code.utf8.allSatisfy(isWordByte), "the code '\(evidence.code)' is no word")
      }
    },
    Case(sentence: "Whoever gives up the question gets an answer that is not trusted to mean anything.") {
      conformance in
      let task = Task { await conformance.verdict() }
      task.cancel()
      let verdict = await task.value
      // It may have been answered before; it must not have become invalid, which would take a claim away.
      try expect(verdict.finding != .invalid, "a cancelled question was answered with invalid")
    },
  ]

  private var context: ValidationContext {
    ValidationContext(
      space: "conformance", touchpoint: "web", now: Timestamp(microseconds: 1_795_510_800_000_000))
  }

  private func verdict() async -> Verdict { await validator.validate(key, proof: proof, context: context) }

  private static func expect(_ holds: Bool, _ otherwise: String) throws {
    if !holds { throw Broken(description: otherwise) }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private struct Broken: Error, CustomStringConvertible {
    let description: String
  }
}
