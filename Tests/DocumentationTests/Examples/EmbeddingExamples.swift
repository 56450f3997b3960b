import AuthenticatedValidator
import CRMValidator
import EmailValidator
import Glibc
import Keyfold
import KeyfoldCore
import KeyfoldPictures
import KeyfoldSQLiteStore
import KeyfoldTesting
import KeyfoldValidation
import Testing

// What the page about embedding shows.

func openResolver() async throws -> IdentityResolver {
  // begin
  let space = try Space(contentsOf: "/etc/shop/keyfold.yaml")
  var validators = ValidatorRegistry()
  validators.add(.crm, .authenticated, .email)
  var options = IdentityResolver.Options()
  options.log = ServiceLog()
  let resolver = try await IdentityResolver(
    space: space, store: SQLiteStore(path: "/var/lib/shop/ids.db"), validators: validators, options: options)
  // end
  return resolver
}

// begin
/// Binds the resolver to the service's own log.
struct ServiceLog: ResolverLog {
  func record(_ notice: ResolverNotice) {
    let line = "\(notice.level.rawValue) \(notice.name): \(notice)\n"
    write(STDERR_FILENO, line, line.utf8.count)
  }
}
// end

// begin
/// What a website's server does with each request of a visitor.
struct Visits {
  let resolver: IdentityResolver

  /// - Parameters:
  ///   - cookie: what the browser sent as its TID; anything, or nothing.
  ///   - session: the member who is logged in, with their access token.
  /// - Returns: what the browser keeps as its TID from now on.
  func visit(cookie: String?, session: (memberId: String, token: String)?) async throws -> String {
    var capture = Capture(touchpoint: "web", tid: cookie.flatMap { TID($0) })
    if let session {
      capture.keys.append(attribute: "memberId", value: session.memberId)
      capture.proofs["memberId"] = Proof(session.token)
    }
    let outcome = try await resolver.capture(capture)
    return outcome.touchpointTid.description
  }
}
// end

// begin
/// What a host answers to its own caller. A refusal names the field; other failures say nothing of the store.
func answer(to error: ResolverError) -> (status: Int, body: String) {
  switch error {
  case .refused(let error) where error.code == .idReused: (409, error.description)
  case .refused(let error): (422, error.description)
  case .refusedOperation(let error): (409, error.description)
  case .notFound(let message): (404, message)
  case .store(let error) where error.code == .busy || error.code == .unavailable: (503, "try again")
  case .store, .configuration: (500, "see the log")
  case .cancelled: (499, "cancelled")
  }
}
// end

func captureMany(_ lines: [[UInt8]], resolver: IdentityResolver) async throws -> [String] {
  var answers: [String] = []
  // begin
  var captures: [Capture] = []
  for line in lines {
    switch CaptureLine(line[...]).capture {
    case .success(let capture): captures.append(capture)
    case .failure(let error): answers.append(error.description)
    }
  }
  for result in await resolver.captures(captures) {
    switch result {
    case .success(let outcome): answers.append(outcome.tid.description)
    case .failure(let error): answers.append(error.description)
    }
  }
  // end
  return answers
}

func handOver(_ tid: TID, space: Space) throws -> String {
  // begin
  let (token, _) = try Handoffs(space: space).issue(tid, for: "web")
  return "https://shop.example/basket?handoff=\(token)"
  // end
}

func operate(_ resolver: IdentityResolver, _ father: TID, _ son: TID) async throws -> String {
  // begin
  let trial = try await resolver.unmerge(son, reason: "father and son", dryRun: true)
  if trial.after.count == 2 { try await resolver.unmerge(son, reason: "father and son") }
  try await resolver.revoke(son, reason: "phone lost")
  let why = try await resolver.explain(.tid(father), .tid(son))
  return why.html()
  // end
}

func follow(_ resolver: IdentityResolver, after last: Int64) async throws -> Int64 {
  var last = last
  // begin
  for try await entry in resolver.events(after: last) {
    if case .capture(let record) = entry.event, !record.outcome.merged.isEmpty {
      // Tell the systems downstream: these profiles are record.outcome.tid now.
    }
    last = entry.sequence
  }
  // end
  return last
}

func count(_ resolver: IdentityResolver) -> String {
  // begin
  let page = resolver.metrics.prometheusText
  // end
  return page
}

// begin
@Test func theNextCustomerAtTheCounterIsSomebodyElse() async throws {
  var options = IdentityResolver.Options()
  options.clock = ManualClock(Timestamp(microseconds: 1_795_510_800_000_000))
  options.tids = SeededTIDs(seed: 1)
  let resolver = try await IdentityResolver(
    space: Space(name: "shop", attributes: [.trusted("loyaltyCard")]), store: MemoryStore(), options: options)

  let emma = try await resolver.capture(Capture(touchpoint: "till", keys: ["loyaltyCard": "1"]))
  let bob = try await resolver.capture(
    Capture(touchpoint: "till", tid: emma.touchpointTid, keys: ["loyaltyCard": "2"]))

  #expect(bob.decision == .switched)
  #expect(bob.switchedFrom == emma.tid)
  try await resolver.close()
}
// end
