import KeyfoldCore

/// `disposable`: the domain is none of those that give mailboxes away for an hour.
struct DisposableCheck: AddressCheck {
  let name = CheckName.disposable
  let list: DomainList

  func ask(about address: EmailAddress) async -> CheckAnswer {
    list.covers(address.domain) ? CheckAnswer(.invalid, .disposableDomain) : CheckAnswer(.valid, .notListed)
  }
}
