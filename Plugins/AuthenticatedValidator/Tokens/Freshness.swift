import KeyfoldCore
import KeyfoldHTTP

extension HTTPResponse {
  /// Seconds for which the answer may be used again by its `Cache-Control` and `Age` (RFC 9111); nil where it
  /// says nothing of it.
  var freshSeconds: Int64? {
    let directives = headers.filter { $0.name == "cache-control" }.flatMap { header in
      header.value.utf8.split(separator: UInt8(ascii: ",")).map { part in
        String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self).lowercased()
      }
    }
    if directives.contains("no-store") || directives.contains("no-cache") { return 0 }
    guard let age = directives.first(where: { $0.hasPrefix("max-age") }) else { return nil }
    let seconds = age.dropFirst("max-age=".count)
    // What cannot be read is stale already; digits beyond all bounds mean for ever.
    guard age.hasPrefix("max-age="), !seconds.isEmpty, seconds.utf8.allSatisfy(isASCIIDigit) else { return 0 }
    let passed = header("age").flatMap { Int64($0) } ?? 0
    return (Int64(seconds) ?? KeySource.secondsAtMost) - max(passed, 0)
  }
}
