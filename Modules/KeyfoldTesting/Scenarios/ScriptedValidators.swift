import KeyfoldCore
import KeyfoldValidation
import Synchronization

/// The validators a space block names: `{ use: scripted, name: crm, proves: existence, needsProof: true }`.
///
/// They find everything valid that a scenario does not speak of, unless `otherwise` names another finding.
final class ScriptedValidators: Sendable {
  private let made = Mutex<[String: ScriptedValidator]>([:])
  private let seen = Mutex<[String: Int]>([:])
  /// Passes a while after one of them was asked what it says nothing to.
  let deadline = ManualDeadline()
  /// Long enough for the others that were asked at the same time.
  private static let patience = Duration.milliseconds(200)

  func make(_ settings: Setting) throws(NotationError) -> any KeyValidator {
    guard let name = settings["name"]?.text,
      let assurance = settings["proves"]?.text.flatMap(Assurance.init)
    else { throw NotationError(message: "needs 'name', and 'proves': existence or possession") }
    let otherwise = Finding(rawValue: settings["otherwise"]?.text ?? "valid") ?? .valid
    let validator = ScriptedValidator(
      name, assurance: assurance, needsProof: settings["needsProof"]?.text == "true",
      otherwise: .finding(otherwise, code: "scripted"))
    validator.whenSilent { [deadline] in
      do { try await Task.sleep(for: ScriptedValidators.patience) } catch { return }
      deadline.pass()
    }
    let isNew = made.withLock { $0.updateValue(validator, forKey: name) == nil }
    guard isNew else { throw NotationError(message: "two validators are called '\(name)'") }
    return validator
  }

  func named(_ name: String) throws(NotationError) -> ScriptedValidator {
    guard let validator = made.withLock({ $0[name] }) else {
      throw NotationError(message: "no validator is called '\(name)'")
    }
    return validator
  }

  /// Begins anew to listen what is asked.
  func forget() {
    let counts = made.withLock { $0.mapValues { $0.asked.count } }
    seen.withLock { $0 = counts }
  }

  /// The keys that any of them was asked about since `forget`.
  var asked: Set<Key> {
    let seen = seen.withLock { $0 }
    return made.withLock { made in
      Set(made.flatMap { name, validator in validator.asked.dropFirst(seen[name] ?? 0) })
    }
  }
}
