import CSQLite
import ToolHarness

/// A store's database, opened by somebody else: to hold its lock, or to damage it.
struct SQLiteFile: ~Copyable {
  private let handle: OpaquePointer

  init(_ path: String) throws {
    var opened: OpaquePointer?
    guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let opened else {
      throw HarnessError("\(path) cannot be opened")
    }
    handle = opened
  }

  deinit { sqlite3_close_v2(handle) }

  func execute(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw HarnessError("\(sql): \(String(cString: sqlite3_errmsg(handle)))")
    }
  }
}
