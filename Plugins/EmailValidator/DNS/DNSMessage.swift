import CResolv

/// The one place that calls libresolv: DNS messages (RFC 1035, section 4) to bytes and back.

/// A query, its id 0 so that equal questions are equal bytes for caches (RFC 8484, 4.1).
func packedQuery(_ question: DNSQuestion) -> [UInt8] {
  var message = [UInt8](repeating: 0, count: Int(NS_HFIXEDSZ + NS_MAXCDNAME + NS_QFIXEDSZ))
  let length = message.withUnsafeMutableBufferPointer { buffer -> Int in
    guard let start = buffer.baseAddress else { return 0 }
    ns_put16(recursionDesired, start + 2)
    ns_put16(1, start + 4)
    var end = start + Int(NS_HFIXEDSZ)
    // A domain of A-labels always fits.
    let isName = ns_name_pton(question.name, end, Int(NS_MAXCDNAME)) >= 0
    precondition(isName, "a domain of A-labels is no domain name")
    while end.pointee != 0 { end += Int(end.pointee) + 1 }
    ns_put16(UInt32(question.type.rawValue), end + 1)
    ns_put16(internet, end + 3)
    return end + 5 - start
  }
  return Array(message[..<length])
}

private let recursionDesired: UInt32 = 0x0100
private let internet: UInt32 = 1

extension DNSAnswer {
  /// Records of a message's answer section that are looked at.
  static let recordsMax = 500

  /// Reads an answer.
  init(unpacking bytes: [UInt8], to question: DNSQuestion) throws(DNSFault) {
    self = try bytes.withUnsafeBufferPointer { buffer throws(DNSFault) in
      try unpacked(buffer, to: question)
    }
  }
}

private func unpacked(
  _ bytes: UnsafeBufferPointer<UInt8>, to question: DNSQuestion
) throws(DNSFault) -> DNSAnswer {
  var message = ns_msg()
  // Goes over all sections, and refuses a message that ends before or after them.
  guard bytes.count <= NS_MAXMSG, ns_initparse(bytes.baseAddress, Int32(bytes.count), &message) == 0 else {
    throw DNSFault(code: .malformedAnswer)
  }
  func flag(_ flag: ns_flag) -> Int32 { keyfold_ns_flag(message, flag) }
  func count(_ section: ns_sect) -> Int32 { keyfold_ns_count(message, section) }
  guard flag(ns_f_qr) == 1, flag(ns_f_opcode) == 0 else { throw DNSFault(code: .malformedAnswer) }
  guard message._id == 0, count(ns_s_qd) == 1 else { throw DNSFault(code: .otherQuestion) }
  let asked = try record(0, of: ns_s_qd, &message)
  guard asked.type == question.type.rawValue, asked.rr_class == internet,
    name(of: asked) == question.name
  else { throw DNSFault(code: .otherQuestion) }
  guard count(ns_s_an) <= DNSAnswer.recordsMax else { throw DNSFault(code: .tooManyRecords) }
  var records: [DNSAnswer.Record] = []
  for index in 0..<count(ns_s_an) {
    let record = try record(index, of: ns_s_an, &message)
    guard record.rr_class == internet, let content = try content(of: record, in: message) else { continue }
    records.append(DNSAnswer.Record(owner: name(of: record), content: content))
  }
  return DNSAnswer(
    responseCode: UInt16(flag(ns_f_rcode)), isAuthoritative: flag(ns_f_aa) == 1,
    isRecursive: flag(ns_f_ra) == 1, isTruncated: flag(ns_f_tc) == 1, records: records)
}

private func record(
  _ index: Int32, of section: ns_sect, _ message: inout ns_msg
) throws(DNSFault) -> ns_rr {
  var record = ns_rr()
  guard ns_parserr(&message, section, index, &record) == 0 else { throw DNSFault(code: .malformedAnswer) }
  return record
}

/// The owner's name, in lower case.
private func name(of record: ns_rr) -> String {
  withUnsafeBytes(of: record.name) { bytes in
    lowercased(bytes.prefix { $0 != 0 })
  }
}

private func lowercased(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}

/// What a record says; nil for one whose type does not matter here.
private func content(of record: ns_rr, in message: ns_msg) throws(DNSFault) -> DNSAnswer.Content? {
  guard let type = DNSType(rawValue: record.type), let data = record.rdata else { return nil }
  let bytes = UnsafeBufferPointer(start: data, count: Int(record.rdlength))
  switch type {
  case .a, .aaaa:
    guard bytes.count == (type == .a ? NS_INADDRSZ : NS_IN6ADDRSZ) else {
      throw DNSFault(code: .malformedAnswer)
    }
    return .address(Array(bytes))
  case .cname: return .alias(try name(in: bytes, at: 0, message))
  case .mx: return .exchange(try name(in: bytes, at: Int(NS_INT16SZ), message))
  }
}

/// The name that a record's data ends with, in lower case; empty for the root.
private func name(
  in data: UnsafeBufferPointer<UInt8>, at offset: Int, _ message: ns_msg
) throws(DNSFault) -> String {
  guard data.count > offset, let start = data.baseAddress else { throw DNSFault(code: .malformedAnswer) }
  var text = [CChar](repeating: 0, count: Int(NS_MAXDNAME))
  let length = dn_expand(message._msg, message._eom, start + offset, &text, NS_MAXDNAME)
  guard length == data.count - offset else { throw DNSFault(code: .malformedAnswer) }
  return lowercased(text.lazy.map(UInt8.init(bitPattern:)).prefix { $0 != 0 })
}
