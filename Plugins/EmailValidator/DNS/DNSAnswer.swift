/// A question to the DNS, of the class of the internet.
struct DNSQuestion: Sendable, Hashable {
  /// Lower-case A-labels, without a dot at the end.
  let name: String
  let type: DNSType
}

/// Types of records that matter here.
enum DNSType: UInt16, Sendable {
  case a = 1
  case cname = 5
  case mx = 15
  case aaaa = 28
}

/// An answer: well-formed, and to the question that was asked.
struct DNSAnswer: Sendable, Hashable {
  /// A record of the answer section whose type matters here.
  struct Record: Sendable, Hashable {
    /// Lower case, as `DNSQuestion.name`.
    let owner: String
    let content: Content
  }

  enum Content: Sendable, Hashable {
    /// Another name of the owner's is this.
    case alias(String)
    /// The host that takes its mail; empty for none (RFC 7505).
    case exchange(String)
    /// 4 or 16 bytes.
    case address([UInt8])

    var type: DNSType {
      switch self {
      case .alias: .cname
      case .exchange: .mx
      case .address(let bytes): bytes.count == 4 ? .a : .aaaa
      }
    }
  }

  let responseCode: UInt16
  /// Whether the server speaks of a zone of its own.
  let isAuthoritative: Bool
  /// Whether it follows names wherever they lead.
  let isRecursive: Bool
  /// Whether something was cut off.
  let isTruncated: Bool
  /// Those of the internet's class that matter here, in their order.
  let records: [Record]
}

/// Why an answer says nothing.
struct DNSFault: Error, Hashable {
  let code: EmailCode
}

/// What the DNS says of a name and a type.
enum DNSFinding: Sendable, Hashable {
  /// Records of that type, at least one.
  case records([DNSAnswer.Content])
  /// The name exists, without such records.
  case noRecords
  /// The name does not exist, or the one it is an alias of does not.
  case noSuchName
}

extension DNSAnswer {
  /// Aliases that are followed from one to the next.
  static let aliasesMax = 8

  /// What it says of the name and the type that were asked for.
  func finding(for question: DNSQuestion) throws(DNSFault) -> DNSFinding {
    if isTruncated { throw DNSFault(code: .truncated) }
    switch responseCode {
    case 0: return try records(for: question)
    case 2: throw DNSFault(code: .serverFailure)
    case 3:
      guard isAuthoritative || isRecursive else { throw DNSFault(code: .notRecursive) }
      return .noSuchName
    case 5: throw DNSFault(code: .refused)
    default: throw DNSFault(code: .unexpectedResponseCode)
    }
  }

  private func records(for question: DNSQuestion) throws(DNSFault) -> DNSFinding {
    var name = question.name
    for aliases in 0...DNSAnswer.aliasesMax {
      let own = records.filter { $0.owner == name }.map(\.content)
      let wanted = own.filter { $0.type == question.type }
      if !wanted.isEmpty { return .records(wanted) }
      guard case .alias(let next)? = own.first(where: { $0.type == .cname }) else {
        // A server that only knows its own zones says nothing of what lies beyond them.
        guard isRecursive || isAuthoritative && aliases == 0 else { throw DNSFault(code: .notRecursive) }
        return .noRecords
      }
      name = next
    }
    throw DNSFault(code: .tooManyAliases)
  }
}
