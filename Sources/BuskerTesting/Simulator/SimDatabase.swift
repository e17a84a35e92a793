// The database of one life, whose calls take turns and go wrong.

import BuskerDatabase
import Synchronization

/// Passes every call on to a real database, lets some go wrong, and none through after the end of the process.
final class SimDatabase: Database {
    private struct Undo: Error {}

    let inner: any Database
    let dialect: Dialect
    private let life: Life
    private let sabotage: Sabotage?
    private let failSync: @Sendable () -> Void

    init(_ inner: any Database, life: Life, sabotage: Sabotage?, failSync: @escaping @Sendable () -> Void) {
        self.inner = inner
        dialect = inner.dialect
        self.life = life
        self.sabotage = sabotage
        self.failSync = failSync
    }

    private func cross() async throws(DatabaseError) -> SimFault? {
        do throws(SimDeath) { return try await life.cross(.database) } catch { throw Life.gone }
    }

    private func land(_ fault: SimFault?) throws(DatabaseError) {
        do throws(SimDeath) { try life.land(fault) } catch { throw Life.gone }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T {
        let fault = try await cross()
        if fault == .fails || fault == .lost { throw Self.away }
        do {
            let value = try await inner.read(body)
            try land(fault)
            return value
        } catch {
            try land(fault)
            throw error
        }
    }

    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let fault = try await cross()
        do {
            let value = try await write(body, fault)
            try land(fault)
            return value
        } catch {
            try land(fault)
            throw error
        }
    }

    private func write<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T, _ fault: SimFault?
    ) async throws -> T {
        switch fault {
        case .fails: throw Self.away
        case .lost:
            _ = try await inner.write(body)
            throw Self.unknown
        case .undone:
            let value = try await undone(body)
            if sabotage == .lyingCommit { return value }
            throw Self.unknown
        case .again:
            _ = try await undone(body)
            return try await inner.write(body)
        case .noSync:
            failSync()
            return try await inner.write(body)
        case .endsBefore, .endsAfter, nil: return try await plain(body)
        }
    }

    private func plain<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        guard sabotage == .noRollback else { return try await inner.write(body) }
        return try await inner.write { tx in Result { try body(tx) } }.get()
    }

    /// What the closure answers, although nothing of it remains.
    private func undone<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let kept = Mutex<T?>(nil)
        do {
            try await inner.write { tx in
                let value = try body(tx)
                kept.withLock { $0 = value }
                throw Undo()
            }
        } catch is Undo {}
        guard let value = kept.withLock({ $0 }) else { throw Self.unknown }
        return value
    }

    func migrate(_ migrations: [Migration]) async throws {
        let fault = try await cross()
        try await inner.migrate(migrations)
        try land(fault)
    }

    func integrityCheck() async throws -> [String] { try await inner.integrityCheck() }
    func close() async { await inner.close() }

    private static let away = DatabaseError(.unavailable, "The database is away, says the simulator.")
    private static let unknown = DatabaseError(
        .unknownOutcome, "The answer of the commit was lost, says the simulator.")
}
