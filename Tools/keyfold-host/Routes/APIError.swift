import Keyfold
import KeyfoldCore

/// An answer that says what is wrong: `{"error":{"code":…,"field":…,"message":…}}`.
struct APIError: Error {
  let status: Int
  let code: String
  let field: String?
  let message: String
  var fields: [(name: String, value: String)] = []

  init(_ status: Int, _ code: String, field: String? = nil, _ message: String) {
    self.status = status
    self.code = code
    self.field = field
    self.message = message
  }

  /// A refusal, with the status that fits its code.
  init(_ refusal: CaptureError) {
    let status =
      switch refusal.code {
      case .malformedJson, .malformedField, .malformedTid, .malformedTime: 400
      case .unknownAttribute, .ambiguousKeys, .tooLong: 422
      case .idReused: 409
      case .erased: 410
      }
    self.init(status, refusal.code.rawValue, field: refusal.field, refusal.message)
  }

  /// What broke in the resolver. What exactly is for the log, not for whoever asked.
  init(_ error: ResolverError) {
    switch error {
    case .refused(let refusal): self.init(refusal)
    case .refusedOperation(let refusal): self.init(409, refusal.code.rawValue, refusal.message)
    case .notFound(let message): self.init(404, "notFound", message)
    case .configuration:
      self.init(500, "configuration", "the server lacks something its configuration promises; see its log")
    case .store, .cancelled: self = .unavailable
    }
  }

  static let unavailable = retryable("the store cannot be used now; nothing of this is known to be stored")
  static let stopping = retryable("the server is stopping; try again")

  private static func retryable(_ message: String) -> APIError {
    var error = APIError(503, "unavailable", message)
    error.fields = [("Retry-After", "1")]
    return error
  }

  var response: Response {
    var json = JSONWriter()
    write(into: &json, line: nil, id: nil)
    var response = Response(status, "application/json", json.bytes)
    response.fields += fields
    return response
  }

  /// Writes the object; in a batch with the number of its line and the id of its capture.
  func write(into json: inout JSONWriter, line: Int?, id: String?) {
    json.object { json in
      if let line {
        json.member("line", line)
        json.member("id", id)
      }
      json.name("error")
      json.object { json in
        json.member("code", code)
        json.member("field", field)
        json.member("message", message)
      }
    }
  }
}
