import Keyfold
import KeyfoldCore

/// Captures, and what validators say of them.
extension Service {
  /// Captures of one request at most.
  static let batchMax = 5000

  /// One capture as JSON, or up to 5,000 as NDJSON.
  func captures(_ head: RequestHead, _ token: Token) throws(APIError) -> Work {
    guard try isBatch(head) else {
      return { [self] body throws(APIError) in
        let capture = try SentCapture(body[...], token).capture.get()
        do throws(ResolverError) {
          let outcome = try await resolver.capture(capture)
          return token.scopes.contains(.browser)
            ? .browserAnswer(outcome) : .json { outcome.write(into: &$0) }
        } catch {
          throw APIError(error)
        }
      }
    }
    if token.scopes.contains(.browser) {
      throw APIError(403, "forbidden", "this token may send one capture at a time")
    }
    return { [self] body throws(APIError) in try await captureBatch(body, token) }
  }

  /// The validators' verdicts on the keys of a capture, which is not stored.
  func validation(_ head: RequestHead, _ token: Token) throws(APIError) -> Work {
    if try isBatch(head) { throw APIError(415, "unsupportedMediaType", "this takes one capture as JSON") }
    return { [self] body throws(APIError) in
      let sent = SentCapture(body[...], token)
      let capture = try sent.capture.get()
      do throws(ResolverError) {
        let verdicts = try await resolver.validate(capture)
        return .json { json in
          json.object { json in
            json.member("id", sent.id)
            json.name("keys")
            json.array(verdicts) { json, verdict in verdict.write(into: &json) }
          }
        }
      } catch {
        throw APIError(error)
      }
    }
  }

  private func isBatch(_ head: RequestHead) throws(APIError) -> Bool {
    let type = head.fields["content-type"]?.prefix { $0 != ";" }.lowercased() ?? "application/json"
    switch String(type.filter { $0 != " " }) {
    case "application/json": return false
    case "application/x-ndjson", "application/ndjson": return true
    default:
      throw APIError(
        415, "unsupportedMediaType", "a body is application/json, or application/x-ndjson for a batch")
    }
  }

  /// Decides the captures in order; answers with an outcome or an error for each, in the same order.
  private func captureBatch(_ body: [UInt8], _ token: Token) async throws(APIError) -> Response {
    let lines = numberedLines(body)
    guard lines.count <= Self.batchMax else {
      throw APIError(413, "tooLong", "\(lines.count) captures; a batch holds \(Self.batchMax) at most")
    }
    let sent = lines.map { SentCapture($0.text, token) }
    var captures: [Capture] = []
    for case .success(let capture) in sent.map(\.capture) { captures.append(capture) }
    var results = await resolver.captures(captures)[...]
    if case .failure(.store) = results.first { throw .unavailable }
    var json = JSONWriter(reserving: lines.count * 512)
    for (line, sent) in zip(lines, sent) {
      do throws(APIError) {
        _ = try sent.capture.get()
        do throws(ResolverError) { try results.removeFirst().get().write(into: &json) } catch {
          throw APIError(error)
        }
      } catch {
        error.write(into: &json, line: line.number, id: sent.id)
      }
      json.newLine()
    }
    return Response(200, "application/x-ndjson", json.bytes)
  }
}

/// A capture as it was sent with a token.
private struct SentCapture {
  /// Wherever it could be read.
  let id: String?
  /// The capture, or what is wrong with it.
  let capture: Result<Capture, APIError>

  init(_ text: ArraySlice<UInt8>, _ token: Token) {
    var template = Capture()
    if let only = token.onlyTouchpoint { template.touchpoint = only }
    let line = CaptureLine(text, from: template)
    id = line.id
    switch line.capture {
    case .success(let capture) where !token.touchpoints.contains(capture.touchpoint):
      let refusal = "this token may not speak for the touchpoint '\(visible(capture.touchpoint))'"
      self.capture = .failure(APIError(403, "forbidden", field: "touchpoint", refusal))
    case .success(let capture): self.capture = .success(capture)
    case .failure(let refusal): capture = .failure(APIError(refusal))
    }
  }
}

extension Response {
  /// All that may go to a browser: `tid`, `merged` and `switchedFrom` are other people's secrets there, and
  /// what became of a key tells whose it is.
  fileprivate static func browserAnswer(_ outcome: Outcome) -> Response {
    .json { json in json.object { $0.member("touchpointTid", outcome.touchpointTid) } }
  }
}
