import Keyfold
import KeyfoldCore

/// One line of an import, or one record of CSV data, which may take several lines.
struct ImportLine: Sendable {
  /// Line it begins in, from 1.
  let number: Int
  /// As it stands in the file; empty where it is too long to be kept.
  let text: ArraySlice<UInt8>
  /// The capture's id, wherever it could be read.
  var id: String?
  /// The capture, or why there is none.
  var capture: Result<Capture, CaptureError>
}

/// Reads the captures of a file, whatever form it has.
struct ImportSource {
  /// What the options say of reading.
  struct Options: Sendable {
    /// `ndjson` or `csv`; nil to tell by the first character, which is `{` in NDJSON.
    var format: String?
    var mappings: [String] = []
    var ignoresUnmapped = false
    /// What is taken where a line says nothing.
    var template = Capture()
  }

  // One of the two.
  private var ndjson: LineReader?
  private var csv: CSVReader?
  /// What the columns of CSV data mean.
  private let columns: ColumnMap?
  private let template: Capture
  /// Names of the columns of CSV data; nil for NDJSON.
  let header: [String]?

  /// Members a file of refused lines has beside those of a capture.
  static let errorMembers = ["line", "error"]

  /// Reads as much as tells what form the file has, and what its columns mean.
  init(_ input: InputBytes, _ options: Options, space: Space) throws {
    var input = input
    var begun: [UInt8] = []
    var isCSV = options.format.map { $0 == "csv" }
    while isCSV == nil, begun.count < Limits.lineBytes, try input.read(into: &begun, wait: true) {
      isCSV = ImportSource.looksLikeCSV(begun)
    }
    template = options.template
    guard isCSV ?? false else {
      if !options.mappings.isEmpty {
        throw Failure(
          .usage, "--map is for CSV files; this one begins as NDJSON does (--format csv to read it as CSV)")
      }
      (ndjson, columns, header) = (LineReader(input, begun: begun), nil, nil)
      return
    }
    var reader = CSVReader(input, begun: begun)
    guard let first = try reader.next(most: 1)?.first else {
      throw Failure(.refusedInput, "the file has no header row that names its columns")
    }
    let names: [String]
    do throws(CaptureError) { names = try first.fields.get() } catch {
      throw Failure(.refusedInput, "the header row cannot be read: \(error)")
    }
    columns = try ColumnMap(
      header: names, mappings: options.mappings, ignoresUnmapped: options.ignoresUnmapped, space: space)
    csv = reader
    header = names
  }

  /// Nil where too little is known.
  private static func looksLikeCSV(_ bytes: [UInt8]) -> Bool? {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    guard let first = text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return nil }
    return first != UInt8(ascii: "{")
  }

  /// Bytes of the file itself that were read.
  var bytesRead: Int { ndjson?.bytesRead ?? csv?.bytesRead ?? 0 }

  /// Everything that decides what a line says beside the line itself.
  var settings: String {
    "\(columns.map { "csv of \($0.description)" } ?? "ndjson") at \(template.touchpoint)"
  }

  /// The next lines, as many as are there; nil at the end or after an interrupt.
  ///
  /// - Parameters:
  ///   - wait: false to take what is there already; then nil also where nothing is.
  ///   - ids: makes ids for captures that have none.
  mutating func next(wait: Bool, ids: DerivedIDs?) throws -> [ImportLine]? {
    guard var lines = try read(wait: wait) else { return nil }
    guard let ids else { return lines }
    for place in lines.indices {
      ids.pass(lines[place].text)
      if case .success(var capture) = lines[place].capture, capture.id == nil {
        capture.id = ids.id(line: lines[place].number)
        lines[place].capture = .success(capture)
      }
    }
    return lines
  }

  private mutating func read(wait: Bool) throws -> [ImportLine]? {
    if let columns { return try csv?.next(wait: wait)?.map { line($0, columns) } }
    return try ndjson?.next(wait: wait)?.map(line)
  }

  private func line(_ line: LineReader.Line) -> ImportLine {
    switch line {
    case .tooLong(let number): return ImportLine(number: number, text: [], capture: .failure(.lineTooLong))
    case .text(let number, let bytes):
      let read = CaptureLine(bytes, from: template, passingOver: ImportSource.errorMembers)
      return ImportLine(number: number, text: bytes, id: read.id, capture: read.capture)
    }
  }

  private func line(_ record: CSVReader.Record, _ map: ColumnMap) -> ImportLine {
    switch record.fields {
    case .failure(let error):
      return ImportLine(number: record.line, text: record.text, capture: .failure(error))
    case .success(let fields):
      let read = map.capture(from: fields, template: template)
      return ImportLine(number: record.line, text: record.text, id: read.id, capture: read.capture)
    }
  }
}
