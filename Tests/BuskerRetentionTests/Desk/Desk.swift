// Rows, bytes and a clock for tests that carry plans out.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerRetention
import BuskerStorage
import Synchronization
import TestSupport

/// A waiter that never waits, and counts how long it should have.
final class CountingClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Swift.Duration
        func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let time = Mutex(Instant(offset: .zero))

    var now: Instant { time.withLock { $0 } }
    var minimumResolution: Swift.Duration { .microseconds(1) }

    func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        time.withLock { $0 = max($0, deadline) }
    }
}

/// A store that fails when it is told to.
final class FailingStore: ObjectStore {
    let store: MemoryStore
    private let failures = Mutex<(code: StorageError.Code, every: Int)?>(nil)
    private let calls = Mutex(0)

    init(_ store: MemoryStore) { self.store = store }

    /// Lets every so many-th deletion fail, or every call with 0; nothing ends it.
    func fail(_ code: StorageError.Code?, every: Int = 0) { failures.withLock { $0 = code.map { ($0, every) } } }

    var capabilities: StoreCapabilities { store.capabilities }

    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo {
        try await store.put(key, body, options)
    }

    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        try await store.get(key, options)
    }

    func head(_ key: ObjectKey) async -> ObjectPresence { await store.head(key) }

    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing { try await store.list(request) }

    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo {
        try await store.copy(source, to: target, mode: mode)
    }

    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        guard let failure = failures.withLock({ $0 }) else { return try await store.delete(keys) }
        if failure.every == 0 { throw StorageError(failure.code, "The store is out.") }
        var results: [ObjectDeletion] = []
        for key in keys {
            let number = calls.withLock { calls in
                calls += 1
                return calls
            }
            if number % failure.every == 0 {
                results.append(ObjectDeletion(key: key, failure: StorageError(failure.code, "no")))
            } else {
                results += try await store.delete([key])
            }
        }
        return results
    }

    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload {
        try await store.beginMultipart(key, options)
    }

    func resumeMultipart(_ key: ObjectKey, upload: String, _ options: PutOptions) throws(StorageError)
        -> any MultipartUpload
    {
        try store.resumeMultipart(key, upload: upload, options)
    }

    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing {
        try await store.listMultiparts(prefix: prefix, after: after, limit: limit)
    }

    func presign(_ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions) throws(StorageError)
        -> PresignedRequest
    {
        try store.presign(verb, key, options)
    }
}

/// Hands that note what they did.
final class NotingHands: RetentionHands {
    let log = Mutex<[String]>([])
    let mayMove: Bool

    init(mayMove: Bool = true) { self.mayMove = mayMove }

    var said: [String] { log.withLock { $0 } }

    func revokeLinks(of file: FileRecord) async throws { log.withLock { $0.append("links \(file.name)") } }

    func notify(_ file: FileRecord, over channel: String, deletion: Timestamp) async throws {
        log.withLock { $0.append("\(channel) \(file.name)") }
    }

    func archive(_ file: FileRecord, class name: String) async throws {
        guard mayMove else { throw StorageError(.unavailable, "no") }
        log.withLock { $0.append("archive \(file.name)") }
    }
}

/// A service in small.
struct Desk {
    let database: any Database
    let clock: ManualClock
    let ids: IDGenerator
    let store: FailingStore
    let retention: Retention
    let waiter = CountingClock()

    static let start = Timestamp(microseconds: 1_900_000_000_000_000)

    static func run<T>(
        _ kind: DatabaseKind = .sqliteMemory, limits: RetentionLimits = RetentionLimits(),
        _ body: (Desk) async throws -> T
    ) async throws -> T {
        try await withDatabase(kind) { database in
            let clock = ManualClock(start)
            let desk = Desk(database, clock, limits)
            try await database.migrate(StorageSchema.migrations)
            try await desk.retention.migrate()
            return try await body(desk)
        }
    }

    init(_ database: some Database, _ clock: ManualClock, _ limits: RetentionLimits) {
        self.database = database
        self.clock = clock
        ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 1))
        store = FailingStore(MemoryStore(clock: clock))
        retention = Retention(database, clock: clock, ids: ids, limits: limits)
    }

    /// Adds files with bytes, made now unless it is said otherwise.
    @discardableResult
    func add(
        _ names: [String], owner: String = "ann", kind: String = "upload", subject: String? = "job",
        size: Int64 = 4, change: (inout FileRecord) -> Void = { _ in }
    ) async throws -> [FileRecord] {
        var records: [FileRecord] = []
        for name in names {
            var record = try file(
                name, owner: owner, kind: kind, subject: subject, size: size, created: clock.now, id: ids.make())
            change(&record)
            _ = try await store.put(record.key, .bytes(Array("data".utf8)), PutOptions())
            records.append(record)
        }
        let all = records
        try await database.write { tx in for record in all { try FileStore.insert(record, in: tx) } }
        return records
    }

    func record(_ file: FileRecord) async throws -> FileRecord? {
        try await database.read { tx in try FileStore.find(file.id, in: tx) }
    }

    func hasBytes(_ file: FileRecord) async -> Bool {
        if case .present = await store.head(file.key) { true } else { false }
    }

    func plan(_ policy: RetentionPolicy, accepting: Int64? = nil) async throws -> (RetentionPlan, ListedItems) {
        var items = ListedItems()
        let plan = try await retention.plan(policy, accepting: accepting) { items.items.append($0) }
        return (plan, items)
    }

    func apply(
        _ plan: RetentionPlan, _ items: ListedItems, _ policy: RetentionPolicy, hands: NotingHands = NotingHands(),
        release: BrakeRelease? = nil
    ) async throws -> RunReport {
        try await retention.apply(
            plan.id, policy, items: items, store: store, hands: hands, release: release, waiter: waiter)
    }

    /// Plans and carries out; the first time of an edition it only rehearses.
    @discardableResult
    func sweep(
        _ policy: RetentionPolicy, hands: NotingHands = NotingHands(), releasing: Bool = false
    ) async throws -> RunReport {
        let (plan, items) = try await plan(policy)
        let release = releasing ? BrakeRelease(planDigest: plan.digest, ends: plan.totals.ends) : nil
        return try await apply(plan, items, policy, hands: hands, release: release)
    }

    /// Rehearses an edition, so that the next sweep acts.
    func rehearse(_ policy: RetentionPolicy) async throws {
        let report = try await sweep(policy)
        guard report.state == .dry else { throw RetentionError(.badState, "It was no rehearsal.") }
    }
}

/// A policy that deletes by kind so many days after the creation.
func daysPolicy(
    _ days: Int64 = 30, version: Int64 = 1, rules: [RetentionRule] = [],
    guards change: (inout RetentionGuards) -> Void = { _ in }
) throws -> RetentionPolicy {
    var guards = RetentionGuards()
    guards.maxPercentObjects = 100
    guards.maxPercentBytes = 100
    guards.maxPercentPerOwner = 100
    change(&guards)
    let rule = RetentionRule(
        "days", when: .kind(["upload"]), .deleteAt(RetentionMoment(.created, after: .days(days))), reason: "Time is up."
    )
    return try RetentionPolicy("test", version: version, guards: guards, rules: [rule] + rules)
}
