#if PostgreSQL
extension Connection {
  /// A statement and its values.
  enum Command {
    /// Prepared where this connection has not done so yet, in the same round trip.
    case prepared(Query, [Value] = [])
    case text(String, [Value] = [])

    /// Allows every plan for statements of a transaction that read whole tables. Not so for those after
    /// them: a plan that is made then is kept.
    static func freely(_ commands: [Command]) -> [Command] {
      func setting(_ value: String) -> Command {
        .text("SELECT set_config('enable_seqscan', '\(value)', true)")
      }
      return [setting("on")] + commands + [setting("off")]
    }
  }
}
#endif
