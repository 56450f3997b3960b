/// What a check of the `email` validator can find, as evidence shows it.
///
/// Beside these, a call that brought no answer shows the raw value of its `CallFailure`, and `api` and
/// `confirmation` show that of the `RecordCode` their service's answer comes to.
public enum EmailCode: String, Sendable, Hashable, CaseIterable {
  // MARK: syntax, and every check that needs an address

  /// `syntax`, valid: the address follows RFC 5321, and its domain is one.
  case wellFormed
  /// Invalid: local part, domain or address is longer than RFC 5321 allows.
  case tooLong
  /// Invalid: what stands before the `@` is neither a dot-string nor a quoted string.
  case malformedLocalPart
  /// Invalid: the local part has characters beyond ASCII, which only `smtpUtf8: true` allows.
  case internationalLocalPart
  /// Invalid: what stands behind the `@` is no domain name of two labels or more.
  case malformedDomain
  /// Invalid: the address names a machine by its number, as in `emma@[192.0.2.1]`.
  case addressLiteral

  // MARK: disposable

  /// `disposable`, valid: neither the domain nor one above it is in the list.
  case notListed
  /// `disposable`, invalid: the domain, or one above it, is in the list.
  case disposableDomain

  // MARK: mx

  /// `mx`, valid: the domain names hosts that take its mail.
  case mxFound
  /// `mx`, valid: the domain names no such host, but has an address itself, which RFC 5321 takes for one.
  case addressFound
  /// `mx`, invalid: the domain says that it takes no mail (RFC 7505).
  case nullMX
  /// `mx`, invalid: there is no such domain.
  case noSuchDomain
  /// `mx`, invalid: the domain exists, without a host for its mail and without an address.
  case noMailHost
  /// `mx`, indeterminate: the DNS server could not find out (SERVFAIL).
  case serverFailure
  /// `mx`, indeterminate: the DNS server does not answer such questions, or not ours (REFUSED).
  case refused
  /// `mx`, indeterminate: another response code than DNS servers give to a look-up.
  case unexpectedResponseCode
  /// `mx`, indeterminate: the DNS server does not follow names beyond its own zones, and this one leads there.
  case notRecursive
  /// `mx`, indeterminate: the DNS answer was cut off.
  case truncated
  /// `mx`, indeterminate: the DNS answer is no DNS message, or its records are not what they claim to be.
  case malformedAnswer
  /// `mx`, indeterminate: the DNS answer is one to another question.
  case otherQuestion
  /// `mx`, indeterminate: the DNS answer has more records than any domain needs.
  case tooManyRecords
  /// `mx`, indeterminate: one alias leads to the next, further than is followed.
  case tooManyAliases
  /// `mx`, indeterminate: the HTTP answer is not of the type `application/dns-message`.
  case unexpectedType
  /// `mx`, indeterminate: an HTTP status other than 200.
  case unexpectedStatus

  // MARK: smtp

  /// `smtp`, valid: the mail server takes mail for the address.
  case mailboxFound
  /// `smtp`, valid: the mail server takes mail for the address, and forwards it (251).
  case mailboxForwards
  /// `smtp`, invalid: the mail server says that there is no such mailbox, or none it may write to.
  case noSuchMailbox
  /// `smtp`, indeterminate: the mail server does not tell, but would take mail (252).
  case notTold
  /// `smtp`, indeterminate: the mailbox is full (452, 552). Whether anybody empties it, nobody knows.
  case mailboxFull
  /// `smtp`, indeterminate: the mail server asks for another try later, as greylisting does.
  case tryLater
  /// `smtp`, indeterminate: a reply that says nothing of the mailbox.
  case unexpectedReply
  /// `smtp`, indeterminate: the local part has characters beyond ASCII, about which no server is asked.
  case notAskable

  // MARK: api and confirmation

  /// Indeterminate: the check needs a proof, and the capture carries none.
  case noProof
}
