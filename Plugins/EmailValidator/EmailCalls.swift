import KeyfoldCore
import KeyfoldHTTP

/// How checks reach their servers; tests bring their own.
struct EmailCalls: Sendable {
  /// Whoever makes HTTP calls under some settings.
  let http: @Sendable (SettingReader) throws(SettingError) -> any HTTPCaller
  /// Whoever asks a mail server under some settings.
  let mail: @Sendable (SMTPServer, SettingReader) throws(SettingError) -> AskMailServer
}

/// Asks a mail server, and brings the code of its reply.
typealias AskMailServer = @Sendable (SMTPQuestion) async throws(CallFailure) -> Int

extension EmailCalls {
  /// Calls in earnest.
  init(client: HTTPClient) {
    http = { settings throws(SettingError) in try CallOut.caller(reading: settings, client: client) }
    mail = { server, settings throws(SettingError) in
      let probe = try SMTPProbe(server, policy: try CallPolicy(settings))
      return { question throws(CallFailure) in try await probe.ask(question) }
    }
  }
}
