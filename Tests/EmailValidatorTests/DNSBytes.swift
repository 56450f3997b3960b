/// DNS messages written byte by byte from RFC 1035, section 4, without the library that reads them.
struct DNSBytes {
  /// One record of the answer section.
  struct Record {
    var owner: [UInt8]
    var type: UInt16
    var recordClass: UInt16 = 1
    var data: [UInt8]

    static func mx(_ owner: String, _ host: String, preference: UInt16 = 10) -> Record {
      Record(owner: name(owner), type: 15, data: number(preference) + name(host))
    }
    static func a(_ owner: String, _ address: [UInt8] = [192, 0, 2, 1]) -> Record {
      Record(owner: name(owner), type: 1, data: address)
    }
    static func aaaa(_ owner: String, _ address: [UInt8]) -> Record {
      Record(owner: name(owner), type: 28, data: address)
    }
    static func cname(_ owner: String, _ target: String) -> Record {
      Record(owner: name(owner), type: 5, data: name(target))
    }
  }

  var id: UInt16 = 0
  /// An answer of a server that recurses, to a question that asked for it.
  var flags: UInt16 = 0x8180
  var questions: [[UInt8]]
  var answers: [Record]
  /// Numbers of records in the header, where they are to be wrong.
  var counts: [UInt16]?

  init(_ questionName: String, type: UInt16, responseCode: UInt16 = 0, _ answers: [Record] = []) {
    questions = [name(questionName) + number(type) + number(1)]
    flags |= responseCode
    self.answers = answers
  }

  var bytes: [UInt8] {
    let counts = counts ?? [UInt16(questions.count), UInt16(answers.count), 0, 0]
    var bytes = number(id) + number(flags)
    for count in counts { bytes += number(count) }
    for question in questions { bytes += question }
    for record in answers {
      bytes += record.owner + number(record.type) + number(record.recordClass) + [0, 0, 0, 60]
      bytes += number(UInt16(record.data.count)) + record.data
    }
    return bytes
  }
}

/// A name as labels, uncompressed; `.` and the empty text are the root.
func name(_ text: String) -> [UInt8] {
  var bytes: [UInt8] = []
  for label in text.utf8.split(separator: UInt8(ascii: ".")) {
    bytes.append(UInt8(label.count))
    bytes += Array(label)
  }
  return bytes + [0]
}

/// Two bytes, the most significant first.
func number(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

/// The name and the type that a query asks for.
func asked(_ query: [UInt8]) -> (name: String, type: UInt16) {
  var labels: [String] = []
  var position = 12
  while query[position] != 0 {
    let end = position + 1 + Int(query[position])
    labels.append(String(decoding: query[(position + 1)..<end], as: UTF8.self))
    position = end
  }
  return (labels.joined(separator: "."), UInt16(query[position + 1]) << 8 | UInt16(query[position + 2]))
}
