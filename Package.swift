// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Our own code. `needs` is the whole list of what a target may import; the test command checks it.
func module(_ name: String, path: String? = nil, needs: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: needs, path: path ?? "Modules/\(name)", swiftSettings: strict)
}

/// A validator that space files can name.
func plugin(_ name: String, needs: [Target.Dependency] = []) -> Target {
  module(name, path: "Plugins/\(name)", needs: ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP"] + needs)
}

func tool(_ name: String, path: String, needs: [Target.Dependency], without: [String] = []) -> Target {
  .executableTarget(name: name, dependencies: needs, path: path, exclude: without, swiftSettings: strict)
}

func tests(_ name: String, needs: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name, dependencies: needs, path: "Tests/\(name)", resources: resources, swiftSettings: strict)
}

func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
  .systemLibrary(name: name, path: "Modules/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A dependency that a build has only with the trait `PostgreSQL`: the default one needs no libpq.
func withPostgreSQL(_ name: String) -> Target.Dependency {
  .target(name: name, condition: .when(traits: ["PostgreSQL"]))
}

let package = Package(
  name: "Keyfold",
  products: [
    .library(name: "Keyfold", targets: ["Keyfold", "KeyfoldCore", "KeyfoldValidation"]),
    .library(name: "AuthenticatedValidator", targets: ["AuthenticatedValidator"]),
    .library(name: "CRMValidator", targets: ["CRMValidator"]),
    .library(name: "EmailValidator", targets: ["EmailValidator"]),
    .library(name: "KeyfoldFileStore", targets: ["KeyfoldFileStore"]),
    .library(name: "KeyfoldHTTP", targets: ["KeyfoldHTTP"]),
    .library(name: "KeyfoldPictures", targets: ["KeyfoldPictures"]),
    .library(name: "KeyfoldPostgresStore", targets: ["KeyfoldPostgresStore"]),
    .library(name: "KeyfoldSQLiteStore", targets: ["KeyfoldSQLiteStore"]),
    .library(name: "KeyfoldTesting", targets: ["KeyfoldTesting"]),
    .executable(name: "keyfold", targets: ["KeyfoldCLI"]),
    .executable(name: "keyfold-bench", targets: ["KeyfoldBench"]),
    .executable(name: "keyfold-host", targets: ["KeyfoldHost"]),
  ],
  traits: [
    .trait(name: "PostgreSQL", description: "The store for PostgreSQL servers; needs libpq."),
    .default(enabledTraits: []),
  ],
  dependencies: [],
  targets: [
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    system("CLinux", apt: "libc6-dev"),
    system("CIDN2", pkgConfig: "libidn2", apt: "libidn2-dev"),
    system("CMalloc", apt: "libc6-dev"),
    system("CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    system("CResolv", apt: "libc6-dev"),
    system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    system("CUnistring", apt: "libunistring-dev"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),

    module("KeyfoldCore", needs: ["CUnistring", "CIDN2", "CCrypto", "CLinux"]),
    module("KeyfoldValidation", needs: ["KeyfoldCore"]),
    module("KeyfoldHTTP", needs: ["KeyfoldCore", "CCurl", "CLinux"]),
    module("Keyfold", needs: ["KeyfoldCore", "KeyfoldValidation", "CYAML"]),
    module("KeyfoldFileStore", needs: ["KeyfoldCore", "CZlib", "CLinux"]),
    module("KeyfoldPictures", needs: ["KeyfoldCore"]),
    module("KeyfoldPostgresStore", needs: ["KeyfoldCore", withPostgreSQL("CPostgres")]),
    module("KeyfoldSQLiteStore", needs: ["KeyfoldCore", "CSQLite"]),
    module("KeyfoldTesting", needs: ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "Keyfold"]),

    plugin("CRMValidator"),
    plugin("AuthenticatedValidator", needs: ["CCrypto"]),
    plugin("EmailValidator", needs: ["CResolv"]),

    tool(
      "KeyfoldCLI", path: "Tools/keyfold",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "Keyfold", "KeyfoldFileStore", "KeyfoldPictures",
        "KeyfoldSQLiteStore",
        withPostgreSQL("KeyfoldPostgresStore"), "AuthenticatedValidator", "CRMValidator", "EmailValidator",
        "CMalloc", "CZlib",
      ]),
    tool(
      "KeyfoldHost", path: "Tools/keyfold-host",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "Keyfold", "KeyfoldFileStore", "KeyfoldSQLiteStore",
        withPostgreSQL("KeyfoldPostgresStore"), "AuthenticatedValidator", "CRMValidator", "EmailValidator",
        "CMicroHTTPD",
      ]),
    tool(
      "KeyfoldBench", path: "Tools/keyfold-bench",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "Keyfold", "KeyfoldFileStore", "KeyfoldHTTP",
        "KeyfoldSQLiteStore", "CCountingMalloc",
      ],
      without: ["counting-malloc", "reference"]),
    // Counts allocations for the benchmark; linked into no other program.
    .target(name: "CCountingMalloc", path: "Tools/keyfold-bench/counting-malloc"),

    tests(
      "StoreConformanceTests",
      needs: ["KeyfoldCore", "Keyfold", "KeyfoldFileStore", "KeyfoldSQLiteStore", "KeyfoldTesting"]),
    tests("KeyfoldCoreTests", needs: ["KeyfoldCore"]),
    tests("KeyfoldValidationTests", needs: ["KeyfoldCore", "KeyfoldValidation", "KeyfoldTesting"]),
    tests(
      "AuthenticatedValidatorTests",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "AuthenticatedValidator", "KeyfoldTesting",
        "CCrypto", "PageReader",
      ]),
    tests(
      "CRMValidatorTests",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "Keyfold", "CRMValidator", "KeyfoldTesting",
        "PageReader",
      ]),
    tests(
      "KeyfoldHTTPTests",
      needs: ["KeyfoldCore", "KeyfoldHTTP", "Keyfold", "KeyfoldTesting", "LoopbackServers"]),
    tests("KeyfoldTests", needs: ["KeyfoldCore", "KeyfoldValidation", "Keyfold", "KeyfoldTesting"]),
    tests(
      "KeyfoldFileStoreTests", needs: ["KeyfoldCore", "Keyfold", "KeyfoldFileStore", "KeyfoldTesting"]),
    tests(
      "KeyfoldPostgresStoreTests",
      needs: [
        "KeyfoldCore", "Keyfold", "KeyfoldTesting", withPostgreSQL("KeyfoldPostgresStore"),
        withPostgreSQL("CPostgres"),
      ]),
    tests(
      "SamplePluginTests",
      needs: ["KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "Keyfold", "KeyfoldTesting"]),
    tests(
      "AttackTests",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "Keyfold", "CRMValidator", "KeyfoldTesting", "LoopbackServers",
      ]),
    tests(
      "KeyfoldSQLiteStoreTests",
      needs: ["KeyfoldCore", "Keyfold", "KeyfoldSQLiteStore", "KeyfoldTesting", "CSQLite"]),
    tests("RealDataTests", needs: ["KeyfoldCore", "Keyfold", "KeyfoldSQLiteStore", "KeyfoldTesting"]),
    tests(
      "EmailValidatorTests",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "KeyfoldTesting", "Keyfold", "EmailValidator",
      ]),
    tests("TidyTests", needs: []),
    // What the black-box tests share: they run the built tool and look at nothing of ours but what it prints.
    module("ToolHarness", path: "Tests/ToolHarness"),
    // Servers that do what a test says, HTTP or not.
    module("LoopbackServers", path: "Tests/LoopbackServers"),
    // Reads pages of the documentation, for tests that hold the code to what they say.
    module("PageReader", path: "Tests/PageReader"),
    tests(
      "DocumentationTests",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "KeyfoldHTTP", "Keyfold", "KeyfoldPictures", "KeyfoldSQLiteStore",
        "KeyfoldTesting", "AuthenticatedValidator", "CRMValidator", "EmailValidator", "KeyfoldCLI",
        "ToolHarness", "PageReader",
      ]),
    tests("CLITests", needs: ["KeyfoldCLI", "ToolHarness", "CSQLite"]),
    tests(
      "HostTests",
      needs: [
        "KeyfoldHost", "KeyfoldBench", "KeyfoldCLI", "KeyfoldCore", "KeyfoldHTTP", "LoopbackServers",
        "ToolHarness",
      ]),
    tests("CrashTests", needs: ["KeyfoldCLI", "ToolHarness"]),
    tests(
      "PropertyTests",
      needs: ["KeyfoldCore", "KeyfoldValidation", "Keyfold", "KeyfoldSQLiteStore", "KeyfoldTesting"]),
    tests(
      "PictureTests", needs: ["KeyfoldCore", "Keyfold", "KeyfoldPictures", "KeyfoldTesting", "ToolHarness"]),
    tests(
      "ScenarioTests",
      needs: [
        "KeyfoldCore", "KeyfoldValidation", "Keyfold", "KeyfoldFileStore", "KeyfoldSQLiteStore",
        "KeyfoldTesting",
      ],
      resources: [.copy("Scenarios")]),
  ]
)
