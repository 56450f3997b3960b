import KeyfoldCore

/// Exit codes (sysexits.h), those of the command line.
enum ExitCode: Int32 {
  case done = 0
  case usage = 64
  case noInput = 66
  case unavailable = 69
  case bug = 70
  case cannotCreate = 73
  case inputOutput = 74
  case busy = 75
  case noPermission = 77
  case configuration = 78
  case interrupted = 130
  case terminated = 143
}

/// Ends the program: a message for a person and the exit code.
struct Failure: Error {
  let code: ExitCode
  let message: String

  init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }

  /// What an error of a store means for the program.
  init(_ error: StoreError) {
    let code: ExitCode =
      switch error.code {
      case .missing: .noInput
      case .cannotCreate: .cannotCreate
      case .noPermission: .noPermission
      case .busy, .erasePending: .busy
      case .inputOutput, .damaged: .inputOutput
      case .incompatible, .spaceChanged: .configuration
      case .unavailable: .unavailable
      case .closed: .bug
      }
    self.init(code, error.description)
  }
}
