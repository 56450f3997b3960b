public import KeyfoldCore

/// Why the resolver gave no outcome.
public enum ResolverError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The capture was refused; nothing of it was stored.
  case refused(CaptureError)
  /// The operation was refused; nothing of it was stored.
  case refusedOperation(OperationError)
  /// The store failed; nothing of the capture is known to be stored.
  case store(StoreError)
  /// Something the configuration promises is not there.
  case configuration(String)
  /// The TID, or the key, is not known to the store.
  case notFound(String)
  /// The task was cancelled before the capture was decided; nothing of it was stored.
  case cancelled

  /// What happened, for a person.
  public var description: String {
    switch self {
    case .refused(let error): error.description
    case .refusedOperation(let error): error.description
    case .store(let error): error.description
    case .configuration(let message), .notFound(let message): message
    case .cancelled: "cancelled; nothing was stored"
    }
  }
}
