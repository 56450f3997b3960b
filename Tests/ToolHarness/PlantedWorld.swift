import Foundation

/// A store with a customer whose values are found nowhere else, and others who quote them.
package struct PlantedWorld {
  /// Every spelling that was sent, and what it was normalised to.
  package static let values = [
    "PLANTED-CRM-7701", "planted.mail@seven.test", "Planted.Mail@SEVEN.test", "planted.old@seven.test",
    "Plantedville", "Plantedtown", "planted-capture-1",
  ]
  private static let space = """
    space: planted
    attributes:
      - { name: crmId, trust: source }
      - { name: email, trust: source, linksFrom: [desk], normalize: [trim, lowercase] }
      - { name: phone, trust: source, limit: none }

    """

  package let keyfold: Keyfold
  /// The customer's, oldest first.
  package let tids: [String]
  package let other: String
  private let store: String

  package init(store: String) throws {
    self.store = store
    keyfold = try Keyfold(space: PlantedWorld.space, store: store)
    let tool = keyfold
    func captured(_ line: String) throws -> JSON { try tool.captured(line) }
    let web = try captured(
      #"{"id":"planted-capture-1","touchpoint":"web","keys":{"email":" Planted.Mail@SEVEN.test"},"data":{"city":"Plantedville"}}"#
    )
    let tid = try PlantedWorld.tid(web)
    _ = try captured(
      #"{"touchpoint":"desk","tid":"\#(tid)","keys":{"crmId":"PLANTED-CRM-7701","email":"planted.old@seven.test"}}"#
    )
    _ = try captured(
      #"{"touchpoint":"desk","tid":"\#(tid)","keys":{"crmId":"PLANTED-CRM-7701","email":"planted.mail@seven.test"},"data":{"city":"Plantedtown"}}"#
    )
    let second = try PlantedWorld.tid(try captured(#"{"touchpoint":"app","keys":{"phone":"12"}}"#))
    _ = try keyfold.run("merge", tid, second, "--reason", "the same Planted.Mail@SEVEN.test, they said")
    // Others who typed, mixed up or were told of the customer's values.
    other = try PlantedWorld.tid(try captured(#"{"touchpoint":"desk","keys":{"crmId":"C2"}}"#))
    _ = try captured(
      #"{"id":"other-1","touchpoint":"web","tid":"\#(other)","keys":{"email":"Planted.Mail@SEVEN.test","phone":"34"}}"#
    )
    _ = try captured(
      #"{"touchpoint":"desk","tid":"\#(other)","keys":{"crmId":"C2","email":"planted.mail@seven.test"}}"#)
    _ = try captured(#"{"touchpoint":"desk","tid":"\#(other)","keys":{"email":"planted.mail@seven.test"}}"#)
    let third = try PlantedWorld.tid(try captured(#"{"touchpoint":"desk","keys":{"crmId":"C3"}}"#))
    _ = try keyfold.run(
      "separate", other, third, "--reason", "not planted.mail@seven.test, and not from Plantedville")
    _ = try keyfold.run("separate", other, tid, "--reason", "they asked")
    tids = [tid, second]
  }

  private static func tid(_ outcome: JSON) throws -> String {
    let tid = outcome["touchpointTid"].text
    if tid.isEmpty { throw HarnessError("no outcome: \(outcome)") }
    return tid
  }

  private var command: [String] { ["erase", tids[1], "--reason", "planted.mail@seven.test asked", "--yes"] }

  package func erase() throws -> Keyfold.Result { try keyfold.run(command) }

  /// Erases under strace(1).
  private func erase(_ options: String) throws -> Keyfold.Result {
    let arguments = (command + ["--store", store]).map { "'\($0)'" }.joined(separator: " ")
    return try keyfold.run(
      program: "/bin/bash",
      [
        "-c",
        "exec strace -f -qq -o strace.log -e trace=\(PlantedWorld.calls) \(options) '\(try Keyfold.tool())' \(arguments)",
      ])
  }

  private static let calls = "pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink"

  /// Erases the customer and tells the calls that changed a file, in order.
  package func eraseLoggingCalls() throws -> [String] {
    let result = try erase("")
    guard result.code == 0 else { throw HarnessError(result.stderr) }
    return try keyfold.text(of: "strace.log").split(separator: "\n").compactMap { line in
      let call = line.split(separator: " ").dropFirst().first?.split(separator: "(", maxSplits: 1)
      return call.flatMap { $0.count == 2 ? String($0[0]) : nil }
    }
  }

  /// Erases the customer and is killed when it makes that call for that time.
  package func erase(killedAt call: String, time: Int) throws -> Keyfold.Result {
    try erase("-e inject=\(call):signal=KILL:when=\(time)")
  }

  /// What of the customer is in the files of the store.
  package func remains() throws -> [String] {
    var found: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: keyfold.folder)
    where name.hasPrefix("keyfold.d") {
      guard let content = FileManager.default.contents(atPath: keyfold.path(name)) else { continue }
      for text in PlantedWorld.values + tids where content.range(of: Data(text.utf8)) != nil {
        found.insert(text)
      }
      for tid in tids {
        let digits = tid.filter { $0 != "-" }
        let bytes = Swift.stride(from: 0, to: 32, by: 2).map { place in
          UInt8(digits.dropFirst(place).prefix(2), radix: 16) ?? 0
        }
        if content.range(of: Data(bytes)) != nil { found.insert("the bytes of \(tid)") }
      }
    }
    return found.sorted()
  }
}
