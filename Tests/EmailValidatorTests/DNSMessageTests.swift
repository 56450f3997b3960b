import Keyfold
import Testing

@testable import EmailValidator

private typealias Record = DNSBytes.Record

/// DNS messages as they go over the wire, and what they say.
@Suite struct DNSMessageTests {
  private let question = DNSQuestion(name: "example.test", type: .mx)

  private func finding(
    _ bytes: [UInt8], _ question: DNSQuestion? = nil
  ) throws(DNSFault) -> DNSFinding {
    let question = question ?? self.question
    return try DNSAnswer(unpacking: bytes, to: question).finding(for: question)
  }

  private func code(_ bytes: [UInt8]) -> EmailCode? {
    do throws(DNSFault) {
      _ = try finding(bytes)
      return nil
    } catch {
      return error.code
    }
  }

  private func mx(_ answers: [Record] = [], responseCode: UInt16 = 0) -> DNSBytes {
    DNSBytes("example.test", type: 15, responseCode: responseCode, answers)
  }

  // MARK: Questions

  @Test func aQueryIsTheBytesOfTheRFC() {
    #expect(
      packedQuery(DNSQuestion(name: "www.example.com", type: .a)) == [
        0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119, 119, 119, 7, 101, 120, 97, 109, 112, 108, 101, 3, 99, 111,
        109, 0, 0, 1, 0, 1,
      ])
    for type in [DNSType.mx, .aaaa] {
      let question = DNSQuestion(name: "a.b", type: type)
      #expect(asked(packedQuery(question)) == ("a.b", type.rawValue))
    }
    let label = String(repeating: "b", count: 63)
    let longest = "\(label).\(label).\(label).\(String(repeating: "c", count: 61))"
    #expect(asked(packedQuery(DNSQuestion(name: longest, type: .mx))) == (longest, 15))
  }

  // MARK: Answers

  @Test func recordsOfTheNameAndTypeAreFound() throws {
    let bytes = mx([
      .mx("EXAMPLE.test", "MX2.example.test", preference: 20), .a("example.test"),
      .mx("other.test", "mx.other.test", preference: 5),
      .mx("example.test", "mx1.example.test"),
      Record(owner: name("example.test"), type: 15, recordClass: 3, data: number(1) + name("chaos.test")),
      Record(owner: name("example.test"), type: 46, data: [1, 2, 3]),
    ]).bytes
    #expect(
      try finding(bytes) == .records([.exchange("mx2.example.test"), .exchange("mx1.example.test")]))
  }

  @Test func addressesAreFound() throws {
    let a = DNSBytes("example.test", type: 1, [.a("example.test", [10, 0, 0, 1])]).bytes
    #expect(
      try finding(a, DNSQuestion(name: "example.test", type: .a)) == .records([.address([10, 0, 0, 1])]))
    let sixteen = [UInt8](1...16)
    let aaaa = DNSBytes("example.test", type: 28, [.aaaa("example.test", sixteen)]).bytes
    #expect(
      try finding(aaaa, DNSQuestion(name: "example.test", type: .aaaa)) == .records([.address(sixteen)]))
  }

  @Test func namesMayBeCompressed() throws {
    // 0xC00C points at the question's name.
    let record = Record(
      owner: [0xC0, 12], type: 15, data: number(10) + [3] + Array("mx1".utf8) + [0xC0, 12])
    #expect(try finding(mx([record]).bytes) == .records([.exchange("mx1.example.test")]))
  }

  @Test func theRootIsNoHost() throws {
    #expect(try finding(mx([.mx("example.test", ".", preference: 0)]).bytes) == .records([.exchange("")]))
  }

  @Test func responseCodesAreTold() throws {
    #expect(try finding(mx().bytes) == .noRecords)
    #expect(try finding(mx(responseCode: 3).bytes) == .noSuchName)
    for (responseCode, expected) in [(2, EmailCode.serverFailure), (5, .refused)] {
      #expect(code(mx(responseCode: UInt16(responseCode)).bytes) == expected)
    }
    for responseCode: UInt16 in [1, 4, 6, 7, 8, 9, 10, 11, 15] {
      #expect(code(mx(responseCode: responseCode).bytes) == .unexpectedResponseCode)
    }
    // Records beside an error count for nothing.
    #expect(code(mx([.mx("example.test", "mx.test")], responseCode: 2).bytes) == .serverFailure)
  }

  @Test func whatWasCutOffSaysNothing() {
    var message = mx([.mx("example.test", "mx.example.test")])
    message.flags |= 0x0200
    #expect(code(message.bytes) == .truncated)
  }

  // MARK: Aliases

  @Test func aliasesAreFollowed() throws {
    let chain = (1...7).map { Record.cname("a\($0).test", "a\($0 + 1).test") }
    let bytes = mx(chain.reversed() + [.cname("example.test", "A1.test"), .mx("a8.test", "mx.a8.test")]).bytes
    #expect(try finding(bytes) == .records([.exchange("mx.a8.test")]))
    #expect(try finding(mx([.cname("example.test", "a1.test")]).bytes) == .noRecords)
    #expect(try finding(mx([.cname("example.test", "a1.test")], responseCode: 3).bytes) == .noSuchName)
    #expect(try finding(mx([.cname("other.test", "a1.test"), .mx("a1.test", "m.test")]).bytes) == .noRecords)
  }

  @Test func aliasesAreFollowedSoFarAndNoFurther() {
    let loop = [Record.cname("example.test", "a.test"), .cname("a.test", "example.test")]
    #expect(code(mx(loop).bytes) == .tooManyAliases)
    #expect(code(mx([.cname("example.test", "example.test")]).bytes) == .tooManyAliases)
    let chain = (0...8).map { Record.cname($0 == 0 ? "example.test" : "a\($0).test", "a\($0 + 1).test") }
    #expect(code(mx(chain + [.mx("a9.test", "mx.test")]).bytes) == .tooManyAliases)
  }

  /// A server for its own zones only refers elsewhere; that is not "there is none".
  @Test func absenceIsBelievedOfThoseWhoKnow() throws {
    var message = mx()
    message.flags = 0x8000
    #expect(code(message.bytes) == .notRecursive)
    message.flags = 0x8400
    #expect(try finding(message.bytes) == .noRecords)
    message.answers = [.cname("example.test", "elsewhere.test")]
    #expect(code(message.bytes) == .notRecursive)
    message.flags = 0x8003
    #expect(code(message.bytes) == .notRecursive)
    message.flags = 0x8403
    #expect(try finding(message.bytes) == .noSuchName)
    // Records speak for themselves.
    message = mx([.mx("example.test", "mx.test")])
    message.flags = 0x8000
    #expect(try finding(message.bytes) == .records([.exchange("mx.test")]))
  }

  // MARK: What is no answer

  @Test func anAnswerToAnotherQuestionIsNone() {
    let good = mx([.mx("example.test", "mx.example.test")])
    #expect(code(good.bytes) == nil)
    func changed(_ change: (inout DNSBytes) -> Void) -> EmailCode? {
      var message = good
      change(&message)
      return code(message.bytes)
    }
    #expect(changed { $0.id = 1 } == .otherQuestion)
    #expect(changed { $0.questions = [] } == .otherQuestion)
    #expect(changed { $0.questions += $0.questions } == .otherQuestion)
    #expect(changed { $0.questions = [name("other.test") + number(15) + number(1)] } == .otherQuestion)
    #expect(changed { $0.questions = [name("example.test") + number(1) + number(1)] } == .otherQuestion)
    #expect(changed { $0.questions = [name("example.test") + number(15) + number(3)] } == .otherQuestion)
    // A name is compared whatever its case; a dot in a label is not one between two.
    #expect(changed { $0.questions = [name("eXample.TEST") + number(15) + number(1)] } == nil)
    let oneLabel = [12] + Array("example.test".utf8) + [0]
    #expect(changed { $0.questions = [oneLabel + number(15) + number(1)] } == .otherQuestion)
  }

  @Test func aMessageThatIsNoneIsRefused() {
    let good = mx([.mx("example.test", "mx.example.test"), .a("mx.example.test")])
    func changed(_ change: (inout DNSBytes) -> Void) -> EmailCode? {
      var message = good
      change(&message)
      return code(message.bytes)
    }
    #expect(changed { $0.flags &= ~0x8000 } == .malformedAnswer, "a question")
    #expect(changed { $0.flags |= 0x2800 } == .malformedAnswer, "another operation")
    #expect(changed { $0.counts = [1, 3, 0, 0] } == .malformedAnswer)
    #expect(changed { $0.counts = [1, 1, 0, 0] } == .malformedAnswer, "something follows")
    #expect(changed { $0.counts = [1, 2, 1, 0] } == .malformedAnswer)
    #expect(changed { $0.counts = [1, 0xFFFF, 0xFFFF, 0xFFFF] } == .malformedAnswer)
    #expect(changed { $0.answers[1].data = [1, 2, 3] } == .malformedAnswer)
    #expect(changed { $0.answers[1].data = [1, 2, 3, 4, 5] } == .malformedAnswer)
    #expect(changed { $0.answers[0].data = [0] } == .malformedAnswer)
    #expect(changed { $0.answers[0].data = [0, 1] } == .malformedAnswer)
    #expect(changed { $0.answers[0].data += [0] } == .malformedAnswer, "something follows the host")
    #expect(changed { $0.answers[0].data = [] } == .malformedAnswer)
    #expect(changed { $0.answers[0].owner = [0xC0, 0xFF] } == .malformedAnswer, "points beyond the end")
    #expect(
      changed { $0.answers[0].owner = [64] + [UInt8](repeating: 65, count: 64) + [0] } == .malformedAnswer)
    #expect(changed { $0.answers[0].owner = [0x80, 0] } == .malformedAnswer, "no such kind of label")
    #expect(code([]) == .malformedAnswer)
    #expect(code(good.bytes + [0]) == .malformedAnswer)
    #expect(code(good.bytes + [UInt8](repeating: 0, count: 0x10000)) == .malformedAnswer)
  }

  @Test func namesThatLoopAreRefused() {
    // The owner points at itself, and two names at each other: header 12, question 18, answers from 30 on.
    #expect(code(mx([Record(owner: [0xC0, 30], type: 1, data: [1, 2, 3, 4])]).bytes) == .malformedAnswer)
    let pair = [
      Record(owner: [0xC0, 46], type: 1, data: [1, 2, 3, 4]),
      Record(owner: [0xC0, 30], type: 1, data: [1, 2, 3, 4]),
    ]
    #expect(code(mx(pair).bytes) == .malformedAnswer)
    #expect(
      code(mx([Record(owner: name("example.test"), type: 15, data: [0, 10, 0xC0, 56])]).bytes)
        == .malformedAnswer)
  }

  @Test func everyBeginningOfAnAnswerIsRefused() {
    let whole = mx([.mx("example.test", "mx.example.test"), .a("mx.example.test")]).bytes
    #expect(code(whole) == nil)
    for length in 0..<whole.count { #expect(code(Array(whole[..<length])) == .malformedAnswer) }
  }

  @Test func answersHaveALargestNumber() {
    let record = Record(owner: [0xC0, 12], type: 15, data: number(10) + [0xC0, 12])
    let most = [Record](repeating: record, count: DNSAnswer.recordsMax)
    #expect(code(mx(most).bytes) == nil)
    #expect(code(mx(most + [record]).bytes) == .tooManyRecords)
    // Ten thousand do not fit a message at all.
    #expect(code(mx([Record](repeating: record, count: 10_000)).bytes) == .malformedAnswer)
    #expect(code(mx([Record](repeating: record, count: 4_000)).bytes) == .tooManyRecords)
  }

  // MARK: Noise

  /// A seed per argument, so that a failure can be tried again.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func noiseIsNoAnswer(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<4_000 {
      let length = Int(random.next() % 120)
      #expect(code((0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }) != nil)
    }
  }

  /// Answers with bytes changed are read without harm; and no change makes a host of nothing.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func changedAnswersAreReadWithoutHarm(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let record = Record(
      owner: [0xC0, 12], type: 15, data: number(10) + [3] + Array("mx1".utf8) + [0xC0, 12])
    let good = mx([.cname("other.test", "example.test"), record, .a("mx1.example.test")]).bytes
    let none = mx().bytes
    for _ in 0..<4_000 {
      for (bytes, isEmpty) in [(good, false), (none, true)] {
        var bytes = bytes
        for _ in 0...(random.next() % 3) {
          bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        let found = Result { () throws(DNSFault) in try finding(bytes) }
        if isEmpty, case .success(.records) = found { Issue.record("seed \(seed): \(bytes)") }
      }
    }
  }
}
