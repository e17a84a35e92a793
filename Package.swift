// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of the house is built with the same strict rules.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The signal target also sees C buffers as spans.
let spans: [SwiftSetting] = [
    .enableExperimentalFeature("SafeInteropWrappers"),
    .enableExperimentalFeature("Lifetimes"),
]

/// With BUSKER_FAST_C=1 (set by every script here) the C core is optimised in debug builds too.
///
/// The flag is unsafe in SwiftPM's sense, so it must not be there for a server that imports Busker by version.
let optimised: [CSetting] =
    Context.environment["BUSKER_FAST_C"] == "1"
    ? [.unsafeFlags(["-O2"], .when(configuration: .debug))] : []

/// The documentation plug-in is fetched only when BUSKER_DOCS=1 asks for it: a server needs no dependency for audio.
let documentation: [Package.Dependency] =
    Context.environment["BUSKER_DOCS"] == "1"
    ? [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")] : []

let package = Package(
    name: "busker",
    products: [
        .library(name: "BuskerAudio", targets: ["BuskerAudio"]),
        .library(name: "BuskerCore", targets: ["BuskerCore"]),
        .library(name: "BuskerDatabase", targets: ["BuskerDatabase"]),
        .library(name: "BuskerPostgres", targets: ["BuskerPostgres"]),
        .library(name: "BuskerLedger", targets: ["BuskerLedger"]),
        .library(name: "BuskerHTTP", targets: ["BuskerHTTP"]),
        .library(name: "BuskerHTTPClient", targets: ["BuskerHTTPClient"]),
        .library(name: "BuskerPayments", targets: ["BuskerPayments"]),
        .library(name: "BuskerStorage", targets: ["BuskerStorage"]),
        .library(name: "BuskerRetention", targets: ["BuskerRetention"]),
        .library(name: "BuskerJobs", targets: ["BuskerJobs"]),
        .library(name: "BuskerProcess", targets: ["BuskerProcess"]),
        .library(name: "BuskerAccounts", targets: ["BuskerAccounts"]),
        .library(name: "BuskerMail", targets: ["BuskerMail"]),
        .library(name: "Busker", targets: ["Busker"]),
        .library(name: "BuskerTesting", targets: ["BuskerTesting"]),
        .library(name: "LedgerModel", targets: ["LedgerModel"]),
        .library(name: "StorageVectors", targets: ["StorageVectors"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ] + documentation,
    targets: [
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CMPG123", pkgConfig: "libmpg123", providers: [.apt(["libmpg123-dev"])]),
        .systemLibrary(name: "CSamplerate", pkgConfig: "samplerate", providers: [.apt(["libsamplerate0-dev"])]),
        .systemLibrary(name: "CEBUR128", pkgConfig: "libebur128", providers: [.apt(["libebur128-dev"])]),
        .systemLibrary(name: "CVorbis", pkgConfig: "vorbis", providers: [.apt(["libvorbis-dev"])]),
        .target(
            name: "CBuskerDSP",
            dependencies: ["CFFTW", "CSamplerate", "CEBUR128"],
            cSettings: optimised,
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]
        ),
        .target(
            name: "CBuskerNeural",
            dependencies: ["CBuskerDSP", "CFFTW"],
            cSettings: optimised,
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]
        ),
        .target(
            name: "BuskerAudio",
            dependencies: ["CBuskerDSP", "CBuskerNeural", "CMPG123", "CSndfile", "CVorbis"],
            swiftSettings: strict + spans
        ),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "BuskerCore", swiftSettings: strict),
        .target(
            name: "BuskerDatabase",
            dependencies: [
                "BuskerCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerPostgres", dependencies: ["BuskerCore", "BuskerDatabase", "CPostgres"], swiftSettings: strict),
        .target(
            name: "BuskerLedger",
            dependencies: ["BuskerCore", "BuskerDatabase", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerHTTP",
            dependencies: ["BuskerCore", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerHTTPClient",
            dependencies: [
                "BuskerCore",
                "BuskerHTTP",
                "BuskerJobs",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerPayments",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerStorage",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerRetention",
            dependencies: [
                "BuskerCore", "BuskerDatabase", "BuskerStorage", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(name: "CBuskerChild"),
        .target(name: "BuskerProcess", dependencies: ["BuskerCore", "CBuskerChild"], swiftSettings: strict),
        .testTarget(
            name: "BuskerProcessTests", dependencies: ["BuskerProcess", "TestSupport"], swiftSettings: strict
        ),
        .target(
            name: "BuskerJobs",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .target(
            name: "BuskerAccounts",
            dependencies: [
                "BuskerCore", "BuskerDatabase", "CCrypt", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "BuskerMail", dependencies: ["BuskerCore", "BuskerDatabase", "CCurl"], swiftSettings: strict),
        .target(
            name: "Busker",
            dependencies: [
                "BuskerAudio",
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                "BuskerJobs",
                "BuskerLedger",
                "BuskerPayments",
                "BuskerProcess",
                "BuskerStorage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "BuskerTesting",
            dependencies: [
                "Busker",
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                "BuskerJobs",
                "BuskerLedger",
                "BuskerMail",
                "BuskerPayments",
                "BuskerRetention",
                "BuskerStorage",
                "CPowerCut",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "simulate", dependencies: ["BuskerTesting"], path: "Tests/Simulate", swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: ["BuskerCore", "BuskerDatabase", "BuskerPayments", "BuskerPostgres"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(name: "BuskerCoreTests", dependencies: ["BuskerCore", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "BuskerDatabaseTests",
            dependencies: ["BuskerCore", "BuskerDatabase", "BuskerPostgres", "BuskerTesting", "TestSupport"],
            swiftSettings: strict
        ),
        .target(
            name: "LedgerModel",
            dependencies: ["BuskerCore", "BuskerLedger"],
            path: "Tests/LedgerModel",
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerPostgresTests",
            dependencies: ["BuskerCore", "BuskerDatabase", "BuskerPostgres", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerLedgerTests",
            dependencies: [
                "BuskerCore", "BuskerDatabase", "BuskerLedger", "BuskerPostgres", "BuskerTesting", "LedgerModel",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerHTTPTests",
            dependencies: [
                "BuskerCore",
                "BuskerHTTP",
                "BuskerHTTPClient",
                "BuskerDatabase",
                "BuskerJobs",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "sound-child", dependencies: ["Busker"], path: "Tests/SoundChild", swiftSettings: strict),
        .testTarget(
            name: "BuskerTests",
            dependencies: [
                "Busker",
                "BuskerAudio",
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                "BuskerHTTPClient",
                "BuskerJobs",
                "BuskerLedger",
                "BuskerPayments",
                "BuskerStorage",
                "BuskerTesting",
                "sound-child",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerPaymentsTests",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                "BuskerPayments",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            exclude: ["Vectors"],
            swiftSettings: strict
        ),
        .target(
            name: "StorageVectors",
            dependencies: [
                "BuskerCore",
                "BuskerStorage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            path: "Tests/StorageVectors",
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerRetentionTests",
            dependencies: [
                "BuskerCore", "BuskerDatabase", "BuskerHTTP", "BuskerPostgres", "BuskerRetention", "BuskerStorage",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerJobsTests",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                "BuskerJobs",
                "BuskerPostgres",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerAccountsTests",
            dependencies: [
                "BuskerAccounts", "BuskerCore", "BuskerDatabase", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerMailTests",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerMail",
                "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerStorageTests",
            dependencies: [
                "BuskerCore",
                "BuskerDatabase",
                "BuskerHTTP",
                "BuskerHTTPClient",
                "BuskerPostgres",
                "BuskerStorage",
                "BuskerTesting",
                "StorageVectors",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            exclude: ["Vectors"],
            swiftSettings: strict
        ),
        .target(
            name: "CPowerCut", path: "Tests/CPowerCut", linkerSettings: [.linkedLibrary("sqlite3")]
        ),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .testTarget(
            name: "BuskerAudioTests",
            dependencies: ["BuskerAudio", "CBuskerDSP", "CBuskerNeural", "CAllocationCount"],
            exclude: ["Neural/Fixtures", "Sounds", "Vectors"],
            swiftSettings: strict + spans
        ),
        .testTarget(name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: strict),
    ]
)
