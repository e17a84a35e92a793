// Balances say what a command would find, swept or not.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct ReadingBalanceTests {
    @Test(arguments: DatabaseKind.all)
    func theFiguresOfAnAccount(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let soon = bench.later(3 * 86_400)
            let last = bench.later(6 * 86_400)
            try await bench.grant(1000, to: account, key: "a")
            try await bench.grant(200, to: account, GrantTerms(.promo, expiresAt: soon), key: "b")
            try await bench.grant(50, to: account, GrantTerms(.promo, scope: "stems", expiresAt: last), key: "c")
            try await bench.grant(70, to: account, GrantTerms(.promo, scope: "preview"), key: "d")
            try await bench.grant(400, to: account, GrantTerms(.promo, effectiveAt: bench.later(60)), key: "e")
            try await bench.hold(150, on: account, key: "f")

            let balance = try await bench.ledger.balance(of: account)
            #expect(balance.account == account)
            #expect(balance.unit == bench.unit)
            #expect(balance.posted == bench.amount(1720))
            #expect(balance.held == bench.amount(150))
            #expect(balance.available == bench.amount(1050))
            #expect(balance.debt == bench.amount(0))
            #expect(balance.scoped.map(\.scope) == ["preview", "stems"])
            #expect(balance.scoped.map(\.amount) == [bench.amount(70), bench.amount(50)])
            #expect(balance.available(for: "stems") == bench.amount(1100))
            #expect(balance.available(for: "other") == bench.amount(1050))
            #expect(balance.expiringSoon.map(\.amount) == [bench.amount(50), bench.amount(50)])
            #expect(balance.expiringSoon.map(\.at) == [soon, last])
            #expect(balance.asOfSequence == 7)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func scopesThatLookAlikeAreShownApart(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("a")
            let scopes = ["e\u{301}tude", "\u{e9}tude"]
            for (at, scope) in scopes.enumerated() {
                try await bench.grant(Int64(10 + at), to: account, GrantTerms(.promo, scope: scope), key: "g\(at)")
            }
            try await bench.hold(11, on: account, scope: scopes[1], key: "h")
            let before = try await bench.ledger.balance(of: account)
            #expect(before.scoped.map { Array($0.scope.utf8) } == [Array(scopes[0].utf8)])
            bench.pass(seconds: 7200)
            let after = try await bench.ledger.balance(of: account)
            #expect(after.scoped.map { Array($0.scope.utf8) } == scopes.map { Array($0.utf8) })
            #expect(scopes.map { after.available(for: $0) } == [bench.amount(10), bench.amount(11)])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anAccountThatIsNotThere(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (known, unknown) = (try await bench.open("user:1"), try AccountName("user:2"))
            await #expect(throws: LedgerError(.unknownAccount, "")) { try await bench.ledger.balance(of: unknown) }
            let balances = try await bench.ledger.balances(of: [unknown, known, unknown])
            #expect(balances.map { $0?.account } == [nil, known, nil])
            #expect(try await bench.ledger.balances(of: []).isEmpty)
            await #expect(throws: LedgerError(.limit, "")) {
                try await bench.ledger.balances(of: Array(repeating: known, count: 1001))
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func tablesThatAreNotThere(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            let ledger = Ledger(database)
            let account = try AccountName("user:1")
            await #expect(throws: LedgerError(.databaseFailed, "")) { try await ledger.balance(of: account) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsOverCountsAsOverAtItsInstant(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let end = bench.later(1000)
            try await bench.grant(100, to: account, GrantTerms(.promo, expiresAt: end), key: "a")
            try await bench.grant(100, to: account, key: "b")
            try await bench.hold(130, on: account, seconds: 2000, key: "c")
            let over = try await bench.ledger.holds(of: account).items[0].expiresAt
            let expected: [(Timestamp, Int64, Int64, Int64)] = [
                (end.advanced(byMicroseconds: -1), 200, 130, 70), (end, 200, 130, 70),
                (over.advanced(byMicroseconds: -1), 200, 130, 70), (over, 100, 0, 100),
                (over.advanced(byMicroseconds: 1), 100, 0, 100),
            ]
            for (instant, posted, held, available) in expected {
                bench.clock.set(instant)
                let balance = try await bench.ledger.balance(of: account)
                #expect(balance.posted == bench.amount(posted), "at \(instant.iso8601)")
                #expect(balance.held == bench.amount(held), "at \(instant.iso8601)")
                #expect(balance.available == bench.amount(available), "at \(instant.iso8601)")
            }
            #expect(try await bench.ledger.anchor().sequence == 4, "reading wrote something")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func creditThatAHoldGivesBackPaysDebtFirst(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let cost = try Money(minorUnits: 100, currency: Currency("USD"))
            try await bench.grant(100, to: account, GrantTerms(cost: cost, payment: "p"), key: "a")
            try await bench.hold(80, on: account, seconds: 10, key: "b")
            try await bench.ledger.clawback(
                payment: "p", reversed: Money(minorUnits: 50, currency: Currency("USD")), key: bench.key("c"))
            let before = try await bench.ledger.balance(of: account)
            #expect([before.posted, before.held, before.debt, before.available].map(\.steps) == [80, 80, 30, 0])
            bench.pass(seconds: 11)
            let after = try await bench.ledger.balance(of: account)
            #expect([after.posted, after.held, after.debt, after.available].map(\.steps) == [50, 0, 0, 50])
            try await bench.ledger.sweep()
            let swept = try await bench.ledger.balance(of: account)
            #expect([swept.posted, swept.held, swept.debt, swept.available].map(\.steps) == [50, 0, 0, 50])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aSweepChangesNoBalance(kind: DatabaseKind) async throws {
        for seed in UInt64(1)...2 {
            try await withLedger(kind) { bench in
                var accounts: [AccountName] = []
                for name in 1...3 { accounts.append(try await bench.open("user:\(name)")) }
                var traffic = ReadingTraffic(seed: seed, accounts: accounts)
                for step in 1...60 {
                    try await traffic.step(bench)
                    guard step % 5 == 0 else { continue }
                    bench.pass(seconds: Int64(step) * 7)
                    let before = try await bench.ledger.balances(of: accounts)
                    try await bench.ledger.sweep()
                    let after = try await bench.ledger.balances(of: accounts)
                    for (before, after) in zip(before, after) {
                        #expect(before?.posted == after?.posted, "seed \(seed), step \(step)")
                        #expect(before?.held == after?.held, "seed \(seed), step \(step)")
                        #expect(before?.debt == after?.debt, "seed \(seed), step \(step)")
                        #expect(before?.available == after?.available, "seed \(seed), step \(step)")
                        #expect(before?.scoped == after?.scoped, "seed \(seed), step \(step)")
                        #expect(before?.expiringSoon == after?.expiringSoon, "seed \(seed), step \(step)")
                    }
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aTransactionSeesItsOwnChanges(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            try await bench.grant(100, to: account, key: "a")
            let inside = try await bench.database.write { tx in
                try bench.ledger.charge(bench.amount(30), to: account, key: bench.key("b"), in: tx)
                return try bench.ledger.balance(of: account, in: tx)
            }
            #expect(inside.available == bench.amount(70))
            #expect(try await bench.ledger.balance(of: account) == inside)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func manyReadersAtOnceEachGetTheirOwn(kind: DatabaseKind) async throws {
        var limits = LedgerLimits()
        limits.batchCommandsMax = 8
        try await withLedger(kind, limits: limits) { bench in
            var accounts: [AccountName] = []
            for name in 0..<20 {
                accounts.append(try await bench.open("user:\(name)"))
                try await bench.grant(Int64(name) + 1, to: accounts[name], key: "g\(name)")
            }
            let names = accounts
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in 0..<200 {
                    group.addTask {
                        let name = reader % 21
                        if name == 20 {
                            let unknown = try AccountName("nobody")
                            await #expect(throws: LedgerError(.unknownAccount, "")) {
                                try await bench.ledger.balance(of: unknown)
                            }
                        } else {
                            let balance = try await bench.ledger.balance(of: names[name])
                            #expect(balance.available == bench.amount(Int64(name) + 1))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aReaderKnowsOfEverythingAnsweredBefore(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            try await bench.grant(1000, to: account, key: "g")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<20 {
                    group.addTask {
                        let receipt = try await bench.charge(1, to: account, key: "c\(writer)")
                        let balance = try await bench.ledger.balance(of: account)
                        #expect(balance.asOfSequence >= receipt.sequence)
                        #expect(balance.available.steps <= receipt.after.posted.steps)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func damagedFiguresOfOneAccountDoNotKeepOthersFromTheirs() async throws {
        try await withLedger(.sqliteFile) { bench in
            let (good, bad) = (try await bench.open("good"), try await bench.open("bad"))
            try await bench.grant(5, to: good, key: "a")
            try await bench.ledger.open(bad, unit: bench.unit, key: bench.key("x"))
            try await bench.tamper([
                "INSERT INTO ledger_unit VALUES ('odd unit', 2, 1)",
                "UPDATE ledger_account SET unit = 'odd unit' WHERE name = 'bad'",
            ])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in 0..<50 {
                    group.addTask {
                        if reader % 2 == 0 {
                            let balance = try await bench.ledger.balance(of: good)
                            #expect(balance.available == bench.amount(5))
                        } else {
                            await #expect(throws: LedgerError(.corrupt, "")) { try await bench.ledger.balance(of: bad) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
