import AuthenticatedValidator
import CRMValidator
import EmailValidator
import Keyfold
import KeyfoldCore
import KeyfoldFileStore
import KeyfoldSQLiteStore
import KeyfoldValidation

#if PostgreSQL
import KeyfoldPostgresStore
#endif

/// Opens the resolver the options describe: space, store and validators.
func resolver(_ options: Options, log: Log) async throws -> IdentityResolver {
  let path = options.value("space", variable: "KEYFOLD_SPACE", default: "keyfold.yaml")
  var validators = ValidatorRegistry()
  validators.add(.crm, .authenticated, .email)
  var settings = IdentityResolver.Options()
  settings.log = log
  do {
    let space = try Space(contentsOf: path)
    let store = try store(options.value("store", variable: "KEYFOLD_STORE", default: "sqlite:keyfold.db"))
    return try await IdentityResolver(space: space, store: store, validators: validators, options: settings)
  } catch let error as SpaceFileError {
    throw Failure(error.code == .invalid ? .configuration : .noInput, error.description)
  } catch ResolverError.store(let error) {
    throw Failure(error)
  } catch let error as ResolverError {
    throw Failure(.configuration, error.description)
  }
}

private func store(_ url: String) throws -> any IdentityStore {
  let parts = url.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  switch (parts[0], parts.count > 1 ? parts[1] : nil) {
  case ("memory", ""): return MemoryStore()
  case ("file", let path?) where !path.isEmpty: return FileStore(path: path)
  case ("sqlite", let path?) where !path.isEmpty: return SQLiteStore(path: path)
  #if PostgreSQL
  case ("postgresql", _?), ("postgres", _?):
    do throws(StoreError) { return try PostgresStore(url: url) } catch { throw Failure(error) }
  #else
  case ("postgresql", _?), ("postgres", _?):
    throw Failure(.configuration, "this keyfold-host was built without PostgreSQL ('--traits PostgreSQL')")
  #endif
  default: throw Failure(.usage, "--store takes sqlite:PATH, file:DIR, postgresql://HOST/DATABASE or memory:")
  }
}
