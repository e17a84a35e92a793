// A ledger under test, with a note of everything asked and answered.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Synchronization
import TestSupport
import Testing

/// A ledger under test: it notes what was asked and answered, and checks all of it against the naive ledger.
final class Desk: Sendable {
    struct Note {
        var asked: [String: LedgerCommand] = [:]
        var answers: [String: Answer] = [:]
        var keys = 0
    }

    static let credits = unit("credits", 2)
    static let tokens = unit("tokens", 0)

    let database: any Database
    let clock: ManualClock
    let ledger: Ledger
    private let note = Mutex(Note())

    init(_ database: any Database, clock: ManualClock = ManualClock(), limits: LedgerLimits = LedgerLimits()) {
        self.database = database
        self.clock = clock
        ledger = Ledger(database, clock: clock, ids: Self.ids(clock), limits: limits)
    }

    static func ids(_ clock: ManualClock, seed: UInt64 = 7) -> IDGenerator {
        IDGenerator(clock: clock, random: SeededGenerator(seed: seed))
    }

    static func unit(_ code: String, _ scale: Int) -> Amount.Unit {
        do { return try Amount.Unit(code: code, scale: scale) } catch { preconditionFailure("\(error)") }
    }

    static func credits(_ steps: Int64) -> Amount { Amount(steps: steps, unit: credits) }

    /// A key that no command of this desk has had.
    func freshKey(scope: String = "") throws -> IdempotencyKey {
        let number = note.withLock { note in
            note.keys += 1
            return note.keys
        }
        return try IdempotencyKey("key:\(number)", scope: scope)
    }

    /// Notes a command and its answer; the first answer that is not a replay stays.
    func noted(_ command: LedgerCommand, _ answer: Answer) {
        let name = Replay.name(command.key.scope, command.key.text)
        let isOwn: Bool
        switch answer {
        case .success(let receipt): isOwn = !receipt.replayed
        case .failure(let error): isOwn = !error.replayed && error.code != .conflict
        }
        note.withLock { note in
            if isOwn || note.asked[name] == nil { note.asked[name] = command }
            if isOwn { note.answers[name] = answer }
        }
    }

    /// Asks without a note.
    func answer(to command: LedgerCommand) async -> Answer {
        do { return .success(try await ledger.perform(command)) } catch { return .failure(error) }
    }

    /// Asks and returns what was answered.
    func ask(_ command: LedgerCommand) async -> Answer {
        let answer = await answer(to: command)
        noted(command, answer)
        return answer
    }

    /// Asks under a fresh key.
    func ask(_ action: LedgerAction) async throws -> Answer { await ask(LedgerCommand(action, key: try freshKey())) }

    /// Asks under a fresh key for what must be granted.
    @discardableResult
    func done(_ action: LedgerAction, at location: SourceLocation = #_sourceLocation) async throws -> Receipt {
        let answer = try await ask(action)
        if case .failure(let error) = answer { Issue.record("\(action): \(error)", sourceLocation: location) }
        return try answer.get()
    }

    /// Asks under a fresh key for what must be refused.
    @discardableResult
    func refused(
        _ action: LedgerAction, _ code: LedgerError.Code, at location: SourceLocation = #_sourceLocation
    ) async throws -> LedgerError? {
        switch try await ask(action) {
        case .success(let receipt):
            Issue.record("\(action) gave \(receipt), not \(code)", sourceLocation: location)
            return nil
        case .failure(let error):
            #expect(error.code == code, "\(action): \(error)", sourceLocation: location)
            return error
        }
    }

    func tables() async throws -> LedgerTables { try await database.read { try LedgerTables($0) } }

    /// Checks everything so far against the naive ledger and the invariants.
    func check(at location: SourceLocation = #_sourceLocation) async throws {
        for problem in try await problems() { Issue.record("\(problem)", sourceLocation: location) }
    }

    /// What differs from the naive ledger, and which invariants are broken.
    func problems() async throws -> [String] {
        let tables = try await tables()
        let (asked, answers) = note.withLock { ($0.asked, $0.answers) }
        var replay = Replay(limits: ledger.limits)
        replay.follow(tables, asked: asked, answers: answers)
        return replay.problems + OwnChecks.problems(in: tables)
    }
}

/// Runs a test with a ledger on a new database.
func withDesk(
    _ kind: DatabaseKind, limits: LedgerLimits = LedgerLimits(), _ body: (Desk) async throws -> Void
) async throws {
    try await withDatabase(kind) { database in
        let desk = Desk(database, limits: limits)
        try await desk.ledger.migrate()
        try await body(desk)
    }
}

extension Desk {
    /// Checks the invariants alone, where a naive ledger would be too slow or know less.
    func checkInvariants(at location: SourceLocation = #_sourceLocation) async throws {
        for problem in OwnChecks.problems(in: try await tables()) {
            Issue.record("\(problem)", sourceLocation: location)
        }
    }
}
