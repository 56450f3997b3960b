import Glibc

/// The bytes of a file; one byte more than the largest size tells the caller that it is larger.
func contentsOfFile(_ path: String, sizeMax: Int) throws(SpaceFileError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw SpaceFileError(errno, opening: path) }
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
    guard failure == 0 || failure == EINTR else { throw SpaceFileError(failure, opening: path) }
    if failure == 0, chunk.isEmpty { break }
    contents += chunk
  }
  return contents
}

extension SpaceFileError {
  fileprivate init(_ failure: Int32, opening path: String) {
    let reason = String(cString: strerror(failure))
    if failure == ENOENT || failure == ENOTDIR {
      self.init(code: .missing, file: path, message: "there is no such file (\(reason))")
    } else {
      self.init(code: .unreadable, file: path, message: "cannot be read (\(reason))")
    }
  }
}
