// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "busker-examples",
    products: [
        .executable(name: "busker", targets: ["busker"])
    ],
    dependencies: [
        .package(name: "busker", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
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
    ]
)
