import KeyfoldCore

/// `mx`: the domain takes mail, as far as the DNS says. Names are looked up, nothing is connected to, so that it
/// makes no difference which network an answer names.
struct MXCheck: AddressCheck {
  let name = CheckName.mx
  let resolver: DoHResolver

  func ask(about address: EmailAddress) async -> CheckAnswer {
    switch await resolver.look(up: DNSQuestion(name: address.domain, type: .mx)) {
    case .success(.records(let hosts)):
      // A null MX beside others means nothing (RFC 7505, 3).
      let takesMail = hosts.contains { $0 != .exchange("") }
      return takesMail ? answer(.valid, .mxFound) : answer(.invalid, .nullMX)
    case .success(.noRecords): return await implicitHost(of: address.domain)
    case .success(.noSuchName): return answer(.invalid, .noSuchDomain)
    case .failure(let failure): return failure.answer
    }
  }

  /// Without an MX, the domain's own address is the host of its mail (RFC 5321, 5.1).
  private func implicitHost(of domain: String) async -> CheckAnswer {
    async let v4 = resolver.look(up: DNSQuestion(name: domain, type: .a))
    async let v6 = resolver.look(up: DNSQuestion(name: domain, type: .aaaa))
    var unclear: CheckAnswer?
    for lookup in await [v4, v6] {
      switch lookup {
      case .success(.records(let addresses)) where addresses.contains(where: isHost):
        return answer(.valid, .addressFound)
      case .success: break
      case .failure(let failure): unclear = unclear ?? failure.answer
      }
    }
    return unclear ?? answer(.invalid, .noMailHost)
  }

  private func answer(_ finding: Finding, _ code: EmailCode) -> CheckAnswer {
    CheckAnswer(finding, code, status: 200)
  }
}

private func isHost(_ record: DNSAnswer.Content) -> Bool {
  if case .address(let address) = record { canBeHost(address) } else { false }
}

/// Whether a machine can be reached at an address, from somewhere: not at the unspecified one, those that mean
/// many, and those that mean something else on every link.
private func canBeHost(_ address: [UInt8]) -> Bool {
  if address.count == 4 {
    switch (address[0], address[1]) {
    case (0, _), (224..., _), (169, 254): return false
    default: return true
    }
  }
  let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
  if address.starts(with: mapped) { return canBeHost(Array(address.dropFirst(mapped.count))) }
  if address[0] == 0xFF || address[0] == 0xFE && address[1] & 0xC0 == 0x80 { return false }
  return address.contains { $0 != 0 }
}
