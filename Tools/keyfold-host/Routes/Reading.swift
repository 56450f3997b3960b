import Keyfold
import KeyfoldCore

/// Profiles, their end, and the journal as it grows.
extension Service {
  /// The profile a TID is in.
  func profile(_ text: Substring) throws(APIError) -> Work {
    guard let tid = TID(String(text)) else { throw APIError(.notATID) }
    return { [self] _ throws(APIError) in
      do throws(ResolverError) {
        guard let profile = try await resolver.lookup(tid) else { throw .notFound("nobody has this TID") }
        return .json { profile.write(into: &$0) }
      } catch {
        throw APIError(error)
      }
    }
  }

  /// The end of the profile a TID is in. The journal keeps the reason, or else whose token asked for it.
  func erasure(_ text: Substring, _ head: RequestHead, _ token: Token) throws(APIError) -> Work {
    guard let tid = TID(String(text)) else { throw APIError(.notATID) }
    let reason = head.query["reason"] ?? "asked for with the token of \(token.name)"
    return { [self] _ throws(APIError) in
      do throws(ResolverError) {
        let erased = try await resolver.erase(tid, reason: reason)
        if let remains = erased.remains { log.write("an erasure is not finished: \(remains)") }
        var response = Response.json { erased.write(into: &$0) }
        response.status = erased.remains == nil ? 200 : 202
        return response
      } catch {
        throw APIError(error)
      }
    }
  }

  /// The profiles that own a key, or, if asked for, merely claim it.
  func profiles(attribute: Substring, value: String, _ head: RequestHead) throws(APIError) -> Work {
    guard let attribute = percentDecoded(attribute), let value = percentDecoded(value) else {
      throw APIError(400, "malformedField", field: "value", "the address is not encoded as UTF-8")
    }
    let includesUnverified = try flag("includeUnverified", head)
    return { [self] _ throws(APIError) in
      do throws(ResolverError) {
        let profiles = try await resolver.lookup(
          attribute: attribute, value: value, includingUnverified: includesUnverified)
        if profiles.isEmpty { throw .notFound("nobody has this key") }
        return .json { json in
          json.object { json in
            json.name("profiles")
            json.array(profiles) { json, profile in profile.write(into: &json) }
          }
        }
      } catch {
        throw APIError(error)
      }
    }
  }

  private func flag(_ name: String, _ head: RequestHead) throws(APIError) -> Bool {
    switch head.query[name] {
    case nil, "false": return false
    case "true": return true
    default: throw APIError(400, "malformedField", field: name, "takes true or false")
    }
  }

  /// Between two signs of life on a stream of events, which show whether anybody still listens.
  private static let heartbeat = Duration.seconds(15)

  /// Journal entries as server-sent events; each has its sequence as id, after which a client goes on.
  func events(_ head: RequestHead) throws(APIError) -> Work {
    let (name, text) =
      head.fields["last-event-id"].map { ("Last-Event-ID", $0) } ?? ("after", head.query["after"] ?? "0")
    guard let after = Int64(text), after >= 0 else {
      throw APIError(400, "malformedField", field: name, "takes the sequence of a journal entry, or 0")
    }
    return { [self] _ in
      Response(
        EventStream { [self] stream in
          // The first sign of life sends the head of the answer on its way.
          await withTaskGroup(of: Void.self) { group in
            group.addTask { await Self.beat(stream) }
            group.addTask { [self] in await follow(after: after, stream) }
            await group.next()
            group.cancelAll()
          }
        })
    }
  }

  private static func beat(_ stream: EventStream) async {
    while await stream.send(Array(": listening\n\n".utf8)) {
      do { try await Task.sleep(for: heartbeat) } catch { return }  // The stream is over.
    }
  }

  private func follow(after sequence: Int64, _ stream: EventStream) async {
    do throws(ResolverError) {
      for try await entry in resolver.events(after: sequence) {
        var json = JSONWriter(reserving: 1024)
        json.raw("id: \(entry.sequence)\ndata: ")
        entry.write(into: &json)
        json.raw("\n\n")
        guard await stream.send(json.bytes) else { return }
      }
    } catch {
      // The client asks again after the last entry it got.
      log.write("a stream of events ended: \(error)")
    }
  }
}
