import KeyfoldCore

/// Whether an answer that comes with a good status is an error all the same, so that what it lacks says
/// nothing of the key.
///
/// It is one if any of these holds:
/// - its content type is `application/problem+json` (RFC 9457);
/// - it is an object whose `error` or `errors` says anything: JSON-RPC as Tryton speaks it, GraphQL, OData;
/// - it is an object whose `success` or `ok` is false;
/// - it is an object whose `status` is `error` or `fail` (HubSpot, Zoho, JSend), where no expectation looks
///   at `/status`, which then is the record's own;
/// - it is a list that begins with an object with an `errorCode` (Salesforce);
/// - it is an object with a `message`, `detail`, `errorCode`, `error_description` or `fault`, and nothing
///   stands where anything is expected.
struct ErrorEnvelope {
  private static let words = ["message", "detail", "errorCode", "error_description", "fault"]

  /// - Parameter places: where an answer about a record is expected to say something.
  static func isOne(_ body: JSONValue, contentType: String?, lookedAt places: [JSONPointer]) -> Bool {
    if contentType?.lowercased().hasPrefix("application/problem+json") == true { return true }
    switch body {
    case .array(let elements): return elements.first?["errorCode"] != nil
    case .object:
      return ["error", "errors"].contains { body[$0].map(saysSomething) ?? false }
        || ["success", "ok"].contains { body[$0] == .bool(false) }
        || hasFailed(body) && !places.contains { $0 == JSONPointer("/status") }
        || words.contains { body[$0] != nil } && !places.contains { $0.value(in: body) != nil }
    default: return false
    }
  }

  private static func hasFailed(_ body: JSONValue) -> Bool {
    guard let status = body["status"]?.string else { return false }
    return ["error", "fail"].contains { sameBytes($0, status.lowercased()) }
  }

  /// JSON-RPC 1.0 and others send `error: null`, `errors: []` or `error: 0` with what went well.
  private static func saysSomething(_ value: JSONValue) -> Bool {
    switch value {
    case .null: false
    case .bool(let flag): flag
    case .number(let number): ExactDecimal(number) != ExactDecimal("0")
    case .string(let text): !text.isEmpty
    case .array(let elements): !elements.isEmpty
    case .object(let members): !members.isEmpty
    }
  }
}
