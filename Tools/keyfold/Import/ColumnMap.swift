import Keyfold
import KeyfoldCore

/// What the columns of a CSV file say of a capture.
struct ColumnMap: Sendable {
  /// What a column holds.
  private enum Target: Hashable {
    case key(String)
    case datum(String)
    case touchpoint
    case tid
    case id
    case at
    case nothing

    /// As it is written; a change of what it writes is a change of the ids of lines.
    var name: String {
      switch self {
      case .key(let attribute): "keys.\(attribute)"
      case .datum(let name): "data.\(name)"
      case .touchpoint: "touchpoint"
      case .tid: "tid"
      case .id: "id"
      case .at: "at"
      case .nothing: ""
      }
    }
  }

  /// Columns the file of refused records has before its own.
  static let errorColumns = ["import_line", "import_error"]

  private let targets: [Target]

  /// Finds out what every column means.
  ///
  /// - Parameters:
  ///   - mappings: `COLUMN=TARGET`, as the option says them.
  ///   - ignoresUnmapped: whether columns that mean nothing are passed over.
  init(header: [String], mappings: [String], ignoresUnmapped: Bool, space: Space) throws {
    let wanted = try ColumnMap.wanted(mappings, header, space)
    var unmapped: [String] = []
    var targets: [Target] = []
    for column in header {
      if let target = wanted[ExactText(column)] ?? ColumnMap.target(column, space) {
        targets.append(target)
      } else {
        if !ColumnMap.errorColumns.contains(column) { unmapped.append(column) }
        targets.append(.nothing)
      }
    }
    if !unmapped.isEmpty && !ignoresUnmapped { throw ColumnMap.failure(unmapped, space) }
    try ColumnMap.refuseUseless(targets)
    self.targets = targets
  }

  /// What decides how a record is read, in words.
  var description: String { targets.map(\.name).joined(separator: ",") }

  private static func wanted(
    _ mappings: [String], _ header: [String], _ space: Space
  ) throws -> [ExactText: Target] {
    var wanted: [ExactText: Target] = [:]
    for mapping in mappings {
      guard let equals = mapping.lastIndex(of: "="), equals > mapping.startIndex else {
        throw Failure(.usage, "--map takes column=target, not '\(visible(mapping))'")
      }
      let column = String(mapping[..<equals])
      let name = String(mapping[mapping.index(after: equals)...])
      guard header.contains(where: { sameBytes($0, column) }) else {
        let hint = nearest(to: column, among: header).map { "did you mean '\(visible($0))'?" }
        throw Failure(
          .usage,
          "--map: the file has no column '\(visible(column))'; \(hint ?? "it has \(list(header))")")
      }
      guard let target = target(name, space) else {
        let hint = nearest(to: name, among: targetNames(space)).map { "; did you mean '\($0)'?" }
        throw Failure(
          .usage,
          "--map: '\(visible(name))' is nothing a column can hold\(hint ?? "; \(choice(space)) are")")
      }
      if wanted.updateValue(target, forKey: ExactText(column)) != nil {
        throw Failure(.usage, "--map: the column '\(visible(column))' is mapped twice")
      }
    }
    return wanted
  }

  /// Reads the name of a target; the words of a capture go before attributes of the same name, which
  /// `keys.NAME` means in any case.
  private static func target(_ name: String, _ space: Space) -> Target? {
    switch name {
    case "touchpoint": return .touchpoint
    case "tid": return .tid
    case "id": return .id
    case "at": return .at
    default: break
    }
    if space.strength(of: name) != nil { return .key(name) }
    if name.hasPrefix("keys."), space.strength(of: String(name.dropFirst(5))) != nil {
      return .key(String(name.dropFirst(5)))
    }
    if name.hasPrefix("data."), name.utf8.count > 5 { return .datum(String(name.dropFirst(5))) }
    return nil
  }

  private static func targetNames(_ space: Space) -> [String] {
    space.attributes.map(\.name) + ["touchpoint", "tid", "id", "at"]
  }

  private static func choice(_ space: Space) -> String {
    targetNames(space).joined(separator: ", ") + " and data.NAME"
  }

  private static func list(_ names: [String]) -> String {
    names.map { "'\(visible($0))'" }.joined(separator: ", ")
  }

  private static func failure(_ unmapped: [String], _ space: Space) -> Failure {
    let hints = unmapped.compactMap { column in
      nearest(to: column, among: targetNames(space)).map { "'\(visible(column))' may be '\($0)'" }
    }
    return Failure(
      .usage,
      """
      what is in the column\(unmapped.count == 1 ? "" : "s") \(list(unmapped))? \
      \(hints.isEmpty ? "" : hints.joined(separator: ", ") + ". ")\
      Say it with --map COLUMN=TARGET (\(choice(space))), or pass such columns over with --ignore-unmapped
      """)
  }

  private static func refuseUseless(_ targets: [Target]) throws {
    for target in [Target.touchpoint, .tid, .id, .at] where targets.count(where: { $0 == target }) > 1 {
      throw Failure(.usage, "several columns hold the '\(target.name)'; a capture has one")
    }
    if targets.allSatisfy({ $0 == .nothing }) {
      throw Failure(.usage, "no column of the file says anything of a capture; see 'keyfold import --help'")
    }
  }

  /// The capture a record says; empty values say nothing.
  ///
  /// - Parameter template: what is taken where the record says nothing.
  func capture(
    from fields: [String], template: Capture
  ) -> (id: String?, capture: Result<Capture, CaptureError>) {
    guard fields.count == targets.count else {
      return (
        nil,
        .failure(
          CaptureError(
            .malformedField, "the record has \(fields.count) values, but the header has \(targets.count)"))
      )
    }
    var capture = template
    var error: CaptureError?
    for (target, value) in zip(targets, fields) where !value.isEmpty {
      switch target {
      case .key(let attribute): capture.keys.append(attribute: attribute, value: value)
      case .datum(let name): capture.data[ExactText(name)] = value
      case .touchpoint: capture.touchpoint = value
      case .id: capture.id = value
      case .tid:
        capture.tid = TID(value)
        if capture.tid == nil { error = error ?? .notATID }
      case .at:
        capture.at = Timestamp(value)
        if capture.at == nil { error = error ?? .notATime }
      case .nothing: break
      }
    }
    return (capture.id, error.map { .failure($0) } ?? .success(capture))
  }
}
