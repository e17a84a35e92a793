// What the tests of the reading side share: a ledger on a fresh database, with a clock and seeds of its own.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport

/// A ledger on a fresh database, whose clock a test moves.
struct ReadingBench: Sendable {
    let ledger: Ledger
    let clock: ManualClock
    let unit: Amount.Unit

    var database: any Database { ledger.database }

    func amount(_ steps: Int64) -> Amount { Amount(steps: steps, unit: unit) }

    func key(_ text: String) throws -> IdempotencyKey { try IdempotencyKey(text) }

    @discardableResult
    func open(_ name: String) async throws -> AccountName {
        let account = try AccountName(name)
        try await ledger.open(account, unit: unit, key: key("open:\(name)"))
        return account
    }

    @discardableResult
    func grant(
        _ steps: Int64, to account: AccountName, _ terms: GrantTerms = GrantTerms(), key: String
    ) async throws -> Receipt {
        try await ledger.grant(amount(steps), to: account, terms: terms, key: self.key(key))
    }

    @discardableResult
    func charge(
        _ steps: Int64, to account: AccountName, scope: String? = nil, job: String? = nil, key: String
    ) async throws -> Receipt {
        try await ledger.charge(amount(steps), to: account, scope: scope, job: job, key: self.key(key))
    }

    @discardableResult
    func hold(
        _ steps: Int64, on account: AccountName, seconds: Int64 = 3600, scope: String? = nil, key: String
    ) async throws -> Receipt {
        try await ledger.hold(
            amount(steps), on: account, for: .seconds(seconds), scope: scope, key: self.key(key))
    }

    /// The instant so many seconds from now.
    func later(_ seconds: Int64) -> Timestamp { clock.now.advanced(byMicroseconds: seconds * 1_000_000) }

    func pass(seconds: Int64) { clock.advance(microseconds: seconds * 1_000_000) }

    /// Runs statements the ledger never would.
    func tamper(_ statements: [SQL]) async throws {
        try await database.write { tx in for statement in statements { try tx.execute(statement) } }
    }

    /// Lets the append-only tables be changed.
    func unlock() async throws {
        let isPostgres = database.dialect == .postgres
        try await tamper(
            ["ledger_txn", "ledger_entry"].flatMap { table in
                ["update", "delete"].map { event in
                    let on = isPostgres ? " ON \(table)" : ""
                    return SQL(text: "DROP TRIGGER \(table)_never_\(event)\(on)", values: [])
                }
            })
    }
}

/// Runs `body` with a ledger on a fresh database of a kind.
func withLedger(
    _ kind: DatabaseKind, limits: LedgerLimits = LedgerLimits(), scale: Int = 2,
    _ body: (ReadingBench) async throws -> Void
) async throws {
    try await withDatabase(kind) { database in
        let clock = ManualClock()
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 7))
        let ledger = Ledger(database, clock: clock, ids: ids, limits: limits)
        try await ledger.migrate()
        try await body(
            ReadingBench(ledger: ledger, clock: clock, unit: Amount.Unit(code: "credits", scale: scale)))
    }
}

/// Random commands with a seed that a failing test can print.
struct ReadingTraffic {
    var random: SeededGenerator
    let accounts: [AccountName]
    private var count = 0
    private var holds: [(HoldID, Int64)] = []
    private var charges: [(TransactionID, Int64)] = []

    init(seed: UInt64, accounts: [AccountName]) {
        random = SeededGenerator(seed: seed)
        self.accounts = accounts
    }

    private mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }

    /// Makes one command, carries it out and lets some time pass; refusals are part of the traffic.
    mutating func step(_ bench: ReadingBench) async throws {
        count += 1
        let account = accounts[Int(number(0...Int64(accounts.count - 1)))]
        let action = try action(bench, account)
        let command = LedgerCommand(action, key: try bench.key("k\(count)"), job: "job\(count % 7)")
        do throws(LedgerError) {
            let receipt = try await bench.ledger.perform(command)
            if case .hold = action, let hold = receipt.hold { holds.append((hold, receipt.amount.steps)) }
            if receipt.kind == .charge || receipt.kind == .capture {
                charges.append((receipt.transaction, receipt.amount.steps))
            }
        } catch {
            guard error.code != .databaseFailed, error.code != .corrupt else { throw error }
        }
        bench.clock.advance(microseconds: [0, 1, 40_000_000, 400_000_000][Int(number(0...3))])
    }

    private mutating func action(_ bench: ReadingBench, _ account: AccountName) throws -> LedgerAction {
        let steps = number(1...60)
        switch number(0...11) {
        case 0, 1, 2: return .grant(account, bench.amount(steps * 3), try terms(bench))
        case 3, 4: return .charge(account, bench.amount(steps), scope: number(0...1) == 0 ? nil : "stems")
        case 5, 6: return .hold(account, bench.amount(steps), timeToLive: .seconds(number(1...900)), scope: nil)
        case 7:
            guard let (hold, held) = holds.popLast() else { return .charge(account, bench.amount(1), scope: nil) }
            return .capture(hold, bench.amount(number(0...held)), topUp: false)
        case 8:
            guard !holds.isEmpty else { return .charge(account, bench.amount(1), scope: nil) }
            return .release(holds.removeFirst().0)
        case 9:
            guard let (charge, taken) = charges.popLast() else { return .adjust(account, bench.amount(5), reason: "x") }
            return .reverse(charge, bench.amount(number(1...taken)))
        case 10:
            let payment = "pay\(number(1...Int64(max(1, count))))"
            return .clawback(
                payment: payment, reversed: try Money(minorUnits: number(0...500), currency: Currency("USD")))
        default:
            let other = accounts[Int(number(0...Int64(accounts.count - 1)))]
            guard other != account else { return .adjust(account, bench.amount(-1), reason: "less") }
            return .transfer(from: account, to: other, bench.amount(steps))
        }
    }

    private mutating func terms(_ bench: ReadingBench) throws -> GrantTerms {
        var terms = GrantTerms(.promo, priority: Int(number(49...51)))
        if number(0...2) == 0 { terms.scope = "stems" }
        if number(0...3) == 0 { terms.effectiveAt = bench.later(number(1...300)) }
        if number(0...1) == 0 { terms.expiresAt = bench.later(number(301...1500)) }
        guard number(0...1) == 0 else { return terms }
        terms.category = .paid
        terms.cost = try Money(minorUnits: 500, currency: Currency("USD"))
        terms.payment = "pay\(count)"
        return terms
    }
}
