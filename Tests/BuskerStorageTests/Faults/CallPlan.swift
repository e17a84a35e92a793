// Which call fails, and how.

import BuskerCore
import BuskerDatabase
import Synchronization

@testable import BuskerStorage

/// What becomes of a call to the store or the database.
enum CallFault: UInt8, Sendable, CaseIterable {
    /// It is refused before anything was done.
    case fails
    /// It is done, but the answer is lost.
    case cut
    /// The answer is lost, and it is done later, when somebody else may have acted.
    case late
    /// It is done twice.
    case twice
    /// The bytes that it writes or answers with are not the right ones.
    case torn
    /// The process ends before it.
    case dies
    /// The process ends after it was done.
    case diesAfter
}

/// What kind of call it is.
enum CallKind: Sendable {
    case storeRead
    case storeWrite
    case database
}

extension CallFault {
    /// Whether it is another one than the rest for this kind of call.
    func matters(to kind: CallKind) -> Bool {
        switch kind {
        case .storeWrite: true
        case .storeRead: self != .late && self != .twice && self != .diesAfter
        case .database: self != .late && self != .twice && self != .torn
        }
    }
}

/// Gives faults to calls, and remembers what is to arrive late.
final class CallPlan: Sendable {
    typealias Late = @Sendable () async -> Void
    private struct State {
        var kinds: [CallKind] = []
        var isDead = false
        var late: [Late] = []
        var trace: [String] = []
    }

    /// The process ended; what runs on afterwards gets nothing done.
    struct Death: Error {}

    private let state = Mutex(State())
    private let choose: @Sendable (Int, CallKind) -> CallFault?

    /// Asks `choose` about each call, counted from 0.
    init(_ choose: @escaping @Sendable (Int, CallKind) -> CallFault?) { self.choose = choose }

    /// The calls so far.
    var kinds: [CallKind] { state.withLock { $0.kinds } }
    var isDead: Bool { state.withLock { $0.isDead } }
    var trace: [String] { state.withLock { $0.trace } }

    /// The fault of the next call.
    ///
    /// - Throws: `Death` when the process has ended, or ends here.
    func next(_ kind: CallKind, _ name: String) throws(Death) -> CallFault? {
        let number = state.withLock { state -> Int? in
            guard !state.isDead else { return nil }
            state.kinds.append(kind)
            return state.kinds.count - 1
        }
        guard let number else { throw Death() }
        let fault = choose(number, kind)
        state.withLock { $0.trace.append(fault.map { "\(number) \(name): \($0)" } ?? "\(number) \(name)") }
        if fault == .dies {
            die()
            throw Death()
        }
        return fault
    }

    func die() { state.withLock { $0.isDead = true } }

    /// A new process begins.
    func restart() { state.withLock { $0.isDead = false } }

    func postpone(_ work: @escaping Late) { state.withLock { $0.late.append(work) } }

    /// What was cut off arrives now.
    func arrive() async {
        let late = state.withLock { state in
            defer { state.late = [] }
            return state.late
        }
        for work in late { await work() }
    }
}

/// A database whose calls have faults.
struct PlannedDatabase: Database {
    let base: any Database
    let plan: CallPlan

    var dialect: Dialect { base.dialect }

    func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T {
        switch try plan.next(.database, "read") {
        case .fails, .cut, .late: throw DatabaseError(.unavailable, "a fault")
        default: return try await base.read(body)
        }
    }

    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        switch try plan.next(.database, "write") {
        case .fails, .late: throw DatabaseError(.unavailable, "a fault")
        case .cut:
            _ = try await base.write(body)
            throw DatabaseError(.unknownOutcome, "a fault")
        case .diesAfter:
            _ = try await base.write(body)
            plan.die()
            throw CallPlan.Death()
        default: return try await base.write(body)
        }
    }

    func migrate(_ migrations: [Migration]) async throws { try await base.migrate(migrations) }
    func integrityCheck() async throws -> [String] { try await base.integrityCheck() }
    func close() async {}
}
