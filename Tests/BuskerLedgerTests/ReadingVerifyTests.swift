// A sound ledger is found sound, and whatever was changed is found out.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Synchronization
import TestSupport
import Testing

@Suite struct ReadingVerifyTests {
    /// A change that the ledger never makes: what it is, the statements, the rule it breaks and where that first shows.
    struct Tampering: CustomTestStringConvertible, Sendable {
        let name: String
        let statements: [SQL]
        let invariant: Verification.Invariant
        let sequence: Int64?
        var testDescription: String { name }

        init(
            _ name: String, _ statements: [SQL], _ invariant: Verification.Invariant, at sequence: Int64? = nil
        ) {
            self.name = name
            self.statements = statements
            self.invariant = invariant
            self.sequence = sequence
        }
    }

    /// Nine transactions: 1 open, 2 and 3 grants, 4 a charge, 5 a hold, 6 its capture, 7 a reversal of 4, 8 a hold, 9 open.
    private static func scene(_ bench: ReadingBench) async throws {
        let account = try await bench.open("user:1")
        try await bench.grant(100, to: account, GrantTerms(payment: "p"), key: "g")
        try await bench.grant(50, to: account, GrantTerms(.promo), key: "g2")
        let charged = try await bench.ledger.perform(
            LedgerCommand(
                .charge(account, bench.amount(60), scope: nil), key: bench.key("c"), job: "j", rate: "r",
                notes: ["a": "b"]))
        let hold = try await bench.hold(30, on: account, key: "h")
        try await bench.ledger.capture(bench.amount(20), of: #require(hold.hold), key: bench.key("x"))
        try await bench.ledger.reverse(charged.transaction, amount: bench.amount(10), key: bench.key("r"))
        try await bench.hold(5, on: account, key: "h2")
        try await bench.open("user:2")
    }

    /// One for each column of a transaction.
    private static let columns: [Tampering] = [
        ("id", "(SELECT hash FROM ledger_txn WHERE seq = 3)"), ("kind", "9"), ("kind", "99"), ("account", "2"),
        ("peer", "2"), ("amount", "61"), ("scope", "'x'"), ("key", "'other'"), ("req", "hash"), ("posted", "91"),
        ("held", "1"), ("debt", "1"), ("reverses", "2"), ("hold", "5"), ("payment", "'p2'"), ("job", "'j2'"),
        ("rate", "NULL"), ("reason", "'why'"), ("created_us", "created_us + 1"), ("effective_us", "effective_us - 1"),
        ("meta", "''"), ("hash", "(SELECT hash FROM ledger_txn WHERE seq = 3)"),
    ].map { column, value in
        Tampering(
            "\(column) = \(value)", [SQL(text: "UPDATE ledger_txn SET \(column) = \(value) WHERE seq = 4", values: [])],
            .chain, at: 4)
    }

    private static let rows: [Tampering] = [
        Tampering(
            "a line's amount", ["UPDATE ledger_entry SET amount = -61 WHERE txn = 4 AND line = 1"], .linesBalance, at: 4
        ),
        Tampering(
            "a line's balance", ["UPDATE ledger_entry SET posted_after = 1 WHERE txn = 4 AND line = 1"], .postedFollows,
            at: 4),
        Tampering(
            "a line's account", ["UPDATE ledger_entry SET account = 2 WHERE txn = 4 AND line = 1"], .chain, at: 4),
        Tampering("a line's grant", ["UPDATE ledger_entry SET grant_id = 2 WHERE txn = 2 AND line = 1"], .chain, at: 2),
        Tampering("a line deleted", ["DELETE FROM ledger_entry WHERE txn = 4 AND line = 2"], .linesBalance, at: 4),
        Tampering("lines added", ["INSERT INTO ledger_entry VALUES (8, 1, 1, NULL, 5, 105)"], .linesBalance, at: 8),
        Tampering("lines of nothing", ["INSERT INTO ledger_entry VALUES (77, 1, 1, NULL, 5, 105)"], .chain, at: 77),
        Tampering(
            "a transaction deleted",
            ["DELETE FROM ledger_entry WHERE txn = 4", "DELETE FROM ledger_txn WHERE seq = 4"], .chain, at: 4),
        Tampering(
            "two transactions swapped",
            [
                "UPDATE ledger_txn SET seq = 100 WHERE seq = 2", "UPDATE ledger_txn SET seq = 2 WHERE seq = 3",
                "UPDATE ledger_txn SET seq = 3 WHERE seq = 100",
            ], .chain, at: 2),
        Tampering(
            "the tail cut off", ["DELETE FROM ledger_txn WHERE seq = 9", "DELETE FROM ledger_entry WHERE txn = 9"],
            .chain,
            at: 9),
        Tampering("a time set back", ["UPDATE ledger_txn SET created_us = 1 WHERE seq = 7"], .chain, at: 7),
        Tampering(
            "the head's hash", ["UPDATE ledger_head SET hash = req FROM ledger_txn t WHERE t.seq = 4"], .chain, at: 9),
        Tampering("the head's sequence", ["UPDATE ledger_head SET seq = 12"], .chain, at: 10),
        Tampering(
            "credit for nothing", ["UPDATE ledger_account SET posted = posted + 500 WHERE name = 'user:1'"],
            .postedFollows),
        Tampering("a grant raised", ["UPDATE ledger_grant SET remaining = remaining + 1 WHERE id = 1"], .grantsCover),
        Tampering("a dead grant", ["UPDATE ledger_grant SET live = 0 WHERE id = 1"], .bounds),
        Tampering("a grant's owner", ["UPDATE ledger_grant SET account = 999 WHERE id = 1"], .bounds),
        Tampering("a pin lifted", ["UPDATE ledger_grant SET held = 0 WHERE held > 0"], .holdsCover),
        Tampering("held forgotten", ["UPDATE ledger_account SET held = 0 WHERE name = 'user:1'"], .holdsCover),
        Tampering(
            "a debt forgiven", ["UPDATE ledger_account SET posted = held, debt = 7 WHERE name = 'user:1'"], .bounds),
        Tampering(
            "a hold reopened", ["UPDATE ledger_hold SET state = 1, closed_by = NULL, captured = 0 WHERE id = 5"], .once,
            at: 6),
        Tampering("a hold freed", ["UPDATE ledger_hold SET state = 3 WHERE id = 8"], .once, at: 8),
        Tampering("a hold lowered", ["UPDATE ledger_hold SET amount = 29 WHERE id = 5"], .holdsCover, at: 5),
        Tampering("a hold deleted", ["DELETE FROM ledger_hold WHERE id = 8"], .holdsCover, at: 8),
        Tampering(
            "a slice lowered", ["UPDATE ledger_alloc SET amount = amount - 1, taken = 0 WHERE owner = 8"], .slicesCover,
            at: 8),
        Tampering("a slice given back", ["UPDATE ledger_alloc SET taken = 0 WHERE owner = 4"], .slicesCover, at: 4),
        Tampering(
            "a house account", ["UPDATE ledger_account SET posted = posted + 1 WHERE name = '~revenue:credits'"],
            .booksBalance),
        Tampering("an account deleted", ["DELETE FROM ledger_account WHERE name = 'user:2'"], .bounds),
    ]

    @Test(arguments: DatabaseKind.all)
    func aBusyLedgerIsSound(kind: DatabaseKind) async throws {
        for (seed, together) in [(UInt64(31), 1_000_000), (32, 2)] {
            var limits = LedgerLimits()
            limits.verifyAccountsMax = together
            try await withLedger(kind, limits: limits) { bench in
                var accounts: [AccountName] = []
                for name in 1...4 { accounts.append(try await bench.open("user:\(name)")) }
                var traffic = ReadingTraffic(seed: seed, accounts: accounts)
                for _ in 1...90 { try await traffic.step(bench) }
                try await bench.ledger.sweep()
                let found = try await bench.ledger.verify()
                #expect(found.problems == [], "seed \(seed)")
                #expect(found.ok && found.problemCount == 0)
                let anchor = try await bench.ledger.anchor()
                #expect(found.anchor == anchor)
                #expect(found.headHash.count == 32 && found.transactions > 60)
                let inside = try await bench.database.read { tx in try bench.ledger.verify(against: anchor, in: tx) }
                #expect(inside == found)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anEmptyLedgerIsSound(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let found = try await bench.ledger.verify()
            #expect(found.ok && found.transactions == 0)
            #expect(try await bench.ledger.anchor() == found.anchor)
            #expect(try await bench.ledger.verify(against: found.anchor).ok)
        }
    }

    @Test(arguments: columns + rows)
    func whatWasChangedIsFoundAndNamed(tampering: Tampering) async throws {
        try await withLedger(.sqliteMemory) { bench in
            try await Self.scene(bench)
            #expect(try await bench.ledger.verify().ok)
            try await bench.unlock()
            try await bench.tamper(tampering.statements)
            try await Self.expect(tampering, bench)
        }
    }

    @Test(.enabled(if: DatabaseKind.all.contains(.postgres)))
    func postgresFindsTheSame() async throws {
        let some = (Self.columns + Self.rows).enumerated().filter { $0.offset % 6 == 1 }
        for (_, tampering) in some {
            try await withLedger(.postgres) { bench in
                try await Self.scene(bench)
                try await bench.unlock()
                try await bench.tamper(tampering.statements)
                try await Self.expect(tampering, bench)
            }
        }
    }

    private static func expect(_ tampering: Tampering, _ bench: ReadingBench) async throws {
        let found = try await bench.ledger.verify()
        #expect(!found.ok, "\(tampering.name) was not found")
        let fits = found.problems.filter { $0.invariant == tampering.invariant }
        #expect(!fits.isEmpty, "\(tampering.name) broke \(found.problems.map(\.description))")
        guard let sequence = tampering.sequence else { return }
        #expect(fits.first?.sequence == sequence, "\(tampering.name): \(found.problems.map(\.description))")
        #expect(found.problems.first?.sequence == sequence || tampering.name == "a hold reopened", "\(tampering.name)")
    }

    @Test(arguments: DatabaseKind.all)
    func onlyAnAnchorShowsATailThatWasCutWithCare(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            try await bench.open("user:1")
            let early = try await bench.ledger.anchor()
            try await bench.open("user:2")
            let late = try await bench.ledger.anchor()
            try await bench.unlock()
            try await bench.tamper([
                "UPDATE ledger_head SET seq = 1, account = 1, hash = (SELECT hash FROM ledger_txn WHERE seq = 1)",
                "DELETE FROM ledger_txn WHERE seq = 2", "DELETE FROM ledger_account WHERE name = 'user:2'",
            ])
            #expect(try await bench.ledger.verify().ok)
            #expect(try await bench.ledger.verify(against: early).ok)
            let found = try await bench.ledger.verify(against: late)
            #expect(found.problems.map(\.invariant) == [.chain])
            #expect(found.problems[0].text.contains("cut off"))
            let forged = LedgerAnchor(sequence: 1, hash: late.hash)
            let other = try await bench.ledger.verify(against: forged)
            #expect(other.problems.map(\.sequence) == [1])
            #expect(other.problems[0].text.contains("rewritten"))
        }
    }

    @Test func anAnchorSurvivesAsText() throws {
        let anchor = LedgerAnchor(sequence: 42, hash: (0..<32).map { UInt8($0 * 8) })
        #expect(LedgerAnchor(parsing: anchor.description) == anchor)
        let zero = LedgerAnchor(sequence: 0, hash: [UInt8](repeating: 0, count: 32))
        #expect(LedgerAnchor(parsing: zero.description) == zero)
        let digits = String(repeating: "0", count: 64)
        for text in [
            "", ":", "1", "1:00", "-1:\(digits)", "01:\(digits)", "1:\(digits)0", "1:\(digits.dropLast())G",
            "1:1:\(digits)", "+1:\(digits)",
        ] {
            #expect(LedgerAnchor(parsing: text) == nil, "\(text)")
        }
    }

    @Test func problemsAreListedUpToALimitAndAllCounted() async throws {
        var limits = LedgerLimits()
        limits.problemsMax = 3
        try await withLedger(.sqliteMemory, limits: limits) { bench in
            for name in 1...8 { try await bench.open("user:\(name)") }
            try await bench.unlock()
            try await bench.tamper(["UPDATE ledger_txn SET amount = 1"])
            let found = try await bench.ledger.verify()
            #expect(found.problems.map(\.sequence) == [1, 2, 3])
            #expect(found.problemCount == 8)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func itSaysHowFarItIsAndCanBeCancelled(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            try await Self.scene(bench)
            let seen = Mutex<[Double]>([])
            _ = try await bench.ledger.verify { progress in seen.withLock { $0.append(progress.fraction) } }
            let fractions = seen.withLock { $0 }
            #expect(fractions == fractions.sorted() && fractions.last == 1)
            let verifying = Task {
                do throws(LedgerError) {
                    _ = try await bench.ledger.verify { _ in unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
                    return "finished"
                } catch {
                    return error.code.description
                }
            }
            verifying.cancel()
            #expect(await verifying.value == "cancelled")
        }
    }
}
