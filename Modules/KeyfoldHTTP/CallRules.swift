import Glibc
import KeyfoldCore

/// A policy as libcurl needs it: checked once, and the same object for all its requests.
final class CallRules: Sendable {
  /// Nanoseconds until a connection must stand.
  let connectTimeout: UInt64
  let maxResponseBytes: Int
  let allowsHTTP: Bool
  let networks: Networks
  let certificateAuthorities: String?
  let clientCertificate: String?
  let clientKey: String?
  let proxy: Secret?
  let headers: [HTTPRequest.Header]
  /// They, as libcurl takes them, for a request that has none of its own.
  let headerLines: [Secret]

  /// - Throws: `SettingError` naming the setting that cannot be used.
  init(_ policy: CallPolicy) throws(SettingError) {
    try checkNumbers(policy)
    connectTimeout = policy.connectTimeout.wholeNanoseconds
    maxResponseBytes = policy.maxResponseBytes
    allowsHTTP = policy.allowsHTTP
    guard let networks = Networks(policy.allowedNetworks) else {
      throw SettingError(
        setting: "allowedNetworks", message: "lists networks such as 10.0.0.0/8, fd00::/8 or 192.0.2.1")
    }
    self.networks = networks
    certificateAuthorities = try readable(policy.certificateAuthorities, "ca")
    clientCertificate = try readable(policy.clientCertificate, "clientCert")
    clientKey = try readable(policy.clientKey, "clientKey")
    if clientKey != nil && clientCertificate == nil {
      throw SettingError(setting: "clientKey", message: "needs 'clientCert'")
    }
    if let proxy = policy.proxy {
      let scheme = proxy.withExposedBytes { URLParts(String(decoding: $0, as: UTF8.self)) }?.scheme
      guard scheme == "http" || scheme == "https" else {
        throw SettingError(setting: "proxy", message: "is an address such as http://proxy.example:3128")
      }
    }
    proxy = policy.proxy
    guard policy.headers.allSatisfy(\.isSendable) else {
      throw SettingError(
        setting: "headers",
        message: "has a name that is no header's or belongs to the connection, or a value of several lines")
    }
    headers = policy.headers
    headerLines = policy.headers.map(\.line)
  }

  /// Why a connection to an address may not be used; nil where it may.
  ///
  /// With a proxy the address is the proxy's, and says nothing about where plain http would go.
  func objection(to address: IPAddress?, isPlain: Bool) -> CallFailure? {
    guard let address, networks.allow(address) else { return .refusedAddress }
    if isPlain && !allowsHTTP && (!address.isLoopback || proxy != nil) { return .refusedRequest }
    return nil
  }
}

/// What a space file cannot say, but a host's code could.
private func checkNumbers(_ policy: CallPolicy) throws(SettingError) {
  let year = Duration.seconds(366 * 86_400)
  for (setting, isSound) in [
    ("timeoutMs", policy.timeout > .zero && policy.timeout < year),
    ("connectTimeoutMs", policy.connectTimeout > .zero && policy.connectTimeout < year),
    ("retries", policy.retries >= 0), ("maxInFlight", policy.maxInFlight > 0),
    ("maxResponseBytes", policy.maxResponseBytes >= 0),
    ("breaker", policy.breaker.map { $0.failures > 0 && $0.open >= .zero && $0.open < year } ?? true),
  ] where !isSound {
    throw SettingError(setting: setting, message: "is out of range")
  }
}

private func readable(_ path: String?, _ setting: String) throws(SettingError) -> String? {
  guard let path else { return nil }
  guard !path.utf8.contains(0), access(path, R_OK) == 0 else {
    throw SettingError(setting: setting, message: "names a file that cannot be read")
  }
  return path
}
