import Foundation
import Keyfold
import KeyfoldCore
import KeyfoldFileStore
import KeyfoldSQLiteStore
import KeyfoldTesting
import Testing

@Suite struct StoreConformanceTests {
  @Test(arguments: StoreConformance.cases)
  func memoryStore(_ sentence: StoreConformance.Case) async throws {
    try await sentence.run(on: StoreConformance(reopen: { $0 }, makeStore: { MemoryStore() }))
  }

  @Test(arguments: StoreConformance.cases)
  func sqliteStore(_ sentence: StoreConformance.Case) async throws {
    try await withFolder { folder in
      let conformance = StoreConformance(
        reopen: { store in SQLiteStore(path: (store as? SQLiteStore)?.path ?? "") },
        makeStore: { SQLiteStore(path: folder.appendingPathComponent("\(UUID().uuidString).db").path) })
      try await sentence.run(on: conformance)
    }
  }

  @Test(arguments: StoreConformance.cases)
  func fileStore(_ sentence: StoreConformance.Case) async throws {
    try await withFolder { folder in
      let conformance = StoreConformance(
        reopen: { store in FileStore(path: (store as? FileStore)?.path ?? "") },
        makeStore: { FileStore(path: folder.appendingPathComponent(UUID().uuidString).path) })
      try await sentence.run(on: conformance)
    }
  }

  /// The numbered contract in the documentation and the cases are the same sentences.
  @Test func contractAndCasesAgree() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(
        "Modules/KeyfoldCore/KeyfoldCore.docc/StoreContract.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").map(String.init)
    let sentences = lines.filter { $0.first?.isNumber ?? false }
    #expect(sentences == StoreConformance.cases.map(\.description))
  }
}

/// Lends a folder that goes afterwards.
func withFolder(_ body: (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyfold-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer {
    do { try FileManager.default.removeItem(at: folder) } catch {
      Issue.record("\(folder) stays: \(error)")
    }
  }
  try await body(folder)
}
