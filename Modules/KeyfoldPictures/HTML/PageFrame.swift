import KeyfoldCore

/// A page in one file: it loads nothing, and its policy lets it load nothing and run no script but its own.
struct PageFrame {
  let title: String
  let styles: [StaticString]
  let script: StaticString?

  func document(_ body: (inout Markup) -> Void) -> String {
    var page = Markup()
    page.raw("<!DOCTYPE html>\n")
    page.element("html", [("lang", "en")]) { html in
      html.element("head") { head in
        head.void("meta", [("charset", "utf-8")])
        head.void("meta", [("http-equiv", "Content-Security-Policy"), ("content", policy)])
        head.void("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
        head.void("meta", [("name", "color-scheme"), ("content", "light dark")])
        head.void("meta", [("name", "referrer"), ("content", "no-referrer")])
        head.element("title", text: title)
        for style in styles { head.verbatim("style", style) }
      }
      html.newLine()
      html.element("body") { content in
        body(&content)
        if let script { content.verbatim("script", script) }
      }
    }
    page.newLine()
    return page.text
  }

  private var policy: String {
    let styles = styles.map { " '\(PageFrame.hash($0))'" }.joined()
    let script = script.map { "'\(PageFrame.hash($0))'" } ?? "'none'"
    return """
      default-src 'none'; style-src\(styles); script-src \(script); base-uri 'none'; form-action 'none'
      """
  }

  /// As a content security policy names what may be in a page (CSP Level 3, section 2.3.1).
  private static func hash(_ content: StaticString) -> String {
    var digest = SHA256()
    digest.update(Array(content.description.utf8))
    return "sha256-" + base64(bytesFromHex(digest.hexDigest()) ?? [])
  }
}
