import KeyfoldCore
import KeyfoldHTTP
import Synchronization

/// Many calls through `CallOut`, in a process of their own: what `http` measures.
struct HTTPCalls {
  /// The first argument of the process.
  static let name = "http-calls"

  private let url: String
  private let count: Int
  private let inFlight: Int
  private let certificateAuthorities: String?

  /// - Parameter arguments: as those of reference/http_calls.c.
  init(_ arguments: [String]) throws {
    guard arguments.count >= 3, let count = Int(arguments[1]), let inFlight = Int(arguments[2]) else {
      throw Problem("\(HTTPCalls.name) URL COUNT IN-FLIGHT [CERTIFICATE-AUTHORITIES]", code: 64)
    }
    url = arguments[0]
    self.count = count
    self.inFlight = inFlight
    certificateAuthorities = arguments.count > 3 ? arguments[3] : nil
  }

  func run() async throws {
    var policy = CallPolicy()
    policy.timeout = .seconds(10)
    policy.maxInFlight = inFlight
    policy.retries = 0
    policy.certificateAuthorities = certificateAuthorities
    let callOut = try CallOut(client: HTTPClient(), policy: policy)
    let calls = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<inFlight {
        group.addTask {
          while true {
            let number = calls.begun.wrappingAdd(1, ordering: .relaxed).oldValue
            guard number < count else { return }
            let response = try await callOut.send(HTTPRequest("GET", Secret(url + String(number))))
            guard response.status == 200, !response.body.isEmpty else {
              throw Problem("call \(number): status \(response.status)")
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

private final class Counter: Sendable {
  let begun = Atomic(0)
}
