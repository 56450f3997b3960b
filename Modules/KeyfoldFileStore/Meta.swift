import KeyfoldCore

/// What a store knows of itself: a small JSON file that is replaced as a whole.
struct Meta {
  static let name = "store.json"
  /// Layout of the folder and its files.
  private static let format: Int64 = 1

  let secret: Secret
  var rules: SpaceRecord

  /// Reads the file; nil where there is none and the folder is empty.
  init?(_ disk: any Disk) throws(StoreError) {
    let names = try disk.names()
    guard names.contains(Meta.name) else {
      // A crash while a store was made leaves its first, empty journal file.
      let own = ["lock", Segment.name(firstSequence: 1)]
      let others = names.filter { !own.contains($0) && !$0.hasSuffix(".draft") }
      guard others.isEmpty else {
        throw StoreError(
          .incompatible,
          "the folder is not empty and holds no Keyfold store (there is '\(others.sorted()[0])')")
      }
      if names.contains(own[1]), try disk.open(own[1], creating: false).size() > Segment.headerBytes {
        throw StoreError(
          .damaged, "the folder has a journal, but no '\(Meta.name)'; restore it from a backup")
      }
      return nil
    }
    let bytes = try disk.open(Meta.name, creating: false).readAll()
    do {
      let json = try JSONValue(parsing: bytes[...])
      let format = try json.require("format", \.integer)
      guard format <= Meta.format else {
        throw StoreError(
          .incompatible, "the store was written by a newer Keyfold (format \(format)); upgrade Keyfold")
      }
      guard let secret = bytesFromHex(try json.require("secret", \.string)), secret.count >= 16,
        let rules = SpaceRecord(decoding: try json.require("rules", \.string))
      else { throw StoreError(.damaged, "'\(Meta.name)' is damaged; restore it from a backup") }
      self.secret = Secret(bytes: secret)
      self.rules = rules
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(
        .damaged, "'\(Meta.name)' is damaged; restore it from a backup", underlying: "\(error)")
    }
  }

  private init(secret: Secret, rules: SpaceRecord) {
    self.secret = secret
    self.rules = rules
  }

  static func create(on disk: any Disk, space: Space, secret: Secret) throws(StoreError) -> Meta {
    let meta = Meta(secret: secret, rules: SpaceRecord(space))
    try meta.write(to: disk)
    return meta
  }

  func write(to disk: any Disk) throws(StoreError) {
    var json = JSONWriter()
    json.object { json in
      json.member("format", Meta.format)
      json.member("secret", secret.withExposedBytes { hexadecimal(Array($0)) })
      json.member("rules", rules.encoded)
    }
    json.newLine()
    try disk.replace(Meta.name, with: json.bytes)
  }
}
