// Balances of another moment, by either time.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct ReadingPastTests {
    @Test(arguments: DatabaseKind.all)
    func everyReceiptCanBeReadBackByItsTime(kind: DatabaseKind) async throws {
        for seed in UInt64(11)...12 {
            try await withLedger(kind) { bench in
                let start = bench.clock.now
                var accounts: [AccountName] = []
                for name in 1...3 { accounts.append(try await bench.open("user:\(name)")) }
                var traffic = ReadingTraffic(seed: seed, accounts: accounts)
                for _ in 1...50 { try await traffic.step(bench) }
                for account in accounts {
                    let history = try await bench.ledger.history(of: account, page: PageRequest(limit: 200))
                    for entry in history.items {
                        let past = try await bench.ledger.balance(of: account, asOf: entry.createdAt)
                        #expect(past.posted == entry.postedAfter, "seed \(seed), \(entry.sequence)")
                        #expect(past.asOfSequence == entry.sequence, "seed \(seed)")
                        guard let after = entry.after else { continue }
                        #expect(past.held == after.held, "seed \(seed), \(entry.sequence)")
                        #expect(past.debt == after.debt, "seed \(seed), \(entry.sequence)")
                    }
                    let nothing = try await bench.ledger.balance(
                        of: account, asOf: start.advanced(byMicroseconds: -1))
                    #expect([nothing.posted, nothing.held, nothing.debt].map(\.steps) == [0, 0, 0])
                    #expect(nothing.asOfSequence == 0)
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func betweenTwoTransactionsTheEarlierOneHolds(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            bench.pass(seconds: 10)
            let granted = try await bench.grant(100, to: account, key: "a")
            bench.pass(seconds: 10)
            let charged = try await bench.charge(30, to: account, key: "b")
            func posted(_ at: Timestamp) async throws -> Int64 {
                try await bench.ledger.balance(of: account, asOf: at).posted.steps
            }
            #expect(try await posted(granted.createdAt.advanced(byMicroseconds: -1)) == 0)
            #expect(try await posted(granted.createdAt) == 100)
            #expect(try await posted(charged.createdAt.advanced(byMicroseconds: -1)) == 100)
            #expect(try await posted(charged.createdAt) == 70)
            #expect(try await posted(Timestamp(microseconds: .max)) == 70)
            #expect(try await posted(Timestamp(microseconds: .min)) == 0)
            let unknown = try AccountName("nobody")
            await #expect(throws: LedgerError(.unknownAccount, "")) {
                try await bench.ledger.balance(of: unknown, asOf: granted.createdAt)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anEndCountsFromItsInstantHoweverLateItWasSwept(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let end = bench.later(100)
            let given = try await bench.grant(60, to: account, GrantTerms(.promo, expiresAt: end), key: "a")
            try await bench.grant(40, to: account, key: "b")
            try await bench.hold(25, on: account, seconds: 50, key: "c")
            let over = try await bench.ledger.holds(of: account).items[0].expiresAt
            let times: [(Timestamp, Int64, Int64)] = [
                (given.createdAt, 60, 0), (over.advanced(byMicroseconds: -1), 100, 25), (over, 100, 0),
                (end.advanced(byMicroseconds: -1), 100, 0), (end, 40, 0), (bench.later(10_000), 40, 0),
            ]
            func check(_ when: String) async throws {
                for (at, posted, held) in times {
                    let past = try await bench.ledger.balance(of: account, asOf: at, by: .effective)
                    #expect(past.posted == bench.amount(posted), "\(when), at \(at.iso8601)")
                    #expect(past.held == bench.amount(held), "\(when), at \(at.iso8601)")
                }
            }
            try await check("before anything is due")
            bench.pass(seconds: 70)
            try await check("while the hold is due")
            bench.pass(seconds: 70)
            try await check("while both are due")
            try await bench.ledger.sweep()
            try await check("after the sweep")
            let written = try await bench.ledger.balance(of: account, asOf: end)
            #expect(written.posted == bench.amount(100), "by creation, the end was written down later")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func creditForLaterCountsFromThenByEffect(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("user:1")
            let start = bench.later(1000)
            let given = try await bench.grant(60, to: account, GrantTerms(.promo, effectiveAt: start), key: "a")
            func posted(_ at: Timestamp, _ basis: PastBalance.Basis) async throws -> Int64 {
                try await bench.ledger.balance(of: account, asOf: at, by: basis).posted.steps
            }
            #expect(try await posted(given.createdAt, .created) == 60)
            #expect(try await posted(given.createdAt, .effective) == 0)
            #expect(try await posted(start.advanced(byMicroseconds: -1), .effective) == 0)
            #expect(try await posted(start, .effective) == 60)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func sweepingEarlyOrLateLeavesTheSamePast(kind: DatabaseKind) async throws {
        for seed in UInt64(21)...22 {
            var pasts: [[[Int64]]] = []
            for eager in [true, false] {
                try await withLedger(kind) { bench in
                    let account = try await bench.open("user:1")
                    let start = bench.clock.now
                    try await Self.scene(bench, account, seed: seed, eager: eager)
                    var figures: [[Int64]] = []
                    for minute in Int64(0)...60 {
                        let at = start.advanced(byMicroseconds: minute * 60_000_000)
                        let past = try await bench.ledger.balance(of: account, asOf: at, by: .effective)
                        figures.append([past.posted, past.held, past.debt].map(\.steps))
                    }
                    pasts.append(figures)
                }
            }
            #expect(pasts[0] == pasts[1], "seed \(seed)")
        }
    }

    /// Grants that end, holds that end and debt, and then half an hour in which nobody looks.
    private static func scene(_ bench: ReadingBench, _ account: AccountName, seed: UInt64, eager: Bool) async throws {
        var random = SeededGenerator(seed: seed)
        let dollars = try Currency("USD")
        for at in 1...6 {
            let end = bench.later(Int64.random(in: 700...1700, using: &random))
            let cost = Money(minorUnits: 100, currency: dollars)
            try await bench.grant(
                Int64.random(in: 20...60, using: &random), to: account,
                GrantTerms(expiresAt: end, cost: cost, payment: "p\(at)"), key: "g\(at)")
            let wanted = Int64.random(in: 10...40, using: &random)
            let seconds = Int64.random(in: 620...1900, using: &random)
            do throws(LedgerError) {
                try await bench.ledger.hold(
                    bench.amount(wanted), on: account, for: .seconds(seconds), key: IdempotencyKey("h\(at)"))
            } catch {
                #expect(error.code == .insufficient)
            }
        }
        for at in 1...3 {
            try await bench.ledger.clawback(
                payment: "p\(at)", reversed: Money(minorUnits: 100, currency: dollars), key: bench.key("c\(at)"))
        }
        for _ in 1...50 {
            bench.pass(seconds: 40)
            if eager { try await bench.ledger.sweep() }
        }
        try await bench.ledger.sweep()
    }

    @Test(arguments: DatabaseKind.all)
    func debtOfWhoReceivesIsKnownAtEachMoment(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let (rich, poor) = (try await bench.open("rich"), try await bench.open("poor"))
            try await bench.grant(500, to: rich, key: "a")
            let dollars = try Currency("USD")
            let cost = Money(minorUnits: 100, currency: dollars)
            try await bench.grant(100, to: poor, GrantTerms(cost: cost, payment: "p"), key: "b")
            try await bench.charge(100, to: poor, key: "c")
            try await bench.ledger.clawback(
                payment: "p", reversed: Money(minorUnits: 100, currency: dollars), key: bench.key("d"))
            bench.pass(seconds: 1)
            let first = try await bench.ledger.transfer(bench.amount(30), from: rich, to: poor, key: bench.key("e"))
            bench.pass(seconds: 1)
            let second = try await bench.ledger.transfer(bench.amount(90), from: rich, to: poor, key: bench.key("f"))
            let owed = [100, 70, 0]
            let had = [0, 0, 20]
            let times = [
                first.createdAt.advanced(byMicroseconds: -1), first.createdAt, second.createdAt,
            ]
            for (at, time) in times.enumerated() {
                for basis in [PastBalance.Basis.created, .effective] {
                    let past = try await bench.ledger.balance(of: poor, asOf: time, by: basis)
                    #expect(past.debt == bench.amount(Int64(owed[at])), "\(at)")
                    #expect(past.posted == bench.amount(Int64(had[at])), "\(at)")
                }
            }
            let inside = try await bench.database.read { tx in
                try bench.ledger.balance(of: poor, asOf: first.createdAt, in: tx)
            }
            #expect(inside.debt == bench.amount(70))
        }
    }
}
