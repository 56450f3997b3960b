import KeyfoldHTTP
public import KeyfoldValidation

extension ValidatorKind {
  /// `use: email`: the checks of a list vouch for an email address.
  public static var email: ValidatorKind {
    ValidatorKind("email", summary: "checks that an address is one, can be delivered to, or was confirmed") {
      setup in
      let client = setup.shared.resource { HTTPClient() }
      return try EmailValidator(settings: setup.settings, attribute: setup.attribute, client: client)
    }
  }
}
