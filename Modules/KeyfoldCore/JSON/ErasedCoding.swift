/// What was erased as a JSON object: the line `keyfold erase` prints.

extension Erased {
  /// Writes `tids`, `keys`, `sequence` and whether the files are clean.
  package func write(into json: inout JSONWriter) {
    json.object { json in
      json.name("tids")
      json.array(tids) { $0.tid($1) }
      json.member("keys", keys)
      json.member("sequence", sequence)
      json.member("finished", remains == nil)
    }
  }
}
