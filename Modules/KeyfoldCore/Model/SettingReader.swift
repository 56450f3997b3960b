/// Reads settings of a space file by name and type, with `${NAME}` filled in from the environment.
///
/// What comes back may hold a secret, whatever kind it is; complaints never quote a setting that has a variable
/// in it.
public struct SettingReader: Sendable {
  /// The settings as they stand in the file.
  public let settings: Setting
  /// Where they stand, for complaints; empty at the top.
  private let path: String
  private let environment: @Sendable (String) -> String?

  /// - Parameters:
  ///   - settings: a map.
  ///   - environment: the value of a variable, nil where it is not set.
  public init(_ settings: Setting, environment: @escaping @Sendable (String) -> String?) {
    self.init(settings, path: "", environment: environment)
  }

  private init(_ settings: Setting, path: String, environment: @escaping @Sendable (String) -> String?) {
    self.settings = settings
    self.path = path
    self.environment = environment
  }

  /// The same without some of the settings.
  package func without(_ names: [String]) -> SettingReader {
    guard case .map(let entries) = settings else { return self }
    let others = entries.filter { entry in !names.contains { sameBytes($0, entry.name) } }
    return SettingReader(.map(others), path: path, environment: environment)
  }

  /// Whether the setting is there.
  public func has(_ name: String) -> Bool { settings[name] != nil }

  /// A text, or nil where it is not set.
  public func text(_ name: String) throws(SettingError) -> String? {
    guard let setting = settings[name] else { return nil }
    return try text(setting, name)
  }

  /// A text that must be there and not be empty.
  public func requiredText(_ name: String) throws(SettingError) -> String {
    guard let text = try text(name), !text.isEmpty else {
      throw SettingError(setting: full(name), message: "is missing")
    }
    return text
  }

  /// A text that must not be seen.
  public func secret(_ name: String) throws(SettingError) -> Secret? { try text(name).map { Secret($0) } }

  /// A whole number in a range.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(SettingError) -> Int? {
    guard let text = try text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw SettingError(
        setting: full(name),
        message: "takes a whole number from \(range.lowerBound) to \(range.upperBound)\(quoted(name))")
    }
    return number
  }

  /// Whole numbers in a range: a list, or one alone. Never an empty list.
  public func integers(_ name: String, in range: ClosedRange<Int>) throws(SettingError) -> [Int]? {
    guard let texts = try texts(name) else { return nil }
    let numbers = texts.compactMap { Int($0) }.filter(range.contains)
    guard !numbers.isEmpty, numbers.count == texts.count else {
      throw SettingError(
        setting: full(name),
        message: "takes whole numbers from \(range.lowerBound) to \(range.upperBound)\(quoted(name))")
    }
    return numbers
  }

  /// `true` or `false`.
  public func bool(_ name: String) throws(SettingError) -> Bool? {
    switch try text(name) {
    case nil: return nil
    case "true": return true
    case "false": return false
    default: throw SettingError(setting: full(name), message: "is true or false\(quoted(name))")
    }
  }

  /// One of a list of words.
  public func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ words: Word.Type = Word.self
  ) throws(SettingError) -> Word? {
    guard let text = try text(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw SettingError(setting: full(name), message: "is one of \(known)\(quoted(name))")
    }
    return word
  }

  /// Some of a list of words: a list, or one alone. Never an empty list, nor one with a word twice.
  public func words<Word: RawRepresentable<String> & CaseIterable & Hashable>(
    _ name: String, _ words: Word.Type = Word.self
  ) throws(SettingError) -> [Word]? {
    guard let setting = settings[name] else { return nil }
    let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
    let rule = "lists some of \(known), each once"
    var found: [Word] = []
    for item in setting.list ?? [setting] {
      guard let word = Word(rawValue: try text(item, name)), !found.contains(word) else {
        throw SettingError(setting: full(name), message: rule + quoted(item))
      }
      found.append(word)
    }
    if found.isEmpty { throw SettingError(setting: full(name), message: rule) }
    return found
  }

  /// Texts: a list, or one alone.
  public func texts(_ name: String) throws(SettingError) -> [String]? {
    guard let setting = settings[name] else { return nil }
    var texts: [String] = []
    for item in setting.list ?? [setting] { texts.append(try text(item, name)) }
    return texts
  }

  /// The settings in a map, or nil where it is not set.
  ///
  /// - Parameters:
  ///   - name: of the setting.
  ///   - known: the names it may have; others are refused.
  public func map(_ name: String, known: [String]? = nil) throws(SettingError) -> SettingReader? {
    guard let setting = settings[name] else { return nil }
    guard case .map(let entries) = setting else {
      throw SettingError(setting: full(name), message: "is a map of settings")
    }
    if let known,
      let stranger = entries.first(where: { entry in !known.contains { sameBytes($0, entry.name) } })
    {
      let hint = nearest(to: stranger.name, among: known).map { "; did you mean '\($0)'?" }
      throw SettingError(
        setting: full(name),
        message: "has no '\(stranger.name)'\(hint ?? "; it has \(known.joined(separator: ", "))")")
    }
    return SettingReader(setting, path: full(name), environment: environment)
  }

  /// Name and text of every member of a map, in the order of the file.
  public func pairs(_ name: String) throws(SettingError) -> [(name: String, value: String)] {
    guard let map = try map(name), case .map(let entries) = map.settings else { return [] }
    var pairs: [(name: String, value: String)] = []
    for entry in entries { pairs.append((entry.name, try map.text(entry.value, entry.name))) }
    return pairs
  }

  /// Names of the environment's variables that the settings speak of and that are not set, each once.
  package var missingVariables: [String] {
    var missing: [String] = []
    func look(_ setting: Setting) {
      switch setting {
      case .scalar(let text):
        for case .variable(let name) in EnvironmentText(text)?.pieces ?? [] {
          if environment(name) == nil, !missing.contains(name) { missing.append(name) }
        }
      case .array(let list): for item in list { look(item) }
      case .map(let entries): for entry in entries { look(entry.value) }
      }
    }
    look(settings)
    return missing
  }

  private func text(_ setting: Setting, _ name: String) throws(SettingError) -> String {
    guard let text = setting.text else { throw SettingError(setting: full(name), message: "is a text") }
    do throws(EnvironmentError) {
      let value = try expandEnvironment(text, setting: full(name), environment: environment)
      return value.withExposedBytes { String(decoding: $0, as: UTF8.self) }
    } catch {
      throw SettingError(
        setting: full(name),
        message: error.variable.map { "needs the environment variable \($0), which is not set" }
          ?? EnvironmentText.rule)
    }
  }

  private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// What stands in the file, if no variable is in it.
  private func quoted(_ name: String) -> String { settings[name].map(quoted) ?? "" }

  private func quoted(_ setting: Setting) -> String {
    guard let text = setting.text, let literal = EnvironmentText(text)?.literal else { return "" }
    return ", not '\(literal)'"
  }
}

/// Why a setting cannot be used; never quotes a secret.
public struct SettingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The setting, for example `breaker.openMs`.
  public let setting: String
  /// What is wrong with it.
  public let message: String

  /// Makes an error.
  public init(setting: String, message: String) {
    self.setting = setting
    self.message = message
  }

  /// Both in one sentence.
  public var description: String { "'\(setting)' \(message)" }
}
