import Glibc
import Keyfold
import KeyfoldCore

/// The one capture the options describe.
func captureFromOptions(_ invocation: Invocation, _ output: Output) throws -> Capture {
  var capture = Capture()
  capture.id = invocation.value("id")
  capture.touchpoint = invocation.value("touchpoint") ?? capture.touchpoint
  capture.handoff = invocation.value("handoff").map { Secret($0) }
  for text in invocation.all("key") {
    let (name, value) = try Invocation.pair(text, option: "key")
    capture.keys.append(attribute: name, value: value)
  }
  for text in invocation.all("data") {
    let (name, value) = try Invocation.pair(text, option: "data")
    capture.data[ExactText(name)] = value
  }
  for text in invocation.all("proof") {
    let (name, file) = try Invocation.pair(text, option: "proof")
    capture.proofs[ExactText(name)] = try readProof(file)
  }
  if let text = invocation.value("tid") {
    guard let tid = TID(text) else {
      throw try refusal(
        CaptureError(
          .malformedTid, field: "tid", "'\(visible(text))' is not a TID: a UUID version 7 in lower case"),
        id: capture.id, output)
    }
    capture.tid = tid
  }
  if let text = invocation.value("at") {
    guard let time = Timestamp(text) else {
      throw try refusal(
        CaptureError(
          .malformedTime, field: "at",
          "'\(visible(text))' is not a time; write it like 2026-11-24T09:30:00Z (RFC 3339)"),
        id: capture.id, output)
    }
    capture.at = time
  }
  return capture
}

/// A credential from a file, never from the command line, where every process of the machine could read it.
private func readProof(_ path: String) throws -> Proof {
  let file = try openToRead(path, isSecret: true)
  defer { if path != "-" { close(file) } }
  var bytes = [UInt8](repeating: 0, count: Limits.proofBytes + 2)
  var filled = 0
  while filled < bytes.count {
    let count = bytes[filled...].withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    if count < 0 {
      throw Failure(.inputOutput, "the file of a proof cannot be read: \(String(cString: strerror(errno)))")
    }
    if count == 0 { break }
    filled += count
  }
  let content = bytes[..<filled]
  return Proof(bytes: Array(content.last == UInt8(ascii: "\n") ? content.dropLast() : content))
}

/// Opens a file, or standard input for `-`.
///
/// - Parameter isSecret: whether what was given for a name might be a credential, which must not be seen.
func openToRead(_ path: String, isSecret: Bool = false) throws -> Int32 {
  let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else {
    let code: ExitCode = errno == EACCES || errno == EPERM ? .noPermission : .noInput
    let reason = String(cString: strerror(errno))
    throw Failure(
      code,
      isSecret
        ? "the file of a proof cannot be read: \(reason)" : "'\(visible(path))' cannot be read: \(reason)")
  }
  return file
}

/// Ends the command because its one capture was refused; programs get the line a stream would have.
func refusal(_ error: CaptureError, id: String?, _ output: Output) throws -> Failure {
  if output.json { try output.printJSON { error.write(into: &$0, line: 1, id: id) } }
  return Failure(.refusedInput, error.description)
}
