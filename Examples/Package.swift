// swift-tools-version: 6.2
import PackageDescription

/// A library whose public face is made of the rooms' own types imports them in public.
let facing: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let strict = facing + [.enableUpcomingFeature("InternalImportsByDefault")]

let package = Package(
    name: "busker-examples",
    products: [
        .executable(name: "busker", targets: ["busker"]),
        .executable(name: "StemStudio", targets: ["StemStudio"]),
        .executable(name: "SongShop", targets: ["SongShop"]),
        .library(name: "HostKit", targets: ["HostKit"]),
    ],
    dependencies: [
        .package(name: "busker", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.24.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
    ],
    targets: [
        .executableTarget(
            name: "busker",
            dependencies: [
                .product(name: "Busker", package: "busker"),
                .product(name: "BuskerAudio", package: "busker"),
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerDatabase", package: "busker"),
                .product(name: "BuskerHTTP", package: "busker"),
                .product(name: "BuskerHTTPClient", package: "busker"),
                .product(name: "BuskerLedger", package: "busker"),
                .product(name: "BuskerPayments", package: "busker"),
                .product(name: "BuskerPostgres", package: "busker"),
                .product(name: "BuskerRetention", package: "busker"),
                .product(name: "BuskerStorage", package: "busker"),
                .product(name: "StorageVectors", package: "busker"),
                .product(name: "BuskerTesting", package: "busker"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "HostKit",
            dependencies: [
                "CHostProcess",
                .product(name: "Busker", package: "busker"),
                .product(name: "BuskerAccounts", package: "busker"),
                .product(name: "BuskerAudio", package: "busker"),
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerDatabase", package: "busker"),
                .product(name: "BuskerHTTP", package: "busker"),
                .product(name: "BuskerHTTPClient", package: "busker"),
                .product(name: "BuskerJobs", package: "busker"),
                .product(name: "BuskerLedger", package: "busker"),
                .product(name: "BuskerMail", package: "busker"),
                .product(name: "BuskerPayments", package: "busker"),
                .product(name: "BuskerPostgres", package: "busker"),
                .product(name: "BuskerProcess", package: "busker"),
                .product(name: "BuskerRetention", package: "busker"),
                .product(name: "BuskerStorage", package: "busker"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Web")],
            swiftSettings: facing
        ),
        .target(name: "CHostProcess"),
        .executableTarget(
            name: "StemStudio",
            dependencies: [
                "HostKit",
                .product(name: "Busker", package: "busker"),
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerLedger", package: "busker"),
                .product(name: "BuskerRetention", package: "busker"),
            ],
            resources: [.copy("Web")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "SongShop",
            dependencies: [
                "HostKit",
                .product(name: "Busker", package: "busker"),
                .product(name: "BuskerAccounts", package: "busker"),
                .product(name: "BuskerAudio", package: "busker"),
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerHTTP", package: "busker"),
                .product(name: "BuskerJobs", package: "busker"),
                .product(name: "BuskerLedger", package: "busker"),
                .product(name: "BuskerPayments", package: "busker"),
                .product(name: "BuskerRetention", package: "busker"),
                .product(name: "BuskerStorage", package: "busker"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            resources: [.copy("Web")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ledger-crash",
            dependencies: [
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerDatabase", package: "busker"),
                .product(name: "BuskerLedger", package: "busker"),
                .product(name: "BuskerPostgres", package: "busker"),
                .product(name: "LedgerModel", package: "busker"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/LedgerCrash",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "storage-crash",
            dependencies: [
                .product(name: "Busker", package: "busker"),
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerDatabase", package: "busker"),
                .product(name: "BuskerHTTP", package: "busker"),
                .product(name: "BuskerStorage", package: "busker"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/StorageCrash",
            swiftSettings: strict
        ),
        .testTarget(
            name: "BuskerToolTests",
            dependencies: [
                "busker",
                "ledger-crash",
                "storage-crash",
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerDatabase", package: "busker"),
                .product(name: "BuskerHTTP", package: "busker"),
                .product(name: "BuskerHTTPClient", package: "busker"),
                .product(name: "BuskerStorage", package: "busker"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HostKitTests",
            dependencies: [
                "HostKit",
                "SongShop",
                "StemStudio",
                .product(name: "Busker", package: "busker"),
                .product(name: "BuskerCore", package: "busker"),
                .product(name: "BuskerHTTP", package: "busker"),
                .product(name: "BuskerHTTPClient", package: "busker"),
                .product(name: "BuskerJobs", package: "busker"),
                .product(name: "BuskerLedger", package: "busker"),
                .product(name: "BuskerAccounts", package: "busker"),
                .product(name: "BuskerPayments", package: "busker"),
                .product(name: "BuskerTesting", package: "busker"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict
        ),
    ]
)
