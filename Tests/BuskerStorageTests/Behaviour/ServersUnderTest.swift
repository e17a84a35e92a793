// The servers that the suite asks too, where the environment names some.

import BuskerStorage

extension StoreUnderTest {
    /// One store for each server that is named by the environment, each test in a bucket of its own.
    static let servers: [StoreUnderTest] = [
        LiveServer.swift.map { store(on: $0, swiftAbilities) },
        LiveServer.moto.map { store(on: $0, Abilities(checksCompletion: false, knowsUploads: false, isFast: false)) },
    ].compactMap(\.self)

    private static let swiftAbilities = Abilities(
        replaces: false, createsOnce: false, checksCompletion: false, forgetsCompleted: false, isFast: false)

    private static func store(on server: LiveServer, _ abilities: Abilities) -> StoreUnderTest {
        StoreUnderTest(name: server.name, abilities: abilities) {
            let bucket = try await server.makeBucket()
            return Opened(
                store: try server.store(bucket), reopen: { try server.store(bucket) },
                close: { await server.dropBucket(bucket) })
        }
    }
}
