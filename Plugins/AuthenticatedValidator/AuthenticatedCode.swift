/// The codes of evidence about proofs. Beside them stand those of `CallFailure`, and with `mode: url` those
/// of `RecordCode`.
public enum AuthenticatedCode: String, Sendable, Hashable, CaseIterable {
  /// The proof names this key.
  case proofAccepted
  /// The capture carried no proof for the attribute.
  case noProof
  /// The proof cannot be one: too long, or not of the form that tokens have.
  case malformedProof
  /// The token is unsigned, or signed in a way that is not accepted (`none`, HS256…), or its header asks for
  /// what cannot be honoured (`crit`).
  case refusedAlgorithm
  /// None of the issuer's keys is the one the token is signed with.
  case unknownKey
  /// The signature is not that of the token.
  case wrongSignature
  /// A token, but neither an access nor an ID token.
  case otherTokenType
  /// The token is good only together with a key of its holder (`cnf`), which nobody showed.
  case boundToKey
  /// The token was issued to a program for itself: nobody logged in.
  case clientToken
  /// The server does not know the token, or no longer.
  case inactive
  /// The token is of another issuer, or of nobody.
  case otherIssuer
  /// The token is for another audience, or for none that is named.
  case otherAudience
  /// The token has run out, or does not say when it does.
  case expired
  /// The token is not valid yet, or was issued in the future.
  case notYetValid
  /// A time in the token is not a number.
  case malformedTime
  /// The token lacks a scope that is asked for.
  case missingScope
  /// The log-in behind the token is older than allowed, or the token does not say when it was.
  case staleLogin
  /// The log-in behind the token was of another strength (`acr`) than asked for.
  case otherLogin
  /// The token does not say whose it is in the claim that is looked at.
  case claimMissing
  /// The token is somebody else's.
  case namesAnotherKey
  /// The issuer never verified the address or number that the token names.
  case unverifiedClaim
  /// Status 401 or 403: the server does not take our own credentials.
  case credentialsRefused
  /// A status that says nothing of the proof.
  case unexpectedStatus
  /// The answer is not what such a server answers.
  case unreadableBody
  /// The issuer's keys are no JSON Web Key Set.
  case unreadableKeys
}
