import KeyfoldHTTP
public import KeyfoldValidation

extension ValidatorKind {
  /// `use: authenticated`: a token or a session vouches for a key.
  public static var authenticated: ValidatorKind {
    ValidatorKind("authenticated", summary: "checks a token or a session that comes with the key") { setup in
      let client = setup.shared.resource { HTTPClient() }
      return try AuthenticatedValidator(
        settings: setup.settings, attribute: setup.attribute,
        caller: try CallOut.caller(reading: setup.settings, client: client))
    }
  }
}
