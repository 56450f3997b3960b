import Glibc
import KeyfoldCore

/// An open file store: the journal, the index made from it, and what is known of the folder.
struct Session: Sendable {
  let disk: any Disk
  private let lock: FolderLock?
  let identity: StoreIdentity
  /// Made with the store's secret.
  let digests: KeyedDigests
  var index: StateIndex
  var journal: Journal
  /// Set by a failed write, after which nothing may be acknowledged until the store is opened again.
  private var latch: StoreError?
  /// Size of the checkpoint the session began with.
  private let checkpointBytes: Int

  /// A checkpoint is worth writing when so many bytes were read or written since the last one, or half as
  /// many as it has.
  private static let checkpointWorthBytes = 1 << 20

  init(
    disk: any Disk, lock: FolderLock?, space: Space, acceptingChange: Bool, mayCreate: Bool,
    newSecret: Secret?, segmentBytesMax: Int
  ) throws(StoreError) {
    self.disk = disk
    self.lock = lock
    try ErasureIntent.complete(on: disk)
    let known = try Meta(disk)
    guard known != nil || mayCreate else {
      throw StoreError(
        .missing, "the folder is empty; 'keyfold init' or a first 'keyfold capture' makes a store of it")
    }
    let differences = known?.rules.differences(to: SpaceRecord(space)) ?? []
    if let known, !differences.isEmpty, !acceptingChange { throw known.rules.refusal(of: differences) }
    let secret = known?.secret ?? newSecret ?? Secret(bytes: randomBytes(32))
    digests = KeyedDigests(key: secret)
    let empty = StateIndex(space: space, digests: digests)
    let checkpoint = try Checkpoint.newest(on: disk, over: empty)
    checkpointBytes = checkpoint?.byteCount ?? 0
    var index = checkpoint?.index ?? empty
    journal = try Journal(
      disk, from: checkpoint?.place, after: index.sequence, marks: checkpoint?.marks ?? [],
      isNew: known == nil, segmentBytesMax: segmentBytesMax
    ) { entry throws(StoreError) in
      try index.apply(try JournalEntry(decoding: Array(entry), space: space))
    }
    self.index = index
    // Last of all: a folder is a store once it knows itself, and then it has a journal.
    var meta: Meta
    if let known { meta = known } else { meta = try Meta.create(on: disk, space: space, secret: secret) }
    identity = StoreIdentity(secret: secret, sequence: index.sequence + (differences.isEmpty ? 0 : 1))
    if !differences.isEmpty {
      try accept(differences)
      meta.rules = SpaceRecord(space)
      try meta.write(to: disk)
    }
  }

  private mutating func accept(_ differences: [String]) throws(StoreError) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let entry = JournalEntry(
      sequence: index.sequence + 1,
      at: Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000),
      event: .operation(.changeSpace(differences: differences)), effects: [])
    try journal.append([entry.encoded])
    try index.apply(entry)
  }

  // MARK: Writing

  /// Carries out several tasks' steps with one write; all of them are durable or none is acknowledged.
  mutating func carryOut(_ jobs: [[TransactionStep]]) -> [Result<Int, StoreError>] {
    do throws(StoreError) {
      try requireTrust()
      var entries: [[UInt8]] = []
      var counts: [Int] = []
      for steps in jobs { counts.append(try decide(steps, &entries)) }
      if !entries.isEmpty { try journal.append(entries) }
      return counts.map { .success($0) }
    } catch {
      // The index may be ahead of the disk now: only opening again makes them one.
      distrust(error)
      return jobs.map { _ in .failure(error) }
    }
  }

  private mutating func decide(_ steps: [TransactionStep], _ entries: inout [[UInt8]]) throws(StoreError)
    -> Int
  {
    for (place, step) in steps.enumerated() {
      switch step.decide(index.snapshot(step.footprint)) {
      case .nothing: continue
      case .stop: return place
      case .commit(let entry):
        entries.append(entry.encoded)
        try index.apply(entry)
      }
    }
    return steps.count
  }

  var isUntrusted: Bool { latch != nil }

  /// Takes nothing more until the store is opened again.
  mutating func distrust(_ error: StoreError) { latch = latch ?? error }

  /// After a failed write the index may be ahead of the disk: nothing may be read from it or made of it.
  func requireTrust() throws(StoreError) {
    guard let latch else { return }
    throw StoreError(
      latch.code, "an earlier write failed; open the store again", underlying: latch.description)
  }

  // MARK: Maintenance

  /// Makes opening quick and removes what is of no use any more.
  func compact() throws(StoreError) {
    try requireTrust()
    try Checkpoint.write(index, journal, to: disk)
    try removeDrafts()
  }

  /// Removes what interruptions left behind.
  func removeDrafts() throws(StoreError) {
    for name in try disk.names() where name.hasSuffix(".draft") { try disk.remove(name) }
    try disk.sync()
  }

  /// Bytes of all files.
  func byteCount() throws(StoreError) -> Int {
    var count = 0
    for name in try disk.names() { count += try disk.open(name, creating: false).size() }
    return count
  }

  /// Copies what is durable now into an empty folder.
  func backup(to other: any Disk) throws(StoreError) {
    for segment in journal.segments {
      let size = segment.firstSequence == journal.end.segment ? journal.end.offset : try segment.file.size()
      let copy = try other.open(segment.name, creating: true)
      for offset in stride(from: 0, to: size, by: Journal.fillBytes) {
        try copy.write(try segment.file.read(min(Journal.fillBytes, size - offset), at: offset), at: offset)
      }
      try copy.sync()
    }
    // Last, because it makes the folder a store.
    try other.replace(Meta.name, with: try disk.open(Meta.name, creating: false).readAll())
  }

  // MARK: Closing

  func close() throws(StoreError) {
    guard latch == nil else { return }
    if journal.bytesPassed >= max(Session.checkpointWorthBytes, checkpointBytes / 2) {
      try Checkpoint.write(index, journal, to: disk)
    }
    try journal.trim()
  }
}
