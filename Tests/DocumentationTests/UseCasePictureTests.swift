import Foundation
import PageReader
import Testing
import ToolHarness

/// The pictures of the use cases are what the tool draws today.
@Suite struct UseCasePictureTests {
  @Test func areWhatTheToolDraws() throws {
    let home = try Keyfold()
    let script = Page.root.appendingPathComponent("Tools/pictures").path
    let result = try home.run(program: "/bin/bash", [script, try Keyfold.tool(), home.path("drawn")])
    try #require(result.code == 0, "\(result)")
    let resources = Page.root.appendingPathComponent("Modules/Keyfold/Keyfold.docc/Resources")
    let names = try FileManager.default.contentsOfDirectory(atPath: resources.path).sorted()
    #expect(try FileManager.default.contentsOfDirectory(atPath: home.path("drawn")).sorted() == names)
    for name in names {
      let kept = try String(contentsOf: resources.appendingPathComponent(name), encoding: .utf8)
      let isSame = try home.text(of: "drawn/\(name)") == kept
      #expect(isSame, "\(name): Tools/pictures TOOL Modules/Keyfold/Keyfold.docc/Resources draws them anew")
    }
  }

  @Test func eachIsShownOnce() throws {
    let page = try Page("Modules/Keyfold/Keyfold.docc/TenMinutes.md")
    let shown = page.text.matches(of: /!\[[^\]]+\]\((use-case-[0-9a-c]+\.svg)\)/).map { String($0.1) }
    let resources = Page.root.appendingPathComponent("Modules/Keyfold/Keyfold.docc/Resources")
    #expect(shown == (try FileManager.default.contentsOfDirectory(atPath: resources.path).sorted()))
  }
}
