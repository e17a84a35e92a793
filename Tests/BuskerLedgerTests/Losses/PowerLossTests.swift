// What the ledger acknowledged is there when the power comes back.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerTesting
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct PowerLossTests {
    /// What one cut left.
    struct Remains {
        var acknowledged = 0
        var lost: [String] = []
        var problems: [String] = []
    }

    static func number(_ variable: String, else fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? fallback
    }

    static let cuts = number("BUSKER_POWER_CUTS", else: 200)
    static let seed = UInt64(number("BUSKER_SEED", else: 20_261_121))

    /// Lets callers use a ledger until the power goes, and looks at what the disk kept.
    private static func cut(
        seed: UInt64, fate: PowerCut.Fate, synchronous: String = "FULL", checkpointPages: Int? = nil
    ) async throws -> Remains {
        try await withFolder { folder in
            for name in ["before", "after"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            var generator = SeededGenerator(seed: seed)
            let disk = try PowerCut(folder: folder + "/before")
            let limits = DatabaseLimits(readers: 1)
            let database = try disk.database(
                limits: limits, synchronous: synchronous,
                checkpointPages: checkpointPages ?? [8, 40, 1_000][Int(seed % 3)])
            let clock = ManualClock()
            let ledger = Ledger(database, clock: clock, ids: Desk.ids(clock, seed: seed))
            try await ledger.migrate()
            let accounts = try (0..<3).map { try AccountName("account \($0)") }
            for account in accounts {
                let key = try IdempotencyKey("open \(account)")
                _ = try await ledger.perform(LedgerCommand(.open(account, unit: Desk.credits), key: key))
            }
            disk.cut(after: Int.random(in: 1...120, using: &generator))
            let said = await work(ledger, accounts, seed)
            await database.close()
            let path = try disk.remains(in: folder + "/after", fate: fate, seed: seed)
            return try await look(at: path, said, limits)
        }
    }

    /// Asks until nothing is answered any more; returns everything asked with what was answered.
    private static func work(
        _ ledger: Ledger, _ accounts: [AccountName], _ seed: UInt64
    ) async -> [(LedgerCommand, Answer)] {
        await withTaskGroup(of: [(LedgerCommand, Answer)].self) { group in
            for caller in 0..<4 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 31 &+ UInt64(caller))
                    var said: [(LedgerCommand, Answer)] = []
                    var holds: [HoldID] = []
                    for at in 0..<500 {
                        let account = accounts[Int.random(in: 0..<3, using: &generator)]
                        let steps = Desk.credits(Int64.random(in: 1...9, using: &generator))
                        let action: LedgerAction
                        switch Int.random(in: 0..<5, using: &generator) {
                        case 0, 1: action = .grant(account, steps, GrantTerms(.promo))
                        case 2: action = .charge(account, steps, scope: nil)
                        case 3: action = .hold(account, steps, timeToLive: .seconds(60), scope: nil)
                        default: action = holds.popLast().map { .release($0) } ?? .grant(account, steps, GrantTerms())
                        }
                        let key = IdempotencyKey(trusted: "\(caller):\(at)", scope: "")
                        let command = LedgerCommand(action, key: key)
                        do throws(LedgerError) {
                            let receipt = try await ledger.perform(command)
                            said.append((command, .success(receipt)))
                            if receipt.kind == .hold, let hold = receipt.hold { holds.append(hold) }
                        } catch {
                            said.append((command, .failure(error)))
                            if !error.isRefusal { return said }
                        }
                    }
                    return said
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Counts what was acknowledged and is gone, verifies, and sends everything again.
    private static func look(
        at path: String, _ said: [(LedgerCommand, Answer)], _ limits: DatabaseLimits
    ) async throws -> Remains {
        try await closing(SQLiteDatabase(path: path, limits: limits)) { database in
            var remains = Remains()
            let clock = ManualClock(Timestamp(microseconds: 1_800_000_000_900_000))
            let ledger = Ledger(database, clock: clock, ids: Desk.ids(clock, seed: 99))
            try await ledger.migrate()
            remains.problems += try await database.integrityCheck()
            remains.problems += try await problems(ledger)
            let before = try await database.read { try LedgerTables($0) }
            let rows = Dictionary(uniqueKeysWithValues: before.txns.map { ($0.key, $0) })
            for case (let command, .success(let receipt)) in said {
                remains.acknowledged += 1
                let row = rows[command.key.text]
                if row?.seq != receipt.sequence || row?.id != receipt.transaction.bytes
                    || row?.posted != receipt.after.posted.steps
                {
                    remains.lost.append(command.key.text)
                }
            }
            for (command, answer) in zip(said.map(\.0), await ledger.performEach(said.map(\.0))) {
                if case .success(let receipt) = answer, receipt.replayed != (rows[command.key.text] != nil) {
                    remains.problems.append("\(command.key) was not replayed")
                }
            }
            remains.problems += try await problems(ledger)
            return remains
        }
    }

    private static func problems(_ ledger: Ledger) async throws -> [String] {
        let tables = try await ledger.database.read { try LedgerTables($0) }
        return OwnChecks.problems(in: tables) + (try await ledger.verify().problems.map(\.description))
    }

    @Test(arguments: PowerCut.Fate.allCases)
    func nothingAcknowledgedIsLost(fate: PowerCut.Fate) async throws {
        let cuts = (Self.cuts + 2) / 3
        var acknowledged = 0
        for number in 0..<cuts {
            let seed = Self.seed &+ UInt64(number)
            let remains = try await Self.cut(seed: seed, fate: fate)
            acknowledged += remains.acknowledged
            #expect(remains.lost.isEmpty, "\(fate), seed \(seed): lost \(remains.lost)")
            #expect(remains.problems.isEmpty, "\(fate), seed \(seed)")
        }
        #expect(acknowledged > cuts)
    }

    /// A database that does not wait for the disk must be caught, or this suite shows nothing.
    @Test func aDatabaseThatDoesNotWaitForTheDiskIsCaught() async throws {
        var caught = 0
        for number in 0..<12 {
            let remains = try await Self.cut(
                seed: Self.seed &+ UInt64(number), fate: .drop, synchronous: "NORMAL", checkpointPages: 1_000)
            if !remains.lost.isEmpty || !remains.problems.isEmpty { caught += 1 }
        }
        #expect(caught >= 6)
    }

    @Test func aCommitWhoseSyncFailsIsUnknownAndRepeatingConverges() async throws {
        try await withFolder { folder in
            let disk = try PowerCut(folder: folder)
            try await closing(try disk.database()) { database in
                let desk = Desk(database)
                try await desk.ledger.migrate()
                let alice = try await desk.open(with: 100)
                for round in 1...10 {
                    let commands = try (0..<round).map { _ in
                        LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try desk.freshKey())
                    }
                    disk.failSyncs(1)
                    for answer in await desk.ledger.performEach(commands) {
                        #expect(throws: LedgerError(.unknownOutcome, "")) { try answer.get() }
                    }
                    for command in commands { desk.noted(command, .success(try await insist(desk.ledger, command))) }
                }
                #expect(try await desk.standing(alice) == [45, 0, 0])
                try await desk.checkInvariants()
                #expect(try await desk.ledger.verify().ok)
            }
        }
    }

    /// Repeats a command until the disk is well again.
    private func insist(_ ledger: Ledger, _ command: LedgerCommand) async throws -> Receipt {
        for _ in 0..<20 {
            do throws(LedgerError) {
                return try await ledger.perform(command)
            } catch {
                guard !error.isRefusal else { throw error }
            }
        }
        return try await ledger.perform(command)
    }
}
