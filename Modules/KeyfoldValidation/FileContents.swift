import Glibc

/// The bytes of a file that a person names; one byte more than the largest size tells the caller that it is
/// larger.
package func contentsOfFile(_ path: String, sizeMax: Int) throws(FileFailure) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw FileFailure(number: errno) }
  defer { close(file) }
  var contents: [UInt8] = []
  while contents.count <= sizeMax {
    let room = min(1 << 16, sizeMax + 1 - contents.count)
    var failure: Int32 = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      let got = read(file, buffer.baseAddress, room)
      if got < 0 { failure = errno }
      count = max(got, 0)
    }
    guard failure == 0 || failure == EINTR else { throw FileFailure(number: failure) }
    if failure == 0, chunk.isEmpty { break }
    contents += chunk
  }
  return contents
}

/// Why a file cannot be read.
package struct FileFailure: Error, Sendable, Hashable {
  /// As `errno` has it.
  package let number: Int32

  /// What the system says of it.
  package var reason: String { String(cString: strerror(number)) }
  /// Whether there is no such file.
  package var isMissing: Bool { number == ENOENT || number == ENOTDIR }
}
