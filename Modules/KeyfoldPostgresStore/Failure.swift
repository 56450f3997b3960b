#if PostgreSQL
import KeyfoldCore

/// Why a statement was not carried out, in the words of the server or of libpq.
struct Failure: Error {
  /// SQLSTATE, five characters; empty where libpq itself noticed something.
  let state: String
  /// The message; the server's and libpq's never hold a password.
  let words: String
  /// Whether the connection is gone with it.
  let isLost: Bool

  /// Another transaction was in the way: the same one may succeed if it is begun anew.
  ///
  /// 23505 is among them because a duplicate that a snapshot could not show yet is reported so.
  var isConflict: Bool { ["40001", "40P01", "23505"].contains(state) }

  /// Two processes created the same thing at the same time; whoever looks again finds it there.
  var isCreationRace: Bool {
    isConflict || ["42P06", "42P07", "42710", "XX000"].contains(state)
  }

  /// The server knows no such statement.
  var isUnsupported: Bool { ["0A000", "42601"].contains(state) }

  /// What the server is gone for, or refuses for now: another try, on a new connection, may find it back.
  var isPassing: Bool { isLost || state == "25006" || state.hasPrefix("57P0") || state == "53300" }

  /// What it means to those who use the store.
  var storeError: StoreError {
    let cause = state.isEmpty ? "PostgreSQL: \(words)" : "PostgreSQL \(state): \(words)"
    func error(_ code: StoreError.Code, _ message: String) -> StoreError {
      StoreError(code, message, underlying: cause)
    }
    if isPassing { return error(.unavailable, "the database server cannot be reached, or takes nothing now") }
    if isConflict || state == "55P03" {
      return error(.busy, "others are writing to this store all the time; try again")
    }
    switch state.prefix(2) {
    case "28": return error(.noPermission, "the database server does not let this user in")
    case "42" where state == "42501":
      return error(.noPermission, "this user of the database may not do that")
    case "3D": return error(.missing, "there is no such database")
    case "XX" where state != "XX000":
      return error(.damaged, "the database is damaged; restore a backup")
    case "53": return error(.inputOutput, "the database server has no room; nothing of this was stored")
    default: return error(.inputOutput, "the database failed; nothing of this was stored")
    }
  }
}
#endif
