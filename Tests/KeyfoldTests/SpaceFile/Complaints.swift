import KeyfoldCore

@testable import Keyfold

func readSpace(_ text: String) throws(SpaceFileError) -> Space {
  try SpaceFile.read(text: Array(text.utf8), name: "k.yaml").space
}

/// What is said of a text that is no space; empty where it is one.
func complaints(_ text: String) -> [String] { complaints(Array(text.utf8)) }

func complaints(_ bytes: [UInt8]) -> [String] {
  do throws(SpaceFileError) {
    _ = try SpaceFile.read(text: bytes, name: "k.yaml")
    return []
  } catch {
    return error.description.split(separator: "\n").map { String($0.dropFirst("k.yaml:".count)) }
  }
}

/// A good file but for one line of its attribute, in line 4 from column 5 on.
func complaints(aboutAttribute line: String) -> [String] {
  complaints("space: s\nattributes:\n  - name: email\n    \(line)\n    trust: source\n")
}

/// A good file but for one top-level line, in line 2 from column 1 on.
func complaints(aboutSpace line: String) -> [String] {
  complaints("space: s\n\(line)\nattributes: [{ name: email, trust: source }]\n")
}

/// A good file but for its validators, in line 5 from column 9 on.
func complaints(aboutValidator line: String) -> [String] {
  complaints(
    "space: s\nattributes:\n  - name: email\n    linksFrom: desk\n    validators: \n      - \(line)\n")
}
