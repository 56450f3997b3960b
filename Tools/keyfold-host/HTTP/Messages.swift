/// What stands before the body of a request.
struct RequestHead: Sendable {
  let method: String
  /// Still encoded, without the query.
  let path: String
  /// The parameters a route may have, decoded.
  let query: [String: String]
  /// The fields that are looked at, names in lower case.
  let fields: [String: String]

  /// Names of the fields that are looked at.
  static let fieldNames = [
    "authorization", "content-type", "content-length", "last-event-id", "x-request-id",
  ]
  /// Names of the parameters that are looked at.
  static let parameterNames = ["after", "includeUnverified", "reason"]
}

/// An answer.
struct Response: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    case stream(EventStream)
  }

  var status: Int
  var fields: [(name: String, value: String)]
  var body: Body

  /// An answer whose body is there.
  init(_ status: Int, _ type: String, _ bytes: [UInt8]) {
    self.status = status
    fields = [("Content-Type", type), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    body = .bytes(bytes)
  }

  /// An answer that goes on for as long as something happens.
  init(_ stream: EventStream) {
    self.init(200, "text/event-stream", [])
    body = .stream(stream)
  }
}

/// What the head of a request leads to.
enum Step: Sendable {
  /// An answer, whatever the body says; it is not kept.
  case answer(Response)
  /// Work on the body.
  case work(@Sendable ([UInt8]) async -> Response)
}

/// Text with `%` and two digits for what cannot stand in an address as it is; nil where that is malformed,
/// not UTF-8, or holds NUL.
func percentDecoded(_ text: some StringProtocol) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
      return nil
    }
    bytes.append(high << 4 | low)
  }
  return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
