public import KeyfoldCore

/// A JSON text with variables in braces inside its strings, such as `{"email": "{value}"}`.
///
/// What takes their place is escaped, so that it cannot leave the string it stands in.
public struct BodyTemplate: Sendable {
  private let template: Template

  /// The variables that stand in it.
  public let variables: Set<String>

  /// - Parameters:
  ///   - text: the body.
  ///   - setting: what to call it in an error.
  ///   - variables: the names that may stand in it in braces; other braces are JSON's own.
  /// - Throws: `SettingError` for what is not JSON, or has a variable outside quotation marks.
  public init(_ text: String, setting: String = "body", variables: [String] = ["value"]) throws(SettingError)
  {
    template = Template(text, variables: variables)
    self.variables = template.variables
    let known = variables.map { "{\($0)}" }.joined(separator: " and ")
    do throws(JSONError) {
      // The word that stands for the variables is JSON within quotation marks only.
      _ = try JSONValue(parsing: template.marked().text)
    } catch {
      throw SettingError(setting: setting, message: "must be JSON, with \(known) inside quotation marks")
    }
  }

  /// The body with values in place of the variables.
  ///
  /// - Returns: Nil where a value is missing, empty, not UTF-8 or has control characters.
  public func filled(_ values: [String: Secret]) -> Secret? {
    template.filled(values) { bytes in
      guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
      var json = JSONWriter()
      json.string(text)
      return Array(json.bytes.dropFirst().dropLast())
    }.map { Secret(bytes: $0) }
  }
}
