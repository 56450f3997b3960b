public import KeyfoldCore

/// Asks a mail server about addresses under a policy, each question on a connection and a thread of its own.
///
/// A question has the policy's time limit; a host has at most `maxInFlight` of them at a time, and none while
/// the breaker is open. A question that got no reply is repeated as the policy says. Whether the connection
/// is encrypted is up to the server's URL: `allowsHTTP` has nothing to do with it.
public final class SMTPProbe: Sendable {
  private let server: SMTPServer
  private let policy: CallPolicy
  private let rules: CallRules
  private let pace: Pace
  private let host: Host

  /// - Throws: `SettingError` where the policy names networks, files or a proxy that are none.
  public convenience init(_ server: SMTPServer, policy: CallPolicy) throws(SettingError) {
    try self.init(server, policy: policy, pace: .system)
  }

  package init(_ server: SMTPServer, policy: CallPolicy, pace: Pace) throws(SettingError) {
    self.server = server
    self.policy = policy
    self.pace = pace
    rules = try CallRules(policy)
    host = Host([], isPlain: false, policy: policy, pace: pace)
  }

  /// Asks a question.
  ///
  /// - Returns: The code of the reply to its last command, 200 to 599: to RCPT TO or VRFY.
  /// - Throws: `CallFailure` where that command was never replied to: `unwelcome` where the server refused
  ///   its greeting, our name or the sender, and `refusedRequest` for an address that cannot be asked about.
  public func ask(_ question: SMTPQuestion) async throws(CallFailure) -> Int {
    guard let commands = question.commands else { throw .refusedRequest }
    let deadline = pace.now() + policy.timeout
    let first = await attempt(commands, until: deadline)
    let outcome = await Retry.outcome(
      after: first, retries: policy.retries, until: deadline, pace: pace,
      pause: { outcome, attempt in
        guard case .failure(let failure) = outcome else { return nil }
        return Retry.pause(after: failure, attempt: attempt, pace: pace)
      }, of: { await attempt(commands, until: deadline) })
    return try outcome.get()
  }

  private func attempt(_ commands: [Secret], until deadline: ContinuousClock.Instant) async -> Result<
    Int, CallFailure
  > {
    await host.call(until: deadline, finding: HostLine.Finding.init(reply:)) { () throws(CallFailure) in
      if Task.isCancelled { throw .cancelled }
      let answer = Pledge<Result<Int, CallFailure>>()
      guard let conversation = SMTPConversation(with: server, under: rules) else { throw .overloaded }
      let isStarted = startDetachedThread { answer.keep(conversation.run(commands)) }
      guard isStarted else { throw .overloaded }
      // Whatever the thread waits for: it ends when nobody waits for it.
      defer { conversation.interrupt() }
      let outcome = await answer.value(
        before: deadline, pace: pace, late: .failure(.timedOut), cancelled: .failure(.cancelled))
      if case .failure(.timedOut) = outcome, !conversation.hasBegun { throw .unreachable }
      return try outcome.get()
    }
  }
}

extension HostLine.Finding {
  /// What a question says about a mail server: 421 is said by one that is about to stop.
  fileprivate init(reply: Result<Int, CallFailure>) {
    switch reply {
    case .success(421): self = .fails
    case .success: self = .works
    case .failure(let failure): self.init(failure)
    }
  }
}
