import KeyfoldHTTP
public import KeyfoldValidation

extension ValidatorKind {
  /// `use: crm`: a record of a CRM vouches for a key.
  public static var crm: ValidatorKind {
    ValidatorKind(
      "crm", summary: "asks a CRM, or any server with records, whether there is a record of the key"
    ) { setup in
      let client = setup.shared.resource { HTTPClient() }
      return try CRMValidator(
        settings: setup.settings, attribute: setup.attribute,
        caller: try CallOut.caller(reading: setup.settings, client: client))
    }
  }
}
