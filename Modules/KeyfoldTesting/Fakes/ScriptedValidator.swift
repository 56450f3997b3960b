public import KeyfoldCore
public import KeyfoldValidation
import Synchronization

/// A validator that says what a test tells it to, and remembers what it was asked.
public final class ScriptedValidator: KeyValidator {
  /// What it answers to a key.
  public enum Answer: Sendable, Hashable {
    /// A finding, with a code for the evidence.
    case finding(Finding, code: String)
    /// Nothing, until the task is cancelled.
    case silence
    /// Nothing, whatever becomes of the task; ends when the validator is told to.
    case stubbornSilence
  }

  /// What a `valid` of it proves.
  public let assurance: Assurance

  private struct Script {
    var answers: [ExactText: Answer] = [:]
    var asked: [Key] = []
    var whenAsked: (@Sendable (Key) async -> Void)?
    var whenSilent: (@Sendable () async -> Void)?
    var isReleased = false
  }

  private let script: Mutex<Script>
  private let name: String
  private let needsProof: Bool
  private let fallback: Answer

  /// - Parameters:
  ///   - name: stands in the evidence.
  ///   - assurance: what its valid proves.
  ///   - needsProof: whether a key without a proof is indeterminate.
  ///   - fallback: the answer to keys the script does not name.
  public init(
    _ name: String = "scripted", assurance: Assurance, needsProof: Bool = false,
    otherwise fallback: Answer = .finding(.valid, code: "scripted")
  ) {
    self.name = name
    self.assurance = assurance
    self.needsProof = needsProof
    self.fallback = fallback
    script = Mutex(Script())
  }

  /// From now on, answers so to a value.
  public func answer(_ answer: Answer, to value: String) {
    script.withLock { $0.answers[ExactText(value)] = answer }
  }

  /// From now on, finds this for a value.
  public func answer(_ finding: Finding, to value: String) {
    answer(.finding(finding, code: "scripted"), to: value)
  }

  /// Runs this whenever it is asked, before it answers: a chance to change the store meanwhile.
  public func whenAsked(_ body: @escaping @Sendable (Key) async -> Void) {
    script.withLock { $0.whenAsked = body }
  }

  /// Runs this whenever it says nothing.
  public func whenSilent(_ body: @escaping @Sendable () async -> Void) {
    script.withLock { $0.whenSilent = body }
  }

  /// The keys it was asked about, in order.
  public var asked: [Key] { script.withLock { $0.asked } }

  /// Ends every stubborn silence.
  public func release() { script.withLock { $0.isReleased = true } }

  /// Answers by the script.
  public func validate(_ key: Key, proof: Proof?, context: ValidationContext) async -> Verdict {
    let (answer, hook) = script.withLock { script in
      script.asked.append(key)
      return (script.answers[ExactText(key.value)] ?? fallback, script.whenAsked)
    }
    await hook?(key)
    if needsProof && proof == nil {
      return verdict(.indeterminate, code: "noProof", context, retryable: false)
    }
    switch answer {
    case .finding(let finding, let code): return verdict(finding, code: code, context)
    case .silence:
      await script.withLock { $0.whenSilent }?()
      // Asleep rather than spinning, so that the deadline that ends it is not kept waiting for a processor.
      while !Task.isCancelled { try? await Task.sleep(for: .seconds(1)) }
    case .stubbornSilence:
      await script.withLock { $0.whenSilent }?()
      while !script.withLock({ $0.isReleased }) {
        await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
      }
    }
    return verdict(.indeterminate, code: "cancelled", context)
  }

  private func verdict(_ finding: Finding, code: String, _ context: ValidationContext, retryable: Bool = true)
    -> Verdict
  {
    let evidence = Evidence(
      validator: name, version: "1", check: "script", finding: finding, assurance: assurance, code: code,
      latencyMs: 0, at: context.now)
    return Verdict(finding: finding, assurance: assurance, evidence: [evidence], retryable: retryable)
  }
}
