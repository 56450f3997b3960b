import Glibc

/// Measures, prints, judges nothing: no time decides between right and wrong here. What it does check is that
/// both sides of a comparison did the same work.
@main
struct Main {
  static func main() async {
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      if arguments.first == HTTPCalls.name { return try await HTTPCalls(Array(arguments.dropFirst())).run() }
      let options = try Options(arguments)
      if options.wantsHelp { return print(Options.help) }
      let printer = Printer(json: options.json)
      if options.measures("decide") { printer.print(measureDecide(options)) }
      if options.measures("screen") { printer.print(measureScreening(options)) }
      if options.measures("sqlite") { printer.print(try await SQLiteMeasurement(options).run()) }
      if options.measures("verdicts") { printer.print(try await measureVerdicts(options)) }
      if options.measures("growth") { printer.print(try await GrowthMeasurement(options).run()) }
      if options.names("host") { printer.print(try await HostMeasurement(options).run()) }
      if options.names("http") || options.measures("http") && HTTPMeasurement.hasServer {
        for report in try HTTPMeasurement(options).run() { printer.print(report) }
      }
    } catch let problem as Problem {
      complain(problem.message)
      exit(problem.code)
    } catch {
      complain("\(error)")
      exit(70)
    }
  }

  private static func complain(_ message: String) {
    let line = Array("keyfold-bench: \(message)\n".utf8)
    Glibc.write(STDERR_FILENO, line, line.count)
  }
}

/// What keeps a measurement from being made.
struct Problem: Error {
  let message: String
  /// An exit code of sysexits.h.
  let code: Int32

  init(_ message: String, code: Int32 = 70) {
    self.message = message
    self.code = code
  }
}
