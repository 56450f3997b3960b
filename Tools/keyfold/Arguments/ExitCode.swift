import KeyfoldCore

/// Exit codes of the command line (interface, section 3; sysexits.h).
enum ExitCode: Int32 {
  case done = 0
  /// Look-up found nothing, or a check found problems.
  case notFound = 1
  case usage = 64
  case refusedInput = 65
  case noInput = 66
  case unavailable = 69
  case bug = 70
  case cannotCreate = 73
  case inputOutput = 74
  case busy = 75
  case noPermission = 77
  case configuration = 78
  case interrupted = 130
  case brokenPipe = 141
  case terminated = 143
}

/// Ends a command: a message for a person and the exit code.
struct Failure: Error {
  let code: ExitCode
  let message: String
  /// What the store said, where it was the store.
  let storeError: StoreError?

  init(_ code: ExitCode, _ message: String, storeError: StoreError? = nil) {
    self.code = code
    self.message = message
    self.storeError = storeError
  }
}
