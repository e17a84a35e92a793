// A small service with real tables and a real store, in which calls fail.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import TestSupport

@testable import BuskerStorage

/// What somebody does in the world.
enum WorldAct: Hashable, Sendable {
    case upload
    case pay(Int)
    case move(Int)
    case begin(Int)
    case cancel(Int)
    case touch(Int)
    case link(Int)
    case delete(Int)
    case stray
    case parts
    case resume
    case sweep
    case pass(hours: Int)
    case arrive
}

/// Ways to spoil the world, each of which the hunt must catch.
enum Sabotage: String, Sendable, CaseIterable {
    /// What is read back is not what lies in the store.
    case deceivedVerify
    /// The host does not ask whether a file is paid.
    case unpaidCommit
    /// Whoever deletes a file deletes the bytes before the row.
    case bytesFirst
    /// The sweeper does not know where temporary files are.
    case halfSweep
    /// The store acknowledges a copy that it did not make, and the row is pointed at it by hand.
    case blindMove
}

/// One world: what was promised, and how it is kept.
final class StorageWorld {
    struct Promise {
        let bytes: [UInt8]
        var isAccepted = false
        var mayBePaid = false
        var mayBeDeleted = false
    }

    static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    let base: any Database
    let inner: any ObjectStore
    let plan: CallPlan
    let clock: ManualClock
    let ids: IDGenerator
    let sabotage: Sabotage?
    private(set) var files: [FileID] = []
    private(set) var promises: [FileID: Promise] = [:]
    private var moves: [FileID: MigrationID] = [:]
    private var strays = 0

    init(
        _ base: any Database, _ inner: any ObjectStore, _ plan: CallPlan, clock: ManualClock, seed: UInt64,
        sabotage: Sabotage? = nil
    ) {
        self.base = base
        self.inner = inner
        self.plan = plan
        self.clock = clock
        self.sabotage = sabotage
        ids = IDGenerator(clock: clock, random: SeededGenerator(seed: seed))
    }

    /// Empties the tables, but for the audit, from which nothing is ever taken.
    static func clear(_ database: any Database) async throws {
        try await database.write { tx in
            for table: SQL in [
                "storage_file", "storage_migration", "storage_tombstone", "storage_sighting", "storage_sweep",
            ] { try tx.execute("DELETE FROM \(table)") }
        }
    }

    var database: PlannedDatabase { PlannedDatabase(base: base, plan: plan) }
    var store: PlannedStore { PlannedStore(base: inner, plan: plan) }

    func desk(_ database: any Database, _ store: any ObjectStore) -> MigrationDesk {
        let asks = sabotage != .unpaidCommit
        let seen: any ObjectStore =
            sabotage == .deceivedVerify || sabotage == .blindMove
            ? DeceivingStore(base: store, copies: sabotage != .blindMove) : store
        return MigrationDesk(database, store: seen, clock: clock, ids: ids) { file, _, _ in
            guard !asks || file.payment == .paid else { throw StorageError(.badState, "It is not paid.") }
        }
    }

    func sweeper(_ database: any Database, _ store: any ObjectStore) throws -> OrphanSweeper {
        let prefixes = sabotage == .halfSweep ? ["permanent/"] : ["temporary/", "permanent/"]
        return try OrphanSweeper(database, store: store, prefixes: prefixes, clock: clock)
    }

    /// Does something; what fails is left as it is, and a process that ended begins anew.
    func act(_ act: WorldAct) async {
        do {
            try await attempt(act)
        } catch {}
        if plan.isDead { plan.restart() }
    }

    private func attempt(_ act: WorldAct) async throws {
        switch act {
        case .upload: try await upload()
        case .pay(let at): try await pay(at)
        case .move(let at): try await move(at)
        case .begin(let at): try await begin(at)
        case .cancel(let at):
            if let id = file(at), let move = moves[id] { _ = try await desk(database, store).cancel(move) }
        case .touch(let at): try await touch(at, linked: nil)
        case .link(let at): try await touch(at, linked: clock.now.advanced(by: .seconds(7200)))
        case .delete(let at): try await delete(at)
        case .stray:
            strays += 1
            try await inner.put(ObjectKey("temporary/stray-\(strays)"), .bytes([0xAB]), PutOptions())
        case .parts:
            strays += 1
            _ = try await inner.beginMultipart(ObjectKey("temporary/parts-\(strays)"), PutOptions())
        case .resume: _ = try await desk(database, store).resume()
        case .sweep: _ = try await sweeper(database, store).sweep()
        case .pass(let hours): clock.advance(microseconds: Int64(hours) * 3_600_000_000)
        case .arrive: await plan.arrive()
        }
    }

    private func file(_ at: Int) -> FileID? { files.isEmpty ? nil : files[at % files.count] }

    /// The row before the bytes, the bytes before it is received.
    private func upload() async throws {
        let id = ids.make(FileKind.self)
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: files.count * 31 + $0) }
        files.append(id)
        promises[id] = Promise(bytes: bytes)
        var file = FileRecord(
            id: id, owner: "ann", kind: "upload", name: "song.wav", contentType: "audio/wav",
            key: try ObjectKey("temporary/\(id)"), size: 8, state: .uploading, times: FileTimes(created: clock.now))
        file.times.expires = clock.now.advanced(by: .seconds(3600))
        let row = file
        try await database.write { tx in try FileStore.insert(row, in: tx) }
        try await store.put(row.key, .bytes(bytes), PutOptions(mode: .create, sha256: ContentHash(of: bytes)))
        try await database.write { tx in
            var file = try FileStore.lock(id, in: tx)
            file.sha256 = ContentHash(of: bytes)
            file = try FileStore.save(try FileMachine.apply(.receive, to: file), in: tx)
            try FileStore.save(try FileMachine.apply(.vouch, to: file), in: tx)
        }
        promises[id]?.isAccepted = true
    }

    private func pay(_ at: Int) async throws {
        guard let id = file(at) else { return }
        promises[id]?.mayBePaid = true
        let now = clock.now
        try await database.write { tx in try FileStore.mark(id, payment: .paid, at: now, in: tx) }
    }

    private func move(_ at: Int) async throws {
        guard let id = file(at) else { return }
        _ = try await desk(database, store).move(id, MigrationOrder(who: "host"))
    }

    private func begin(_ at: Int) async throws {
        guard let id = file(at) else { return }
        let desk = desk(database, store)
        moves[id] = try await database.write { tx in try desk.start(id, MigrationOrder(who: "host"), in: tx) }.id
    }

    private func touch(_ at: Int, linked: Timestamp?) async throws {
        guard let id = file(at) else { return }
        let now = clock.now
        try await database.write { tx in try FileStore.touch(id, linkedUntil: linked, downloaded: now, in: tx) }
    }

    private func delete(_ at: Int) async throws {
        guard let id = file(at) else { return }
        if sabotage == .bytesFirst {
            let file = try await base.read { tx in try FileStore.find(id, in: tx) }
            if let file, file.state == .accepted { _ = try await store.delete([file.key]) }
        }
        promises[id]?.mayBeDeleted = true
        let dead = try await database.write { tx in
            try FileStore.save(try FileMachine.apply(.tombstone, to: try FileStore.lock(id, in: tx)), in: tx)
        }
        if let failure = try await store.delete([dead.key]).first?.failure { throw failure }
        try await database.write { tx in
            try FileStore.save(try FileMachine.apply(.vanish, to: try FileStore.lock(id, in: tx)), in: tx)
        }
    }
}

/// A store that answers a question for a copy with the original, and may not even copy.
private struct DeceivingStore: ObjectStore {
    let base: any ObjectStore
    let copies: Bool
    private let sources = Sources()

    private final class Sources: Sendable {
        private let held = Synced<[ObjectKey: [UInt8]]>([:])
        func note(_ key: ObjectKey, _ bytes: [UInt8]) { held.change { $0[key] = bytes } }
        subscript(key: ObjectKey) -> [UInt8]? { held.value[key] }
    }

    init(base: any ObjectStore, copies: Bool) {
        self.base = base
        self.copies = copies
    }

    var capabilities: StoreCapabilities { base.capabilities }

    @discardableResult
    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo {
        try await base.put(key, body, options)
    }

    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        guard let bytes = sources[key] else { return try await base.get(key, options) }
        let info = ObjectInfo(
            key: key, size: Int64(bytes.count), entityTag: "", modified: Timestamp(microseconds: 0))
        return ObjectContent(info: info, range: 0..<info.size, body: .bytes(bytes))
    }

    func head(_ key: ObjectKey) async -> ObjectPresence { await base.head(key) }

    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing { try await base.list(request) }

    @discardableResult
    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo {
        let content = try await base.get(source, GetOptions())
        if let bytes = try? await content.body.collect(upTo: 1 << 20) { sources.note(target, bytes) }
        return copies ? try await base.copy(source, to: target, mode: mode) : content.info
    }

    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] { try await base.delete(keys) }

    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload {
        try await base.beginMultipart(key, options)
    }

    func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload { try base.resumeMultipart(key, upload: upload, options) }

    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing {
        try await base.listMultiparts(prefix: prefix, after: after, limit: limit)
    }

    func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest { try base.presign(verb, key, options) }
}
