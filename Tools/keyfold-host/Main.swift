import Glibc
import Keyfold
import KeyfoldCore
import KeyfoldValidation

@main
struct Main {
  /// On the main thread, which has nothing to do but to wait for signals.
  @MainActor static func main() async {
    do {
      exit(try await run(try Options(Array(CommandLine.arguments.dropFirst()))).rawValue)
    } catch let failure as Failure {
      Log(isQuiet: false).write(failure.message)
      exit(failure.code.rawValue)
    } catch {
      Log(isQuiet: false).write("this should not happen; please report it: \(error)")
      exit(ExitCode.bug.rawValue)
    }
  }

  @MainActor private static func run(_ options: Options) async throws -> ExitCode {
    if options.has("help") || options.has("version") {
      write(options.has("help") ? Options.help : "keyfold-host \(keyfoldVersion)\n")
      return .done
    }
    let log = Log(isQuiet: options.has("quiet"))
    try Signals.take()
    let tokens = try TokenList(
      contents(of: options.value("tokens", variable: "KEYFOLD_TOKENS", default: "tokens.json")),
      rate: try options.number("rate", in: 1...1_000_000, default: 100))
    let tls = try tlsFiles(options)
    let resolver = try await resolver(options, log: log)
    let service = Service(resolver: resolver, tokens: tokens, log: log)
    let socket = try ListeningSocket(options.value("listen") ?? "127.0.0.1:8080")
    var settings = HTTPServer.Settings(socket: socket.file, tls: tls)
    settings.bodyBytesMax = try options.number("max-body", in: 1024...1 << 30, default: 16 << 20)
    settings.connectionsMax = try options.number("connections", in: 2...100_000, default: 512)
    settings.idleSeconds = UInt32(try options.number("idle", in: 1...86_400, default: 60))
    let server = try startServer(settings, service)
    // Whoever started it may wait for this line.
    write("listening at port \(socket.port) for \(tls == nil ? "http" : "https")\n")
    let signal = Signals.wait()
    if !log.isQuiet { log.write("signal \(signal): finishing what was accepted") }
    try await stop(server, service)
    return signal == SIGINT ? .interrupted : .terminated
  }

  /// Not on the main actor: what the server calls runs on its own threads.
  private nonisolated static func startServer(
    _ settings: HTTPServer.Settings, _ service: Service
  ) throws -> HTTPServer {
    try HTTPServer(
      settings, tooLarge: { service.tooLarge($0) }, route: { service.step(for: $0) })
  }

  /// Takes no more, finishes what was accepted, closes the store, and ends the streams of events with it.
  private nonisolated static func stop(_ server: HTTPServer, _ service: Service) async throws {
    service.stopTaking()
    server.stopAccepting()
    // Whoever does not take an answer is not waited for longer than an idle connection is.
    let answersAll = try await within(seconds: 60) { server.requestsInWork == 0 }
    do throws(ResolverError) { try await service.resolver.close() } catch {
      throw Failure(.inputOutput, "closing the store failed: \(error)")
    }
    guard answersAll else { return service.log.write("some answers were not taken") }
    if try await within(seconds: 2, { server.endStreams() == 0 }) == false {
      service.log.write("some streams of events were not read to their end")
    }
    server.stop()
  }

  /// Whether something is so before the time is over.
  private nonisolated static func within(seconds: Int, _ isSo: () -> Bool) async throws -> Bool {
    for _ in 0..<seconds * 100 {
      if isSo() { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return isSo()
  }

  private static func write(_ text: String) {
    _ = Glibc.write(STDOUT_FILENO, text, text.utf8.count)
  }

  private static func tlsFiles(_ options: Options) throws -> (certificate: String, key: String)? {
    guard let certificate = options.value("tls-cert"), let key = options.value("tls-key") else {
      guard options.value("tls-cert") == nil, options.value("tls-key") == nil else {
        throw Failure(.usage, "--tls-cert and --tls-key go together")
      }
      return nil
    }
    return (
      String(decoding: try contents(of: certificate), as: UTF8.self),
      String(decoding: try contents(of: key), as: UTF8.self)
    )
  }

  private static func contents(of path: String) throws -> [UInt8] {
    do throws(FileFailure) { return try contentsOfFile(path, sizeMax: 1 << 20) } catch {
      throw Failure(
        error.isMissing ? .noInput : .noPermission, "'\(path)' cannot be read: \(error.reason)")
    }
  }
}
