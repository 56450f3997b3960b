import Foundation
import ToolHarness

/// A real browser that looks at pages, where there is one.
struct Browser {
  private let home: Keyfold

  init() throws { home = try Keyfold() }

  private static let program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Whether there is a browser; says so if not, for the skips are counted.
  static var isInstalled: Bool {
    if program == nil { print("SKIPPED: chromium is not installed, so that nobody looks at the pictures") }
    return program != nil
  }

  /// What a page turned out to be.
  struct Look {
    /// The document after scripts ran.
    let document: String
    /// What was written to the console: errors, and what the policy forbade.
    let console: [String]
  }

  /// Opens a page and waits for its scripts.
  func look(at page: String, named name: String) throws -> Look {
    guard let program = Browser.program else { throw HarnessError("there is no browser") }
    try home.write(page, to: name)
    let result = try home.run(
      program: program,
      [
        // Everything it opens was made by these tests; as root it would not start otherwise.
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr", "--v=0",
        "--window-size=1280,900", "--user-data-dir=\(home.path("profile"))",
        "--dump-dom", "file://\(home.path(name))",
      ])
    guard result.code == 0, !result.stdout.isEmpty else {
      throw HarnessError("the browser failed: \(result.stderr)")
    }
    let console = result.stderr.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init)
    return Look(document: result.stdout, console: console)
  }

  /// Opens a copy of a page in which a script of the test runs too, and returns what it found.
  ///
  /// - Parameter script: an expression.
  func evaluate(_ script: String, in page: String) throws -> JSON {
    let policy = /script-src [^;]*;/
    let copy = page.replacing(policy, with: "script-src 'unsafe-inline';")
      .replacing(
        "</body>",
        with: """
          <script>
          const found = JSON.stringify(\(script));
          document.body.textContent = "FOUND " + btoa(unescape(encodeURIComponent(found))) + " END";
          </script></body>
          """)
    let look = try look(at: copy, named: "measured.html")
    guard let match = look.document.firstMatch(of: /FOUND ([A-Za-z0-9+\/=]+) END/),
      let data = Data(base64Encoded: String(match.1))
    else { throw HarnessError("the script did not run: \(look.console)") }
    return try JSON(parsing: String(decoding: data, as: UTF8.self))
  }
}
