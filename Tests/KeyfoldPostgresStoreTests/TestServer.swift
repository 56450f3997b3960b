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
    _ schema: String, mayCreate: Bool = true, connections: Int = 3, patience: Duration = .seconds(30)
  ) throws -> PostgresStore {
    var options = PostgresStore.Options()
    options.mayCreate = mayCreate
    options.connections = connections
    options.patience = patience
    return try PostgresStore(url: try #require(url) + "?schema=\(schema)", options: options)
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

  static func drop(_ schema: String) throws {
    try Administrator().run("DROP SCHEMA IF EXISTS \(schema) CASCADE")
  }
}

/// A connection that knows nothing of stores.
final class Administrator {
  private let handle: OpaquePointer

  init() throws {
    let url = try #require(TestServer.url)
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
