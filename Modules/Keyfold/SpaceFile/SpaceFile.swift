public import KeyfoldCore
import KeyfoldValidation

/// A space as it stands in a file (`keyfold.yaml`; YAML, so that JSON works too).
public struct SpaceFile: Sendable {
  /// Name of the file, as messages give it.
  public let name: String
  /// The space.
  public let space: Space

  /// Largest file, in bytes.
  public static let sizeMax = 1 << 20

  /// Reads the text of a space file.
  ///
  /// - Parameters:
  ///   - text: the bytes of the file, UTF-8.
  ///   - name: what to call the file in an error.
  /// - Throws: `SpaceFileError` with every problem of the file, not only the first.
  public static func read(text: [UInt8], name: String) throws(SpaceFileError) -> SpaceFile {
    guard text.count <= sizeMax else {
      throw SpaceFileError(code: .invalid, file: name, message: "larger than \(sizeMax) bytes")
    }
    let document = YAMLDocument(text: text)
    guard let root = document.root, !root.isNull else {
      var problems = document.problems
      if problems.isEmpty {
        problems.add(.start, "the file is empty: a space needs 'space' and 'attributes'")
      }
      throw SpaceFileError(invalid: name, problems: problems)
    }
    var reader = SpaceReader(problems: document.problems)
    let space = reader.space(root)
    guard let space, reader.problems.isEmpty else {
      throw SpaceFileError(invalid: name, problems: reader.problems)
    }
    return SpaceFile(name: name, space: space)
  }
}

extension Space {
  /// Reads a space file.
  ///
  /// `${NAME}` stays in the texts that may hold it; see `expandEnvironment(_:setting:environment:)`.
  ///
  /// - Throws: `SpaceFileError` with every problem of the file, not only the first.
  public init(contentsOf path: String) throws(SpaceFileError) {
    let text: [UInt8]
    do throws(FileFailure) {
      text = try contentsOfFile(path, sizeMax: SpaceFile.sizeMax)
    } catch {
      let message = error.isMissing ? "there is no such file" : "cannot be read"
      throw SpaceFileError(
        code: error.isMissing ? .missing : .unreadable, file: path, message: "\(message) (\(error.reason))")
    }
    self = try SpaceFile.read(text: text, name: path).space
  }
}
