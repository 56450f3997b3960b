import KeyfoldCore

/// The folder a store lives in: the seam under everything it does to a disk, so that tests can put a failing
/// one there.
protocol Disk: Sendable {
  /// Names of the files, in any order.
  func names() throws(StoreError) -> [String]
  /// Opens a file for reading and writing.
  func open(_ name: String, creating: Bool) throws(StoreError) -> any DiskFile
  /// Gives a file another name, in one step; replaces what had it.
  func rename(_ name: String, to other: String) throws(StoreError)
  /// Removes a file.
  func remove(_ name: String) throws(StoreError)
  /// Makes creations, renamings and removals durable.
  func sync() throws(StoreError)
}

/// One file. Closed when nobody holds it any more.
protocol DiskFile: Sendable {
  /// Its size in bytes.
  func size() throws(StoreError) -> Int
  /// Up to so many bytes from an offset on; fewer at the end.
  func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8]
  /// Writes all bytes at an offset.
  func write(_ bytes: [UInt8], at offset: Int) throws(StoreError)
  /// Cuts the file, or fills it with zeros, to a size.
  func resize(to size: Int) throws(StoreError)
  /// Makes what was written durable.
  func sync() throws(StoreError)
}

extension DiskFile {
  /// The whole content.
  func readAll() throws(StoreError) -> [UInt8] { try read(try size(), at: 0) }
}

extension Disk {
  /// Writes a file so that after a crash it is there as a whole, or as it was before.
  func replace(_ name: String, with bytes: [UInt8]) throws(StoreError) {
    let draft = name + ".draft"
    let file = try open(draft, creating: true)
    try file.resize(to: 0)
    try file.write(bytes, at: 0)
    try file.sync()
    try rename(draft, to: name)
    try sync()
  }
}

/// A file's name with a sequence in it, such that names sort as the sequences do.
func numbered(_ name: String, _ sequence: Int64) -> String {
  let digits = String(sequence)
  return "\(name)." + String(repeating: "0", count: max(0, 19 - digits.count)) + digits
}
