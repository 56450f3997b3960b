/// What to measure, and how much of it.
struct Options {
  static let names = ["decide", "screen", "sqlite", "http", "verdicts", "growth", "host"]

  var wantsHelp = false
  var json = false
  var runs = 7
  var captures = 100_000
  var calls = 100_000
  var keys = 1_000_000
  var seconds = 60
  var seed: UInt64 = 1
  /// A file of captures to measure beside the generated ones.
  var input: String?
  /// Space of that file.
  var space: String?
  /// The tool to measure; nil for the one beside this program.
  var keyfold: String?
  /// Where databases go.
  var folder = "/tmp"
  private var chosen: [String] = []

  static let help = """
    Usage: keyfold-bench [decide] [screen] [sqlite] [http] [verdicts] [growth] [host] [options]

    Measures Keyfold; everything but host, unless told what. Build it, and the tool it measures, with -c release.

      decide   the pure decision on ordinary snapshots: time and allocations a capture
      screen   the same from the keys as sent: normalise, screen, plan, decide
      sqlite   'keyfold capture' from NDJSON into SQLite beside reference/sqlite_capture.c, a plain C program
               with the same look-ups, rows and transactions, in turns on the same file system
      verdicts captures whose validator takes its time, beside the time it takes
      growth   captures into a file store while it grows: cost, longest pause, memory, look-ups, opening
      http     calls to an nginx beside reference/http_calls.c, a plain C program over libcurl, in turns, and
               the memory that a hundred times as many calls take; run it as
               'Tools/with-servers nginx -- keyfold-bench http'
      host     the keyfold-host beside this program: 32 clients capture over HTTP, it is killed (kill -9) in the
               middle and started again, and everything acknowledged must be there; the load test

    Options:
      --runs N         how often each is measured; the median counts (default: 7)
      --captures N     length of the generated streams (default: 100000)
      --calls N        calls of a turn (default: 100000)
      --keys N         keys that growth ends with (default: 1000000)
      --seconds N      how long host is under load (default: 60)
      --seed N         seed of the generated streams (default: 1)
      --input FILE     also measure sqlite with these captures; they hold no tid and no handoff
      --space FILE     space of that file
      --keyfold FILE   the tool (default: the one beside this program)
      --folder DIR     where the databases go (default: /tmp)
      --json           one JSON object a row
      --help           this text
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      func value() throws -> String {
        guard let value = rest.popFirst() else { throw Problem("\(argument) needs a value", code: 64) }
        return value
      }
      func count() throws -> Int {
        guard let count = Int(try value()), count > 0 else {
          throw Problem("\(argument) takes a number above 0", code: 64)
        }
        return count
      }
      switch argument {
      case "--help", "-h": wantsHelp = true
      case "--json": json = true
      case "--runs": runs = try count()
      case "--captures": captures = try count()
      case "--calls": calls = try count()
      case "--keys": keys = try count()
      case "--seconds": seconds = try count()
      case "--seed": seed = UInt64(try count())
      case "--input": input = try value()
      case "--space": space = try value()
      case "--keyfold": keyfold = try value()
      case "--folder": folder = try value()
      case _ where Options.names.contains(argument): chosen.append(argument)
      default: throw Problem("there is no '\(argument)'; see --help", code: 64)
      }
    }
    if input != nil && space == nil { throw Problem("--input needs --space", code: 64) }
  }

  /// Whether it was asked for by name.
  func names(_ name: String) -> Bool { chosen.contains(name) }

  func measures(_ name: String) -> Bool { chosen.isEmpty || chosen.contains(name) }
}
