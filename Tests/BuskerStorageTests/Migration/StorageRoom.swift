// A database, a store and a clock for tests of moves and sweeps.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import Synchronization
import TestSupport
import Testing

@testable import BuskerStorage

/// Everything that a move or a sweep needs.
struct StorageRoom: Sendable {
    static let order = MigrationOrder(who: "test", plan: "plan 1", rule: "paid")
    let database: any Database
    let store: any ObjectStore
    let clock: ManualClock
    let ids: IDGenerator

    static func with(_ kind: DatabaseKind, _ body: (StorageRoom) async throws -> Void) async throws {
        try await withDatabase(kind) { database in
            try await database.migrate(StorageSchema.migrations)
            let clock = ManualClock()
            let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 7))
            try await body(
                StorageRoom(database: database, store: MemoryStore(clock: clock), clock: clock, ids: ids))
        }
    }

    func desk(_ limits: MigrationLimits = MigrationLimits(), commit: @escaping MigrationDesk.Commit = { _, _, _ in })
        -> MigrationDesk
    {
        MigrationDesk(database, store: store, clock: clock, ids: ids, limits: limits, commit: commit)
    }

    func sweeper(_ limits: SweepLimits = SweepLimits()) throws -> OrphanSweeper {
        try OrphanSweeper(
            database, store: store, prefixes: ["temporary/", "permanent/"], clock: clock, limits: limits)
    }

    func pass(days: Int64) { clock.advance(microseconds: days * 86_400_000_000) }

    /// A file whose bytes are there.
    @discardableResult
    func file(_ bytes: [UInt8], state: FileState = .accepted, payment: FilePayment = .paid) async throws -> FileRecord {
        let id = ids.make(FileKind.self)
        var file = FileRecord(
            id: id, owner: "ann", kind: "upload", name: "song.wav", contentType: "audio/wav",
            key: try ObjectKey("temporary/\(id)"), size: Int64(bytes.count), sha256: ContentHash(of: bytes),
            state: state, times: FileTimes(created: clock.now))
        file.payment = payment
        if state == .uploading { file.times.expires = clock.now.advanced(by: .seconds(3600)) }
        let record = file
        try await database.write { tx in try FileStore.insert(record, in: tx) }
        try await put(bytes, at: file.key.text)
        return file
    }

    func put(_ bytes: [UInt8], at key: String) async throws {
        try await store.put(ObjectKey(key), .bytes(bytes), PutOptions())
    }

    func row(_ id: FileID) async throws -> FileRecord {
        try #require(try await database.read { tx in try FileStore.find(id, in: tx) })
    }

    /// Every key of the store.
    func keys() async throws -> [String] {
        try await store.list(ListRequest()).objects.map(\.key.text)
    }

    func bytes(_ key: ObjectKey) async throws -> [UInt8] {
        try await store.get(key, GetOptions()).body.collect(upTo: 1 << 20)
    }
}
