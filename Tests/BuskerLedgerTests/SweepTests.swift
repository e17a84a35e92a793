// A sweep ends what is due on every account whose rows are sound.

import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct SweepTests {
    /// Accounts with a hold that is over, some of them damaged; the damaged ones are due first.
    ///
    /// - Returns: the names of the sound ones, and a ledger that has read no row yet.
    private static func prepare(
        _ bench: ReadingBench, sound: Int, damaged: Int
    ) async throws -> (names: [AccountName], ledger: Ledger) {
        var names: [AccountName] = []
        for number in 0..<sound + damaged {
            let name = try await bench.open("account\(number)")
            try await bench.grant(5, to: name, key: "g\(number)")
            try await bench.hold(3, on: name, seconds: Int64(100 + number), key: "h\(number)")
            names.append(name)
        }
        for name in names.prefix(damaged) {
            try await bench.tamper([
                """
                UPDATE ledger_grant SET category = 99
                WHERE account = (SELECT id FROM ledger_account WHERE name = \(name.text))
                """
            ])
        }
        bench.pass(seconds: 1000)
        return (Array(names.dropFirst(damaged)), Ledger(bench.database, clock: bench.clock))
    }

    private static func due(_ bench: ReadingBench) async throws -> Int64 {
        try await bench.database.read { tx in
            let row = try tx.first("SELECT COUNT(*) FROM ledger_account WHERE due_us <= \(bench.clock.now)")
            return try row?.get(0) ?? 0
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aDamagedAccountStopsOnlyItself(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (names, ledger) = try await Self.prepare(bench, sound: 4, damaged: 2)
            let report = try await ledger.sweep(limit: 100)
            #expect(report.damaged == 2 && report.ended == 4 && report.accounts == 6 && !report.isMore)
            #expect(try await Self.due(bench) == 2)
            for name in names { #expect(try await ledger.balance(of: name).held == bench.amount(0)) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func damagedAccountsThatAreDueFirstDoNotHideTheOthers(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (_, ledger) = try await Self.prepare(bench, sound: 3, damaged: 3)
            var turns: [SweepReport] = []
            repeat { turns.append(try await ledger.sweep(limit: 1)) } while turns.last?.isMore == true
            #expect(turns.map(\.ended) == [1, 1, 1, 0] && turns.allSatisfy { $0.damaged == 3 })
            #expect(try await Self.due(bench) == 3)
        }
    }
}
