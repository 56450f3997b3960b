import Glibc

/// A variable of this process's environment; nil where it is not set, or is not UTF-8.
public func processEnvironment(_ name: String) -> String? {
  getenv(name).flatMap { String(validatingCString: $0) }
}
