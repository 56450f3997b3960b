import KeyfoldCore

extension SettingReader {
  /// The setting in which a variable stands in a text of a query language (SOQL, OData, GraphQL) within an
  /// address or a JSON body: behind an odd number of its quotation marks.
  func quoting(_ variable: String) throws(SettingError) -> String? {
    let places = [("url", [["'", "%27"], ["\"", "%22"]]), ("body", [["'"], ["\\\""]])]
    for (setting, quotes) in places {
      guard let text = try text(setting) else { continue }
      var before = ""
      for part in text.split(separator: "{\(variable)}", omittingEmptySubsequences: false).dropLast() {
        before += part
        if quotes.contains(where: { marks in marks.reduce(0) { $0 + before.occurrences(of: $1) } % 2 == 1 }) {
          return setting
        }
      }
    }
    return nil
  }
}

extension String {
  fileprivate func occurrences(of text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
