import AuthenticatedValidator
import CRMValidator
import EmailValidator
import Glibc
import Keyfold
import KeyfoldCore
import KeyfoldFileStore
import KeyfoldSQLiteStore
import KeyfoldValidation

#if PostgreSQL
import KeyfoldPostgresStore
#endif

/// Puts space, store and validators together as the options say. The only place that knows every adapter and
/// plugin.
struct Composition {
  let invocation: Invocation
  let output: Output

  /// The validators a space file may name.
  static var validators: ValidatorRegistry {
    var registry = ValidatorRegistry()
    registry.add(.crm, .authenticated, .email)
    return registry
  }

  init(_ invocation: Invocation) {
    self.invocation = invocation
    output = Output(invocation)
  }

  /// The space file named, the one in this folder, or the built-in space.
  ///
  /// - Parameter option: which option names it.
  func space(option: String = "space") throws -> Space {
    let named = invocation.value(option) ?? processEnvironment("KEYFOLD_SPACE")
    let path = named ?? "keyfold.yaml"
    if named == nil && access(path, F_OK) != 0 {
      try output.noteToPerson(
        "no \(path) here: using the built-in space with one attribute, customerKey ('keyfold init' writes a file)"
      )
      return .builtIn
    }
    do throws(SpaceFileError) {
      return try Space(contentsOf: path)
    } catch {
      throw unreadable(error, path)
    }
  }

  private func unreadable(_ error: SpaceFileError, _ path: String) -> Failure {
    if error.code == .invalid { return Failure(.configuration, error.description) }
    let isDenied = access(path, R_OK) != 0 && errno == EACCES
    return Failure(isDenied ? .noPermission : .noInput, error.description)
  }

  /// Makes the validators a space names, to see whether their settings can be used.
  ///
  /// - Returns: What is missing here, a sentence each.
  func checkValidators(of space: Space) throws -> [String] {
    do throws(ValidatorError) {
      let prepared = try Composition.validators.validators(for: space) { processEnvironment($0) }
      return prepared.flatMap { $0 ?? [] }.compactMap(\.lack)
    } catch {
      throw Failure(.configuration, error.message)
    }
  }

  /// The store the options or the environment name.
  var storeURL: String {
    invocation.value("store") ?? processEnvironment("KEYFOLD_STORE") ?? "sqlite:keyfold.db"
  }

  /// Opens the store for a space, lends the resolver, and closes the store.
  ///
  /// - Parameters:
  ///   - mayCreate: whether the command creates a store where there is none.
  ///   - captures: whether validators will be asked; other commands do without them.
  ///   - rehearses: whether the command goes on as if there were an empty store where there is none.
  func withResolver<Result>(
    _ space: Space, mayCreate: Bool, rehearses: Bool = false, captures: Bool = false,
    _ body: (IdentityResolver) async throws -> Result
  ) async throws -> Result {
    let resolver = try await resolver(
      space, mayCreate: mayCreate, rehearses: rehearses, captures: captures)
    do {
      let result = try await body(resolver)
      try await resolver.close()
      return result
    } catch let error as ResolverError {
      throw failure(error)
    }
  }

  private func resolver(
    _ space: Space, mayCreate: Bool, rehearses: Bool, captures: Bool
  ) async throws -> IdentityResolver {
    if storeURL == "memory:" && !mayCreate && !rehearses {
      throw Failure(.noInput, "memory: holds nothing between commands; name a store with --store")
    }
    let store = try store(storeURL, mayCreate: mayCreate && !rehearses)
    do {
      let resolver = try await resolver(space, over: store, onlyReads: !captures)
      if let notice = (store as? FileStore)?.notice { try output.note(notice) }
      return resolver
    } catch let failure as Failure where failure.code == .noInput && rehearses {
      // A rehearsal must not leave a store behind.
      return try await resolver(space, over: MemoryStore(), onlyReads: false)
    }
  }

  /// Says what TIDs from a seed are not good for.
  func warnOfSeed() throws {
    try output.note("--tid-seed: these TIDs can be guessed; never use them for customers")
  }

  /// A resolver that has validators but keeps nothing.
  func resolverWithoutStore(_ space: Space) async throws -> IdentityResolver {
    try await resolver(space, over: MemoryStore(), onlyReads: false)
  }

  /// The store a URL names, not open yet.
  ///
  /// - Parameter secret: what a new store takes over as its secret; nil to draw one.
  func store(_ url: String, mayCreate: Bool, secret: Secret? = nil) throws -> any IdentityStore {
    if url == "memory:" { return MemoryStore() }
    if url.hasPrefix("file:") {
      let path = filePath(url)
      if path.isEmpty { throw Failure(.usage, "file: needs the path of a folder, as in file:keyfold.d") }
      return FileStore(path: path, mayCreate: mayCreate, secret: secret)
    }
    if url.hasPrefix("postgresql:") || url.hasPrefix("postgres:") {
      return try postgresStore(url, mayCreate: mayCreate, secret: secret)
    }
    guard url.hasPrefix("sqlite:") else {
      throw Failure(
        .usage,
        """
        '\(shownURL(url))' is no store this keyfold knows; write sqlite:PATH, file:DIR, \
        postgresql://HOST/DATABASE or memory:
        """
      )
    }
    let (path, synchronization) = try sqliteLocation(String(url.dropFirst("sqlite:".count)))
    return SQLiteStore(path: path, synchronization: synchronization, mayCreate: mayCreate, secret: secret)
  }

  /// Opens a store for a space without a resolver, lends it, and closes it.
  func withStore<Result>(
    _ url: String, _ space: Space, mayCreate: Bool, secret: Secret? = nil,
    _ body: (any IdentityStore, StoreIdentity) async throws -> Result
  ) async throws -> Result {
    do {
      let store = try store(url, mayCreate: mayCreate, secret: secret)
      let identity = try await store.open(for: space, acceptingChange: false)
      let result = try await body(store, identity)
      try await store.close()
      return result
    } catch let error as StoreError {
      throw failure(error)
    }
  }

  #if PostgreSQL
  private func postgresStore(_ url: String, mayCreate: Bool, secret: Secret?) throws -> any IdentityStore {
    var options = PostgresStore.Options()
    options.mayCreate = mayCreate
    options.secret = secret
    do throws(StoreError) { return try PostgresStore(url: url, options: options) } catch {
      throw failure(error)
    }
  }
  #else
  private func postgresStore(_ url: String, mayCreate: Bool, secret: Secret?) throws -> any IdentityStore {
    throw Failure(
      .configuration,
      """
      this keyfold was built without PostgreSQL; build it with 'swift build --traits PostgreSQL' (needs \
      libpq-dev)
      """
    )
  }
  #endif

  private func sqliteLocation(_ text: String) throws -> (path: String, SQLiteStore.Synchronization) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard !parts[0].isEmpty else {
      throw Failure(.usage, "sqlite: needs the path of a file, as in sqlite:keyfold.db")
    }
    guard parts.count > 1 else { return (parts[0], .full) }
    let setting = parts[1].split(separator: "=", maxSplits: 1).map(String.init)
    guard setting.count == 2, setting[0] == "synchronous",
      let value = SQLiteStore.Synchronization(rawValue: setting[1])
    else {
      throw Failure(.usage, "'?\(parts[1])': a SQLite store takes ?synchronous=full or ?synchronous=normal")
    }
    return (parts[0], value)
  }

  private func resolver(
    _ space: Space, over store: some IdentityStore, onlyReads: Bool
  ) async throws -> IdentityResolver {
    var options = IdentityResolver.Options()
    options.acceptsSpaceChange = invocation.has("accept-space-change")
    options.onlyReads = onlyReads
    // A command does what it was told to; 'keyfold pending retry' is there for the rest.
    options.retriesPendingKeys = false
    if let text = invocation.value("tid-seed") {
      guard let seed = UInt64(text) else {
        throw Failure(.usage, "--tid-seed takes a whole number, not '\(visible(text))'")
      }
      // TIDs of an earlier run with this seed may be in the store, about one for each of its entries.
      options.tidsForStore = { SeededTIDs(seed: seed, skipping: UInt64($0.sequence)) }
    }
    do throws(ResolverError) {
      return try await IdentityResolver(
        space: space, store: store, validators: Composition.validators, options: options)
    } catch {
      throw failure(error)
    }
  }
}

/// The folder a `file:` URL names, without slashes at its end.
func filePath(_ url: String) -> String {
  var path = url.dropFirst("file:".count)
  while path.count > 1, path.last == "/" { path.removeLast() }
  return String(path)
}

/// A store's URL as messages may show it: a server's without user, password and settings.
func shownURL(_ url: String) -> String {
  let scheme = url.prefix { $0 != "/" }
  guard url.dropFirst(scheme.count).hasPrefix("//") else { return url }
  // Whatever stands before the last '@' may be a piece of a password that was not encoded as it should be.
  let place = url.dropFirst(scheme.count + 2)
  let user = place.lastIndex(of: "@").map { place.index(after: $0) } ?? place.startIndex
  return "\(scheme)//\(place[user...].prefix { $0 != "?" })"
}

/// What an error of the resolver means for the command line.
func failure(_ error: ResolverError) -> Failure {
  switch error {
  case .refused(let error): Failure(.refusedInput, error.description)
  case .refusedOperation(let error): Failure(.refusedInput, error.description)
  case .configuration(let message): Failure(.configuration, message)
  case .notFound(let message): Failure(.notFound, message)
  case .cancelled: Failure(.bug, error.description)
  case .store(let error): failure(error)
  }
}

/// What an error of a store means for the command line.
func failure(_ error: StoreError) -> Failure {
  let code: ExitCode =
    switch error.code {
    case .missing: .noInput
    case .cannotCreate: .cannotCreate
    case .noPermission: .noPermission
    case .busy, .erasePending: .busy
    case .inputOutput, .damaged: .inputOutput
    case .incompatible, .spaceChanged: .configuration
    case .unavailable: .unavailable
    case .closed: .bug
    }
  return Failure(code, error.description, storeError: error)
}
