import CLinux
import Glibc
public import KeyfoldCore

/// What was kept and what was lost when a damaged store was salvaged.
public struct SalvageReport: Sendable, Hashable {
  /// Entries that were intact.
  public var kept = 0
  /// Sequences of the entries that are lost; an entry that says so stands in the place of each.
  public var lost: [ClosedRange<Int64>] = []
  /// Sequences of intact entries some of whose effects could not be kept, because they build on lost ones.
  public var partly: [Int64] = []
  /// Where the damaged store is now.
  public var damagedPath = ""
}

extension FileStore {
  /// Keeps every intact entry of a damaged store and lists what was lost.
  ///
  /// The intact entries go into a new folder, which takes the store's place when it is whole; the damaged store stays beside
  /// it under the name it is given back. Safe to interrupt: until the last step the store is what it was.
  ///
  /// - Throws: `StoreError.missing` where there is no store, `.busy` where it is in use, `.cannotCreate` where the remains
  ///   of an earlier salvage are in the way.
  public static func salvage(path: String, space: Space) throws(StoreError) -> SalvageReport {
    let (draft, damaged) = (path + ".salvaged", path + ".damaged")
    for other in [draft, damaged] where access(other, F_OK) == 0 {
      throw StoreError(.cannotCreate, "'\(other)' is in the way; look at it and move it elsewhere")
    }
    let disk = try SystemDisk(path: path, creating: false)
    let lock = try FolderLock(folder: path)
    defer { withExtendedLifetime(lock) {} }
    var report = try Salvage(from: disk, space: space).write(to: try SystemDisk(path: draft, creating: true))
    // In one step: there is a store under its name at every moment.
    guard keyfold_exchange(draft, path) == 0 else {
      throw SystemDisk.error("'\(draft)' and '\(path)' cannot change places")
    }
    guard Glibc.rename(draft, damaged) == 0 else {
      throw SystemDisk.error("'\(draft)' cannot be renamed to '\(damaged)'")
    }
    try makeDurable(parentFolder(of: path))
    report.damagedPath = damaged
    return report
  }
}

/// Reads a damaged journal and writes what is left of it as a whole one.
struct Salvage {
  private let meta: Meta
  private let space: Space
  /// Intact entries, by sequence.
  private var entries: [Int64: JournalEntry] = [:]

  /// Entries that are written as one group.
  private static let groupSize = 1000

  init(from disk: any Disk, space: Space) throws(StoreError) {
    guard let meta = try Meta(disk) else {
      throw StoreError(.missing, "the folder holds no store")
    }
    self.meta = meta
    self.space = space
    for first in try disk.names().compactMap(Segment.firstSequence).sorted() {
      let name = Segment.name(firstSequence: first)
      try read(Segment(file: try disk.open(name, creating: false), name: name, firstSequence: first))
    }
  }

  /// Reads every whole group of a segment, whatever stands between them.
  private mutating func read(_ segment: Segment) throws(StoreError) {
    let bytes = try segment.file.readAll()
    // One before the first byte a group may begin at.
    var offset = Segment.headerBytes - 1
    while let (found, header) = Segment.wholeGroup(in: bytes, after: offset) {
      let content = bytes[(found + GroupHeader.byteCount)...].prefix(header.contentBytes)
      for (place, text) in (GroupHeader.entries(in: content) ?? []).enumerated() {
        // An entry that cannot be read is lost like one that is not there.
        guard let entry = try? JournalEntry(decoding: Array(text), space: space),
          entry.sequence == header.firstSequence + Int64(place)
        else { continue }
        entries[entry.sequence] = entry
      }
      offset = found + header.paddedBytes - 1
    }
  }

  /// Writes a whole journal with a placeholder for each lost entry.
  func write(to disk: any Disk) throws(StoreError) -> SalvageReport {
    var report = SalvageReport()
    var index = StateIndex(space: space, digests: KeyedDigests(key: meta.secret))
    var journal = try Journal(disk, from: nil, after: 0, marks: [], isNew: true) { _ throws(StoreError) in }
    var group: [[UInt8]] = []
    var sequence: Int64 = 0
    for number in entries.keys.sorted() {
      while sequence + 1 < number {
        sequence += 1
        report.lose(sequence)
        let lost = JournalEntry(
          sequence: sequence, at: entries[number]?.at ?? Timestamp(microseconds: 0), event: .operation(.lost),
          effects: [])
        group.append(lost.encoded)
      }
      sequence = number
      guard let entry = entries[number] else { continue }
      let kept = applicable(entry, &index)
      if kept.effects != entry.effects { report.partly.append(number) }
      report.kept += 1
      group.append(kept.encoded)
      if group.count >= Salvage.groupSize {
        try journal.append(group)
        group = []
      }
    }
    if !group.isEmpty { try journal.append(group) }
    try journal.trim()
    try meta.write(to: disk)
    return report
  }

  /// The entry with the effects that can be applied to what is left, applied.
  private func applicable(_ entry: JournalEntry, _ index: inout StateIndex) -> JournalEntry {
    var kept: [Effect] = []
    for effect in entry.effects {
      var tried = [effect]
      if let key = effect.keyToOwn, let owner = index.claims(on: key).first, owner.verified {
        // The release of the former owner is among what was lost.
        tried.insert(.released(key, origin: owner.origin, verified: true, why: .superseded), at: 0)
      }
      for effect in tried {
        let alone = JournalEntry(
          sequence: entry.sequence, at: entry.at, event: .operation(.lost), effects: [effect])
        if index.isApplicable(effect), (try? index.apply(alone)) != nil { kept.append(effect) }
      }
    }
    return JournalEntry(sequence: entry.sequence, at: entry.at, event: entry.event, effects: kept)
  }
}

extension SalvageReport {
  fileprivate mutating func lose(_ sequence: Int64) {
    if let last = lost.last, last.upperBound + 1 == sequence {
      lost[lost.count - 1] = last.lowerBound...sequence
    } else {
      lost.append(sequence...sequence)
    }
  }
}

extension Effect {
  /// The key that gets an owner by this effect.
  fileprivate var keyToOwn: Key? {
    switch self {
    case .claimed(let key, _, true, _, _), .verified(let key, _, _, _): key
    case .restored(let claim): claim.verified ? claim.key : nil
    default: nil
    }
  }
}

extension StateIndex {
  /// Whether an effect makes sense on this state; a missing TID or claim shows when it is applied.
  fileprivate func isApplicable(_ effect: Effect) -> Bool {
    switch effect {
    case .born(let tid, _, _): return number(of: tid) == nil
    case .merged(let tid, let primary, _):
      guard let below = number(of: tid), let above = number(of: primary) else { return false }
      return tids[below].parent == none && root(of: above) != below
    case .claimed(let key, let origin, _, _, _): return !claims(on: key).contains { $0.origin == origin }
    case .restored(let claim): return !claims(on: claim.key).contains { $0.origin == claim.origin }
    default: return true
    }
  }
}
