// Events reach somebody, in order, and are done once.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct ReadingEventTests {
    /// Makes `count` events: an account that is emptied again and again.
    private func emptied(_ bench: ReadingBench, _ count: Int) async throws -> AccountName {
        let account = try await bench.open("user:1")
        for at in 1...count {
            try await bench.grant(5, to: account, key: "g\(at)")
            try await bench.charge(5, to: account, key: "c\(at)")
        }
        return account
    }

    @Test(arguments: DatabaseKind.all)
    func eventsWaitInOrderUntilTheyAreDone(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await emptied(bench, 5)
            let all = try await bench.ledger.events()
            #expect(all.count == 5)
            #expect(all.map(\.sequence) == all.map(\.sequence).sorted())
            #expect(all.allSatisfy { $0.kind == .depleted && $0.account == account && $0.doneAt == nil })
            let history = try await bench.ledger.history(of: account, HistoryFilter(kinds: [.charge]))
            #expect(all.map(\.transaction) == history.items.reversed().map(\.transaction))
            let part = try await bench.ledger.events(after: all[1].sequence, limit: 2)
            #expect(part == Array(all[2...3]))
            #expect(try await bench.ledger.markDone([all[0].sequence, all[2].sequence]) == 2)
            #expect(try await bench.ledger.markDone([all[0].sequence, all[3].sequence]) == 1)
            #expect(try await bench.ledger.markDone([]) == 0)
            #expect(try await bench.ledger.events() == [all[1], all[4]])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatFailsWaitsAgain(kind: DatabaseKind) async throws {
        struct Broken: Error, Equatable {}
        try await withLedger(kind) { bench in
            _ = try await emptied(bench, 3)
            try await bench.tamper(["CREATE TABLE mail (event bigint PRIMARY KEY)"])
            await #expect(throws: Broken()) {
                try await bench.ledger.handleEvents { event, tx in
                    try tx.execute("INSERT INTO mail VALUES (\(event.sequence))")
                    if event.sequence == 3 { throw Broken() }
                }
            }
            #expect(try await bench.ledger.events().count == 3)
            let handled = try await bench.ledger.handleEvents(limit: 2) { event, tx in
                try tx.execute("INSERT INTO mail VALUES (\(event.sequence))")
            }
            #expect(handled == 2)
            #expect(try await bench.ledger.events().map(\.sequence) == [3])
            let mails = try await bench.database.read { tx in try tx.rows("SELECT event FROM mail ORDER BY 1") }
            #expect(try mails.map { try $0.get(0, as: Int64.self) } == [1, 2])
        }
    }

    private static func takeAll(_ bench: ReadingBench) async throws -> [[Int64]] {
        var batches: [[Int64]] = []
        while true {
            let batch = try await bench.database.write { tx in
                try bench.ledger.takeEvents(limit: 3, in: tx).map(\.sequence)
            }
            guard !batch.isEmpty else { return batches }
            batches.append(batch)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func severalConsumersShareTheEventsWithoutDoubles(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            _ = try await emptied(bench, 30)
            let batches = try await withThrowingTaskGroup(of: [[Int64]].self) { group in
                for _ in 0..<4 { group.addTask { try await Self.takeAll(bench) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(batches.allSatisfy { $0 == $0.sorted() })
            #expect(batches.flatMap(\.self).sorted() == Array(1...30))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func doneEventsArePrunedAndOthersStay(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            _ = try await emptied(bench, 4)
            try await bench.ledger.markDone([1, 3])
            let done = bench.clock.now
            bench.pass(seconds: 60)
            try await bench.ledger.markDone([2])
            #expect(try await bench.ledger.pruneEvents(doneBefore: done) == 0)
            #expect(try await bench.ledger.pruneEvents(doneBefore: done.advanced(byMicroseconds: 1)) == 2)
            #expect(try await bench.ledger.events().map(\.sequence) == [4])
            #expect(try await bench.ledger.pruneEvents(doneBefore: bench.later(1)) == 1)
        }
    }
}
