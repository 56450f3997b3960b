extension Markup {
  /// A table with a head; it can be scrolled where it is wider than the page.
  mutating func table(_ columns: [String], caption: String? = nil, rows: (inout Markup) -> Void) {
    element("div", [("class", "wide")]) { div in
      div.element("table") { table in
        if let caption { table.element("caption", text: caption) }
        table.element("thead") { head in
          head.element("tr") { row in
            for column in columns { row.element("th", [("scope", "col")], text: column) }
          }
        }
        table.element("tbody", [], rows)
      }
    }
  }
}
