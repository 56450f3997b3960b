import Foundation
import Testing

/// The rules of the house that a compiler does not check: who may import whom, and what no source may
/// contain.
@Suite struct TidyTests {
  /// What a module of ours may import beside the standard library; arrows point down the list only.
  static let mayImport: [String: Set<String>] = [
    "KeyfoldCore": ["CUnistring", "CIDN2", "CCrypto", "CLinux"],
    "KeyfoldValidation": ["KeyfoldCore"],
    "Keyfold": ["KeyfoldCore", "KeyfoldValidation", "CYAML"],
    "KeyfoldFileStore": ["KeyfoldCore", "CZlib", "CLinux"],
    "KeyfoldPictures": ["KeyfoldCore"],
    "KeyfoldPostgresStore": ["KeyfoldCore", "CPostgres"],
    "KeyfoldSQLiteStore": ["KeyfoldCore", "CSQLite"],
    "KeyfoldHTTP": ["KeyfoldCore", "CCurl", "CLinux"],
    "KeyfoldTesting": ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "Keyfold"],
    "CRMValidator": ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP"],
    "AuthenticatedValidator": ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "CCrypto"],
    "EmailValidator": ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "CResolv"],
  ]
  /// What libraries take from the system.
  static let system: Set<String> = ["Glibc", "Synchronization"]
  /// What nothing may import: a module that is not a library of ours.
  static let toolsOnly: Set<String> = ["KeyfoldCLI", "KeyfoldBench", "KeyfoldHost"]

  @Test func modulesImportOnlyWhatTheArchitectureAllows() throws {
    for source in try sources(below: "Modules") + sources(below: "Plugins") {
      let module = source.path.split(separator: "/")[1]
      let allowed = try #require(TidyTests.mayImport[String(module)], "\(module) has no rule: add one")
      for name in imports(source.text) where !allowed.contains(name) && !TidyTests.system.contains(name) {
        Issue.record("\(source.path) imports \(name)")
      }
    }
  }

  @Test func nobodyImportsATool() throws {
    for source in try sources(below: "Modules") + sources(below: "Plugins") + sources(below: "Tools") {
      for name in imports(source.text) where TidyTests.toolsOnly.contains(name) {
        Issue.record("\(source.path) imports \(name)")
      }
    }
  }

  /// C stays in one Swift file a library within a module.
  @Test func everyCLibraryIsCalledFromOneFileOfAModule() throws {
    var callers: [String: [String]] = [:]
    for source in try sources(below: "Modules") + sources(below: "Plugins") {
      let module = source.path.split(separator: "/")[1]
      for name in imports(source.text) where TidyTests.isC(name) {
        callers["\(name) in \(module)", default: []].append(source.path)
      }
    }
    for (library, files) in callers { #expect(files.count == 1, "\(library) is called from \(files)") }
  }

  private static func isC(_ module: String) -> Bool {
    module.first == "C" && mayImport[module] == nil && module.dropFirst().first?.isUppercase ?? false
  }

  /// Each with what to do instead.
  static let banned = [
    ("try!", "let the error out"), ("as!", "use 'as?' and say what happens if it is not"),
    ("fatalError(", "input must not end the process"), ("catch {}", "an error that nobody hears of"),
    ("Date()", "time comes in through WallClock"), ("UUID()", "TIDs come in through TIDSource"),
    (" print(", "results and notes go through the tool's Output"),
  ]

  @Test func librariesContainNothingBanned() throws {
    for source in try sources(below: "Modules") + sources(below: "Plugins") {
      for (number, line) in source.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      {
        let code = line.trimmingCharacters(in: .whitespaces)
        guard !code.hasPrefix("//") else { continue }
        for (word, instead) in TidyTests.banned where code.contains(word) {
          Issue.record("\(source.path):\(number + 1): '\(word)': \(instead)")
        }
      }
    }
  }

  @Test func uncheckedSendableHasItsReasonBesideIt() throws {
    for source in try sources(below: "Modules") + sources(below: "Plugins") + sources(below: "Tools") {
      let lines = source.text.split(separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() where line.contains("@unchecked Sendable") {
        #expect(number > 0 && lines[number - 1].contains("///"), "\(source.path):\(number + 1)")
      }
    }
  }

  @Test func filesAreOfOneIdea() throws {
    for source in try sources(below: "Modules") + sources(below: "Plugins") + sources(below: "Tools") {
      let count = source.text.split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(count <= 400, "\(source.path) has \(count) lines")
    }
  }

  @Test func thePackageHasNoDependencies() throws {
    let manifest = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
    #expect(manifest.contains("dependencies: [],\n  targets:"))
    #expect(!manifest.contains(".package("))
  }

  // MARK: Looking

  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func sources(below folder: String) throws -> [(path: String, text: String)] {
    let base = root.appendingPathComponent(folder)
    let paths = try #require(FileManager.default.enumerator(atPath: base.path)?.allObjects as? [String])
    let found = try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
      ("\(folder)/\(path)", try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8))
    }
    try #require(!found.isEmpty)
    return found
  }

  private func imports(_ text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let place = words.firstIndex(of: "import"), place <= 1, words.count > place + 1,
        place == 0 || ["public", "package", "internal", "@testable"].contains(words[0])
      else { return nil }
      return String(words[place + 1])
    }
  }
}
