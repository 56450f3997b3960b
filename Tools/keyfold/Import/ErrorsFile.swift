import Glibc
import KeyfoldCore

/// The file that takes the refused lines of an import, in the form of the imported file: it can be mended and
/// imported.
///
/// Only its owner may read it. Proofs and handoffs are left out, and so is whatever might hold one: the text
/// of a line that is no JSON, and the values of unknown fields.
final class ErrorsFile {
  private let path: String
  private let file: Int32
  /// The header of CSV data; nil for NDJSON.
  private let header: [String]?
  private var isEmpty = true

  private init(path: String, file: Int32, header: [String]?) {
    (self.path, self.file, self.header) = (path, file, header)
  }

  /// Creates the file.
  ///
  /// - Parameter replacing: whether a file that is there is written anew, as the continuation of an import
  ///   does, which comes past all its lines again; anything else must not be overwritten.
  static func create(_ path: String, header: [String]?, replacing: Bool) throws -> ErrorsFile {
    let mode = replacing ? O_TRUNC : O_EXCL
    let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o600)
    guard file >= 0 else {
      if errno == EEXIST {
        throw Failure(
          .cannotCreate,
          "--errors: '\(visible(path))' exists; name another file, or go on with --resume, which writes it anew"
        )
      }
      let code: ExitCode = errno == EACCES || errno == EPERM ? .noPermission : .cannotCreate
      throw Failure(
        code, "--errors: '\(visible(path))' cannot be written: \(String(cString: strerror(errno)))")
    }
    // One that was there may have been made by somebody with other ideas.
    fchmod(file, 0o600)
    return ErrorsFile(path: path, file: file, header: header)
  }

  /// Where nothing was refused, no file is left.
  deinit {
    close(file)
    if isEmpty { unlink(path) }
  }

  /// Writes the lines that were refused.
  func add(_ lines: [(line: ImportLine, error: CaptureError)]) throws {
    guard !lines.isEmpty else { return }
    var json = JSONWriter(reserving: lines.count * 512)
    for (line, error) in lines {
      if header != nil { addRecord(line, error, to: &json) } else { addObject(line, error, to: &json) }
      json.newLine()
    }
    try Output.write(json.bytes, to: file)
    isEmpty = false
  }

  // MARK: Forms

  private func addObject(_ line: ImportLine, _ error: CaptureError, to json: inout JSONWriter) {
    json.object { json in
      json.member("line", line.number)
      json.name("error")
      json.object { error.members(of: &$0) }
      guard case .object(let members)? = try? JSONValue(parsing: line.text) else {
        // Imported as it is, it must be refused again, and not be a capture without a single field.
        return json.member("unreadable", true)
      }
      for member in members where !ErrorsFile.isLeftOut(member.name) {
        json.name(member.name)
        // A proof may stand under a name that was mistyped.
        json.value(ErrorsFile.kept.contains(member.name) ? member.value : .null)
      }
    }
  }

  private static let kept = ["id", "touchpoint", "tid", "keys", "data", "at"]

  private static func isLeftOut(_ member: String) -> Bool {
    ["proofs", "handoff"].contains(member) || ImportSource.errorMembers.contains(member)
  }

  private func addRecord(_ line: ImportLine, _ error: CaptureError, to text: inout JSONWriter) {
    guard let header else { return }
    // What was refused once may come from such a file.
    let isMended = header.starts(with: ColumnMap.errorColumns)
    func own(_ fields: [String]) -> [String] {
      isMended ? Array(fields.dropFirst(ColumnMap.errorColumns.count)) : fields
    }
    if isEmpty {
      text.raw(CSVReader.text(of: ColumnMap.errorColumns + own(header)))
      text.newLine()
      isEmpty = false
    }
    // A record whose quotation marks are wrong would take the next ones along: it becomes one value.
    let fields = CSVReader.fields(in: line.text).map(own) ?? [String(decoding: line.text, as: UTF8.self)]
    text.raw(CSVReader.text(of: ["\(line.number)", error.description] + fields))
  }
}
