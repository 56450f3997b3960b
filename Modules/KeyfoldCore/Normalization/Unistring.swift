import CUnistring
import Glibc

/// The one place that calls libunistring.

/// Unicode normalisation form C. ASCII is its own.
func composed(_ value: String) -> String {
  guard value.utf8.contains(where: { $0 >= 0x80 }) else { return value }
  return transformed(value) { input, count, buffer, length in
    u8_normalize(keyfold_uninorm_nfc(), input, count, buffer, length)
  }
}

/// Full lower-casing of every character (SpecialCasing included), without a language's own rules. ASCII
/// without upper-case letters is its own.
func lowercased(_ value: String) -> String {
  guard value.utf8.contains(where: { $0 >= 0x80 || (0x41...0x5A).contains($0) }) else { return value }
  return transformed(value) { input, count, buffer, length in
    u8_tolower(input, count, nil, nil, buffer, length)
  }
}

/// Version of libunistring, as a store remembers it: another version may normalise other text.
package var unistringVersion: String {
  let version = keyfold_unistring_version()
  return "\(version >> 8).\(version & 0xFF)"
}

private func transformed(
  _ value: String,
  _ call: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>) ->
    UnsafeMutablePointer<UInt8>?
) -> String {
  var value = value
  return value.withUTF8 { input in
    // Given no buffer, the library allocates the result.
    var length = 0
    guard let result = call(input.baseAddress, input.count, nil, &length) else {
      preconditionFailure("libunistring refused valid UTF-8: out of memory")
    }
    defer { free(result) }
    return String(decoding: UnsafeBufferPointer(start: result, count: length), as: UTF8.self)
  }
}
