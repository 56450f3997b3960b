import Foundation
import PageReader
import Testing

/// Links between files of the repository lead somewhere; docc looks after those between articles.
@Suite struct LinkTests {
  @Test func relativeLinksLeadToFiles() throws {
    var count = 0
    for page in try Page.all() + [Page(".github/CHANGELOG.md")] {
      let folder = Page.root.appendingPathComponent(page.path).deletingLastPathComponent()
      for link in page.text.matches(of: /[^!]\[[^\]]+\]\(([^)\s]+)\)/).map({ String($0.1) }) {
        guard !link.contains(":"), !link.hasPrefix("#") else { continue }
        count += 1
        let target = folder.appendingPathComponent(link).standardizedFileURL.path
        #expect(FileManager.default.fileExists(atPath: target), "\(page.path) links to \(link)")
      }
    }
    #expect(count > 20)
  }

  /// Where a page names a script or a folder of the repository in code voice, it is there.
  @Test func namedPathsAreThere() throws {
    var count = 0
    for page in try Page.all() {
      for match in page.text.matches(of: /`((?:Tools|Tests|Modules|Plugins)\/[A-Za-z0-9_.\/-]+)`/) {
        count += 1
        let path = String(match.1)
        let isThere = FileManager.default.fileExists(atPath: Page.root.appendingPathComponent(path).path)
        #expect(isThere, "\(page.path) names \(path)")
      }
    }
    #expect(count > 20)
  }
}
