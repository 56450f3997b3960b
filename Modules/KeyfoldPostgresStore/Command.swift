#if PostgreSQL
extension Connection {
  /// A statement and its values.
  enum Command {
    /// Prepared where this connection has not done so yet, in the same round trip.
    case prepared(Query, [Value] = [])
    case text(String, [Value] = [])

    /// Whether it begins a transaction.
    var begins: Bool { if case .text(let sql, _) = self { sql.hasPrefix("BEGIN") } else { false } }

    /// The same, of which the server keeps nothing.
    var unprepared: Command {
      if case .prepared(let query, let values) = self { .text(query.sql, values) } else { self }
    }

    /// Allows every plan for statements of a transaction that read whole tables. Not so for those after
    /// them: a plan that is made then is kept.
    static func freely(_ commands: [Command]) -> [Command] {
      func setting(_ value: String) -> Command {
        .text("SELECT set_config('enable_seqscan', '\(value)', true)")
      }
      return [setting("on")] + commands + [setting("off")]
    }
  }

  /// What is set on the server, by name.
  struct Settings {
    private let settings: [(name: String, value: String)]

    /// Plans must use the indexes, whatever the statistics of a young table say: a plan is kept for the life of
    /// the connection, and a table read from end to end for every capture would be noticed too late.
    init(_ schema: String, _ purpose: Purpose) {
      var settings = [
        ("search_path", "\"\(schema)\""), ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
        ("enable_seqscan", "off"),
      ]
      if let turnTimeoutMs = purpose.turnTimeoutMs {
        settings.append(("lock_timeout", "\(turnTimeoutMs)"))
        settings.append(("idle_in_transaction_session_timeout", "\(Connection.writerTimeoutMs)"))
      }
      self.settings = settings
    }

    /// Sets everything for the life of the connection, where the server calls it by this number. Answers one
    /// row, or none where it does not.
    func setting(forProcess number: Int32) -> Command {
      let calls = settings.map { "set_config('\($0.name)', '\($0.value)', false)" }
      return .text(
        "SELECT \(calls.joined(separator: ", ")) WHERE pg_backend_pid() = $1::int4", [.smallInt(number)])
    }

    /// Sets everything for the transaction that has begun. These statements take no snapshot.
    var forTransaction: [Command] {
      settings.map {
        .text("SET LOCAL \($0.name) = \($0.name == "search_path" ? $0.value : "'\($0.value)'")")
      }
    }
  }
}
#endif
