// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let audio: Target.Dependency = .product(name: "BuskerAudio", package: "busker")
let ledger: [Target.Dependency] = ["BuskerCore", "BuskerDatabase", "BuskerLedger", "BuskerPostgres"].map {
    .product(name: $0, package: "busker")
}
let payments: [Target.Dependency] =
    [
        "BuskerCore", "BuskerDatabase", "BuskerHTTP", "BuskerHTTPClient", "BuskerPayments", "BuskerPostgres",
        "BuskerTesting",
    ].map { .product(name: $0, package: "busker") } + [
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "HTTPTypes", package: "swift-http-types"),
    ]

let storage: [Target.Dependency] = ["BuskerCore", "BuskerHTTP", "BuskerHTTPClient", "BuskerStorage"].map {
    .product(name: $0, package: "busker")
}

let package = Package(
    name: "busker-benchmarks",
    products: [
        .executable(name: "busker-measure", targets: ["busker-measure"]),
        .executable(name: "busker-ledger-measure", targets: ["busker-ledger-measure"]),
        .executable(name: "busker-payments-measure", targets: ["busker-payments-measure"]),
        .executable(name: "busker-storage-measure", targets: ["busker-storage-measure"]),
    ],
    dependencies: [
        .package(name: "busker", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // Its default traits interpose the allocator through packages that are not needed for times and memory.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(name: "busker-measure", dependencies: [audio], swiftSettings: strict),
        .executableTarget(name: "busker-ledger-measure", dependencies: ledger, swiftSettings: strict),
        .executableTarget(name: "busker-payments-measure", dependencies: payments, swiftSettings: strict),
        .executableTarget(name: "busker-storage-measure", dependencies: storage, swiftSettings: strict),
        .executableTarget(
            name: "AudioBenchmarks",
            dependencies: [audio, .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/AudioBenchmarks",
            swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "LedgerBenchmarks",
            dependencies: ledger + [.product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/LedgerBenchmarks",
            swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
)
