import KeyfoldCore
import KeyfoldValidation

/// Domains of a file, one a line; a domain covers those below it.
///
/// Read once: what a validator says does not change while it is at work, and no list is seen half written.
struct DomainList: Sendable {
  private let domains: Set<ExactText>

  /// Bytes of a list; lists of a hundred thousand domains take two million.
  static let bytesMax = 32 << 20

  /// Reads the file that a setting names.
  init(contentsOf path: String, setting: String) throws(SettingError) {
    func refuse(_ message: String) -> SettingError { SettingError(setting: setting, message: message) }
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try contentsOfFile(path, sizeMax: DomainList.bytesMax)
    } catch {
      throw refuse("names a list that cannot be read (\(error.reason))")
    }
    guard bytes.count <= DomainList.bytesMax else {
      throw refuse("names a list of more than \(DomainList.bytesMax >> 20) MiB")
    }
    var domains: Set<ExactText> = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      let text = trimmed(String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self))
      if text.isEmpty { continue }
      guard let domain = domainALabels(text) else {
        throw refuse("names a list whose line \(index + 1) is no domain")
      }
      domains.insert(ExactText(domain))
    }
    guard !domains.isEmpty else { throw refuse("names a list without a domain") }
    self.domains = domains
  }

  /// Whether the list has the domain, in lower-case A-labels, or one above it.
  func covers(_ domain: String) -> Bool {
    var rest = domain.utf8[...]
    while !rest.isEmpty {
      if domains.contains(ExactText(String(decoding: rest, as: UTF8.self))) { return true }
      rest = rest.drop { $0 != UInt8(ascii: ".") }.dropFirst()
    }
    return false
  }
}
