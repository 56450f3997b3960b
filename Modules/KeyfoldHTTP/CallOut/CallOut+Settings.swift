public import KeyfoldCore

extension CallOut {
  /// The caller that the settings of a validator describe: its policy, and a token of its own where `oauth2`
  /// says how to get one.
  ///
  /// - Throws: `SettingError` naming the setting that cannot be used.
  public static func caller(
    reading settings: SettingReader, client: HTTPClient
  ) throws(SettingError) -> any HTTPCaller {
    let policy = try CallPolicy(settings)
    guard let credentials = try ClientCredentials(settings) else {
      return try CallOut(client: client, policy: policy)
    }
    return try AuthorizedCaller(credentials, client: client, policy: policy, pace: .system)
  }
}
