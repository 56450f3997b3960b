import KeyfoldCore
import KeyfoldHTTP

/// How checks reach their servers; tests bring their own.
struct EmailCalls: Sendable {
  /// Whoever makes HTTP calls under some settings.
  let http: @Sendable (SettingReader) throws(SettingError) -> any HTTPCaller
  /// The mail server that some settings name.
  let mail: @Sendable (SettingReader) throws(SettingError) -> any MailServer
}

/// A mail server that is asked about mailboxes.
protocol MailServer: Sendable {
  /// The code of its reply.
  func reply(about address: String) async throws(CallFailure) -> Int
}
