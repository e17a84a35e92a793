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
    case tend
    case repair
    case tus
    case more(Int)
    case checked(Int)
    case ticket
    case partsTicket
    case put(Int)
    case promote(Int)
}

/// Ways to spoil the world, each of which the hunt must catch.
enum Sabotage: String, Sendable, CaseIterable {
    /// The host does not ask whether a file is paid.
    case unpaidCommit
    /// Whoever deletes a file deletes the bytes before the row.
    case bytesFirst
    /// The sweeper does not know where temporary files are.
    case halfSweep
    /// The store acknowledges copies that it did not make, and answers for them with the original.
    case blindMove
    /// Somebody deletes a piece of an upload that goes on.
    case lostPiece
}

/// One world: what was promised, and how it is kept.
final class StorageWorld {
    struct Promise {
        let bytes: [UInt8]
        let made: Timestamp
        /// Bytes that a client by tus was told are there.
        var acknowledged = 0
        var isAccepted = false
        var mayBePaid = false
        var mayBeDeleted = false
    }

    static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    let base: any Database
    /// The store without faults, in which promises are looked up.
    let inner: any ObjectStore
    /// The same store, whose calls have faults.
    let store: any ObjectStore
    let plan: CallPlan
    let clock: ManualClock
    let ids: IDGenerator
    let sabotage: Sabotage?
    private(set) var files: [FileID] = []
    var promises: [FileID: Promise] = [:]
    /// The bytes of the upload in hand.
    var content: [UInt8] = []
    private var moves: [FileID: MigrationID] = [:]
    private var strays = 0
    /// Desks made so far: each process has tokens of its own.
    private var desks: UInt64 = 0
    /// Copies that lag behind, as a store of two tiers told.
    let repairs = Synced<[TierRepair]>([])

    init(
        _ base: any Database, _ place: HistoryPlace, _ plan: CallPlan, clock: ManualClock, seed: UInt64,
        sabotage: Sabotage? = nil
    ) throws {
        self.base = base
        let queue = repairs
        (inner, store) = try place.stores(plan) { repair in queue.change { $0.append(repair) } }
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
                "storage_upload_part", "storage_upload", "storage_upload_owner",
            ] { try tx.execute("DELETE FROM \(table)") }
        }
    }

    var database: PlannedDatabase { PlannedDatabase(base: base, plan: plan) }

    func uploads(_ database: any Database, _ store: any ObjectStore) -> UploadDesk {
        desks += 1
        return UploadDesk(
            database, store: store, clock: clock, timer: ContinuousClock(), ids: ids,
            random: SeededGenerator(seed: desks))
    }

    func desk(_ database: any Database, _ store: any ObjectStore) -> MigrationDesk {
        let asks = sabotage != .unpaidCommit
        let seen: any ObjectStore =
            sabotage == .blindMove ? DeceivingStore(base: store) : store
        return MigrationDesk(database, store: seen, clock: clock, ids: ids) { file, _, _ in
            guard !asks || file.payment == .paid else { throw StorageError(.badState, "It is not paid.") }
        }
    }

    func sweeper(_ database: any Database, _ store: any ObjectStore) throws -> OrphanSweeper {
        let prefixes = sabotage == .halfSweep ? ["permanent/"] : ["incoming/", "permanent/"]
        return try OrphanSweeper(database, store: store, prefixes: prefixes, clock: clock)
    }

    /// Does something; what fails is left as it is, and a process that ended begins anew.
    func act(_ act: WorldAct) async {
        do {
            try await attempt(act)
        } catch {}
        if plan.isDead { plan.restart() }
        await promise()
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
            try await inner.put(ObjectKey("incoming/stray-\(strays)"), .bytes([0xAB]), PutOptions())
        case .parts:
            strays += 1
            _ = try await inner.beginMultipart(ObjectKey("incoming/parts-\(strays)"), PutOptions())
        case .resume: _ = try await desk(database, store).resume()
        case .sweep: _ = try await sweeper(database, store).sweep()
        case .pass(let hours): clock.advance(microseconds: Int64(hours) * 3_600_000_000)
        case .arrive: await plan.arrive()
        case .tend: try await uploads(database, store).sweep()
        case .repair: await repair()
        case .tus: await beginTus()
        case .more(let at):
            if sabotage == .lostPiece { try await losePiece() }
            await continueTus(at, isChecked: false)
        case .checked(let at): await continueTus(at, isChecked: true)
        case .ticket: try await ticket(inParts: false)
        case .partsTicket: try await ticket(inParts: true)
        case .put(let at): try await putDirectly(at)
        case .promote(let at): try await promote(at)
        }
    }

    func file(_ at: Int) -> FileID? { files.isEmpty ? nil : files[at % files.count] }

    private func upload() async throws {
        content = Sample.wav + [UInt8(truncatingIfNeeded: files.count), 1, 2, 3]
        let file = try await uploads(database, store).upload(UploadBench.request(), .bytes(content))
        await promise()
        if file.state == .accepted { promises[file.id]?.isAccepted = true }
    }

    /// Takes up rows that an upload made, also one that failed: what they say must hold from now on.
    func promise() async {
        guard let rows = try? await base.read({ tx in try FileStore.rows("1 = 1 ORDER BY id", in: tx) }) else { return }
        for row in rows where promises[row.id] == nil {
            promises[row.id] = Promise(bytes: content, made: row.times.created)
            files.append(row.id)
        }
    }

    /// Makes the copies that lag, as a worker would; what fails stays in the queue.
    private func repair() async {
        guard let tiers = store as? TieredStore else { return }
        let queue = repairs.value
        repairs.change { $0 = [] }
        for one in queue {
            let report = await tiers.repair(one)
            if report.failure != nil { repairs.change { $0.append(one) } }
        }
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
