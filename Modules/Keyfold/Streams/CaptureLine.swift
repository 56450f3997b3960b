public import KeyfoldCore

/// One line of a stream of captures, read: the capture, or why it is none.
public struct CaptureLine: Sendable {
  /// The capture's id, wherever it could be read.
  public let id: String?
  /// The capture, or the first thing that is wrong with it.
  public let capture: Result<Capture, CaptureError>

  /// Reads a JSON object; the line's end is not part of it.
  public init(_ bytes: ArraySlice<UInt8>) {
    self.init(bytes, from: Capture())
  }

  /// The same, with what the line does not say taken from another capture.
  ///
  /// - Parameter passingOver: members that may stand in the line and say nothing.
  package init(_ bytes: ArraySlice<UInt8>, from template: Capture, passingOver: [String] = []) {
    (id, capture) = CaptureLine.read(bytes, FieldReader(capture: template, passesOver: passingOver))
  }

  private static func read(
    _ bytes: ArraySlice<UInt8>, _ fields: FieldReader
  ) -> (String?, Result<Capture, CaptureError>) {
    guard bytes.count <= Limits.lineBytes else { return (nil, .failure(.lineTooLong)) }
    if bytes.contains(0) { return (nil, .failure(CaptureError(.malformedJson, "NUL bytes are not allowed"))) }
    do throws(JSONError) {
      var reader = fields
      reader.read(try JSONValue(parsing: bytes))
      return (reader.capture.id, reader.error.map { .failure($0) } ?? .success(reader.capture))
    } catch {
      let field = error.path.isEmpty ? nil : error.path.joined(separator: ".")
      let message = "\(error.message) (byte \(error.offset + 1) of the line)"
      return (nil, .failure(CaptureError(.malformedJson, field: field, message)))
    }
  }
}

extension CaptureError {
  /// A line that was skipped whole.
  package static let lineTooLong = CaptureError(
    .tooLong, "the line is longer than \(Limits.lineBytes) bytes and was skipped whole")

  /// What stands for a TID is none.
  package static let notATID = CaptureError(
    .malformedTid, field: "tid",
    "not a TID: a UUID version 7 in lower case, as an earlier outcome gave it")

  /// What stands for a time is none.
  package static let notATime = CaptureError(
    .malformedTime, field: "at", "not a time; write it like 2026-11-24T09:30:00Z (RFC 3339)")
}

/// Reads the fields of a capture; goes on after the first error, so that the id is found wherever it stands.
private struct FieldReader {
  var capture: Capture
  let passesOver: [String]
  var error: CaptureError?

  private static let names = ["id", "touchpoint", "tid", "handoff", "keys", "proofs", "data", "at"]

  mutating func read(_ json: JSONValue) {
    guard case .object(let members) = json else {
      return refuse(.malformedJson, nil, "a capture is a JSON object, this is \(json.kind)")
    }
    for member in members {
      // A field that holds null says the same as one that is not there.
      if member.value.isNull && FieldReader.names.contains(member.name) { continue }
      if passesOver.contains(where: { sameBytes($0, member.name) }) { continue }
      read(member.name, member.value)
    }
  }

  private mutating func read(_ name: String, _ value: JSONValue) {
    switch name {
    case "id": text(name, value) { $0.id = $1 }
    case "touchpoint": text(name, value) { $0.touchpoint = $1 }
    case "handoff": text(name, value) { $0.handoff = Secret($1) }
    case "tid":
      guard let text = value.string else { return wrongType(name, value, "a string") }
      guard let tid = TID(text) else { return refuse(.notATID) }
      capture.tid = tid
    case "at":
      guard let text = value.string else { return wrongType(name, value, "a string") }
      guard let time = Timestamp(text) else { return refuse(.notATime) }
      capture.at = time
    case "keys": keys(value)
    case "proofs": map(name, value) { $0.proofs[ExactText($1)] = Proof($2) }
    case "data": map(name, value) { $0.data[ExactText($1)] = $2 }
    default:
      let hint = nearest(to: name, among: FieldReader.names).map { "; did you mean '\($0)'?" } ?? ""
      refuse(.malformedField, name, "a capture has no such field\(hint)")
    }
  }

  private mutating func keys(_ value: JSONValue) {
    guard case .object(let members) = value else { return wrongType("keys", value, "an object") }
    for member in members {
      let field = "keys.\(member.name)"
      switch member.value {
      case .string(let value): capture.keys.append(attribute: member.name, value: value)
      case .array([]): capture.keys.append(attributeWithoutValue: member.name)
      case .array(let values):
        for value in values {
          guard let text = value.string else { return wrongType(field, value, "a string in the list") }
          capture.keys.append(attribute: member.name, value: text)
        }
      default: return wrongType(field, member.value, "a string or a list of strings")
      }
    }
  }

  private mutating func text(_ name: String, _ value: JSONValue, _ set: (inout Capture, String) -> Void) {
    guard let text = value.string else { return wrongType(name, value, "a string") }
    set(&capture, text)
  }

  private mutating func map(
    _ name: String, _ value: JSONValue, _ set: (inout Capture, String, String) -> Void
  ) {
    guard case .object(let members) = value else { return wrongType(name, value, "an object") }
    for member in members {
      guard let text = member.value.string else {
        return wrongType("\(name).\(member.name)", member.value, "a string")
      }
      set(&capture, member.name, text)
    }
  }

  private mutating func wrongType(_ field: String, _ value: JSONValue, _ expected: String) {
    refuse(.malformedField, field, "must be \(expected), not \(value.kind)")
  }

  private mutating func refuse(_ code: CaptureError.Code, _ field: String?, _ message: String) {
    refuse(CaptureError(code, field: field, message))
  }

  private mutating func refuse(_ refusal: CaptureError) {
    if error == nil { error = refusal }
  }
}
