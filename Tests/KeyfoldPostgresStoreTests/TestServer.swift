#if PostgreSQL
import CPostgres
import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldPostgresStore
import Testing

/// The server the tests may use, as `Tools/with-postgres` starts one.
enum TestServer {
  static let url = ProcessInfo.processInfo.environment["KEYFOLD_TEST_POSTGRES"]
  static let isThere = url != nil

  /// A place nobody else uses.
  static func freshSchema() -> String {
    "t" + UUID().uuidString.lowercased().replacing("-", with: "")
  }

  static func store(
    _ schema: String, over url: String? = url, parameters: String = "", mayCreate: Bool = true,
    connections: Int = 3, patience: Duration = .seconds(30), turnTimeout: Duration? = nil
  ) throws -> PostgresStore {
    var options = PostgresStore.Options()
    options.mayCreate = mayCreate
    options.connections = connections
    options.patience = patience
    if let turnTimeout { options.turnTimeout = turnTimeout }
    let url = try #require(url)
    return try PostgresStore(url: url + "?schema=\(schema)" + parameters, options: options)
  }

  /// Lends a schema that is dropped afterwards.
  static func withSchema<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let schema = freshSchema()
    let result: Result
    do { result = try await body(schema) } catch {
      try drop(schema)
      throw error
    }
    try drop(schema)
    return result
  }

  /// Whether anybody takes connections there.
  static func answers(_ url: String) -> Bool { PQping(url) == PQPING_OK }

  static func drop(_ schema: String) throws {
    try Administrator().run("DROP SCHEMA IF EXISTS \(schema) CASCADE")
  }
}

/// The suites of this target, one after the other: each keeps the server busy enough.
@Suite(
  .serialized, .enabled(if: TestServer.isThere, "KEYFOLD_TEST_POSTGRES is not set: see Tools/with-postgres"))
struct PostgresTests {
  /// What must hold of a store, whatever happened to it.
  static func expectSound(_ resolver: IdentityResolver, _ space: Space) async throws {
    let (stored, rebuilt, problems) = try await resolver.read { view throws(StoreError) in
      (try view.stateDigest(), try view.rebuiltDigest(space: space), try view.problems())
    }
    #expect(stored == rebuilt, "the state is the fold of the journal")
    #expect(problems == [])
  }

  /// Sequence and capture id of every entry.
  static func journal(_ resolver: IdentityResolver) async throws -> [(sequence: Int64, id: String?)] {
    try await resolver.read { view throws(StoreError) in
      var entries: [(Int64, String?)] = []
      try view.forEachEntry(after: 0) { entry throws(StoreError) in
        if case .capture(let record) = entry.event {
          entries.append((entry.sequence, record.outcome.id))
        } else {
          entries.append((entry.sequence, nil))
        }
        return true
      }
      return entries
    }
  }

  static func expect(_ code: StoreError.Code, _ work: () async throws -> Void) async -> StoreError? {
    do {
      try await work()
      Issue.record("expected \(code), but nothing failed")
    } catch let error as StoreError {
      #expect(error.code == code, "\(error)")
      return error
    } catch ResolverError.store(let error) {
      #expect(error.code == code, "\(error)")
      return error
    } catch {
      Issue.record("expected \(code), got \(error)")
    }
    return nil
  }
}

/// A connection that knows nothing of stores.
final class Administrator {
  private let handle: OpaquePointer

  init(_ url: String? = TestServer.url) throws {
    let url = try #require(url)
    handle = try #require(PQconnectdb(url))
    try #require(PQstatus(handle) == CONNECTION_OK, "\(String(cString: PQerrorMessage(handle)))")
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  /// Runs SQL.
  ///
  /// - Returns: The first column as text.
  @discardableResult
  func run(_ sql: String) throws -> [String] {
    let result = try #require(PQexec(handle, sql))
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    try #require(
      status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK,
      "\(sql): \(String(cString: PQresultErrorMessage(result)))")
    return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
  }
}
#endif
