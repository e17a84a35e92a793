// What the ledger does inside a host's own transaction.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct ComposedTests {
    struct Broken: Error {}

    static let table = Migration(room: "host", version: 1, name: "jobs") { d in
        ["CREATE TABLE job (name TEXT PRIMARY KEY, txn \(d.bytes))\(d.strict)"]
    }

    private func desk(_ kind: DatabaseKind, _ body: (Desk) async throws -> Void) async throws {
        try await withDesk(kind) { desk in
            try await desk.database.migrate([Self.table])
            try await body(desk)
        }
    }

    private func jobs(_ desk: Desk) async throws -> Int64? {
        try await desk.database.read { try $0.value("SELECT count(*) FROM job") }
    }

    @Test(arguments: DatabaseKind.all)
    func hostRowsAndCreditsCommitTogether(kind: DatabaseKind) async throws {
        try await desk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let charge = LedgerCommand(.charge(alice, Desk.credits(4), scope: nil), key: try desk.freshKey())
            let hold = LedgerCommand(
                .hold(alice, Desk.credits(4), timeToLive: .seconds(60), scope: nil), key: try desk.freshKey())
            let receipts = try await desk.database.write { tx in
                try tx.execute("INSERT INTO job (name) VALUES (\("one"))")
                let first = try desk.ledger.perform(charge, in: tx)
                try tx.execute("UPDATE job SET txn = \(first.transaction) WHERE name = \("one")")
                return [first, try desk.ledger.perform(hold, in: tx)]
            }
            for (command, receipt) in zip([charge, hold], receipts) { desk.noted(command, .success(receipt)) }
            let stored: [UInt8]? = try await desk.database.read { try $0.value("SELECT txn FROM job") }
            #expect(stored == receipts[0].transaction.bytes)
            #expect(try await desk.standing(alice) == [6, 4, 0])
            #expect(try await desk.ledger.perform(charge).replayed)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func hostRowsAndCreditsRollBackTogether(kind: DatabaseKind) async throws {
        try await desk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let before = try await desk.tables()
            let charge = LedgerCommand(.charge(alice, Desk.credits(4), scope: nil), key: try desk.freshKey())
            let big = LedgerCommand(.charge(alice, Desk.credits(40), scope: nil), key: try desk.freshKey())
            await #expect(throws: Broken.self) {
                try await desk.database.write { tx in
                    try tx.execute("INSERT INTO job (name) VALUES (\("one"))")
                    _ = try desk.ledger.perform(charge, in: tx)
                    throw Broken()
                }
            }
            await #expect(throws: LedgerError(.insufficient, "")) {
                try await desk.database.write { tx in
                    try tx.execute("INSERT INTO job (name) VALUES (\("two"))")
                    _ = try desk.ledger.perform(charge, in: tx)
                    _ = try desk.ledger.perform(big, in: tx)
                }
            }
            #expect(try await desk.tables() == before)
            #expect(try await jobs(desk) == 0)
            #expect(try await desk.ask(charge).get().replayed == false)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRefusalThatTheHostSurvivesIsRemembered(kind: DatabaseKind) async throws {
        try await desk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let big = LedgerCommand(.charge(alice, Desk.credits(40), scope: nil), key: try desk.freshKey())
            try await desk.database.write { tx in
                do {
                    _ = try desk.ledger.perform(big, in: tx)
                    Issue.record("charged")
                } catch let error as LedgerError {
                    #expect(error.code == .insufficient && !error.replayed)
                    desk.noted(big, .failure(error))
                }
                try tx.execute("INSERT INTO job (name) VALUES (\("free"))")
            }
            guard case .failure(let again) = await desk.ask(big) else { return #expect(Bool(false), "charged") }
            #expect(again.replayed)
            #expect(try await jobs(desk) == 1)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aSavepointTakesCreditsBackWithIt(kind: DatabaseKind) async throws {
        try await desk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let keys = [try desk.freshKey(), try desk.freshKey()]
            let charge = LedgerCommand(.charge(alice, Desk.credits(4), scope: nil), key: keys[0])
            let other = LedgerCommand(.charge(alice, Desk.credits(10), scope: nil), key: keys[1])
            let answer = try await desk.database.write { tx in
                try? tx.savepoint {
                    _ = try desk.ledger.perform(charge, in: tx)
                    throw Broken()
                }
                return try desk.ledger.perform(other, in: tx)
            }
            desk.noted(other, .success(answer))
            #expect(try await desk.standing(alice) == [0, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func bothFormsMix(kind: DatabaseKind) async throws {
        try await desk(kind) { desk in
            let alice = try await desk.open(with: 1_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for at in 0..<40 {
                    let command = LedgerCommand(
                        .charge(alice, Desk.credits(Int64(at % 3 + 1)), scope: nil), key: try desk.freshKey())
                    group.addTask {
                        if at % 2 == 0 {
                            _ = await desk.ask(command)
                        } else {
                            let receipt = try await desk.database.write { tx in
                                try tx.execute("INSERT INTO job (name) VALUES (\("job \(at)"))")
                                return try desk.ledger.perform(command, in: tx)
                            }
                            desk.noted(command, .success(receipt))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await jobs(desk) == 20)
            try await desk.check()
        }
    }
}
