// A ledger with a clock, an account or two, and a card to price by.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

/// A ledger under test, for what is priced.
final class Shop: Sendable {
    static let day: Int64 = 86_400_000_000

    let database: any Database
    let clock: ManualClock
    let ledger: Ledger
    let credits: Amount.Unit

    init(_ database: any Database) throws {
        self.database = database
        clock = ManualClock()
        credits = try Amount.Unit(code: "credits", scale: 2)
        let clock = clock
        ledger = Ledger(database, clock: clock, ids: IDGenerator(clock: clock, random: SeededGenerator(seed: 11)))
    }

    /// Runs `body` with a shop on a new database.
    static func open<T>(_ kind: DatabaseKind, _ body: (Shop) async throws -> T) async throws -> T {
        try await withDatabase(kind) { database in
            let shop = try Shop(database)
            try await shop.ledger.migrate()
            return try await body(shop)
        }
    }

    func amount(_ text: String) throws -> Amount { try Amount(parsing: text, unit: credits) }

    func key(_ text: String) throws -> IdempotencyKey { try IdempotencyKey(text) }

    func account(_ name: String, with text: String? = nil) async throws -> AccountName {
        let account = try AccountName(name)
        try await ledger.open(account, unit: credits, key: key("open:\(name)"))
        if let text { try await ledger.grant(amount(text), to: account, key: key("grant:\(name)")) }
        return account
    }

    /// A card with started minutes at a price, some of them free each month.
    @discardableResult
    func publish(_ version: Int = 1, price: String, free minutes: Int64 = 0, after seconds: Int64 = 0) async throws
        -> RateCard
    {
        let card = try RateCard(
            "separation", version: version, effectiveAt: clock.now.advanced(by: .seconds(seconds)), unit: credits,
            meters: [
                Meter(
                    "audio", .startedMinutes, free: try FreeQuota(perPeriod: minutes * 60_000_000),
                    price: .perUnit(try ExactDecimal(price))),
                Meter("poster", price: .flat(try ExactDecimal("2"))),
            ])
        try await ledger.publish(card)
        return card
    }

    func order(
        _ key: String, _ account: AccountName, minutes: Int64, atMost: String? = nil, version: Int? = nil
    ) throws -> PricedOrder {
        PricedOrder(
            [Usage("audio", .seconds(minutes * 60))], card: "separation", version: version, account: account,
            key: try self.key(key), atMost: try atMost.map { try amount($0) }, job: "job:\(key)")
    }

    /// Posted, held and debt of an account, in steps.
    func standing(_ account: AccountName) async throws -> [Int64] {
        let row = try await row("SELECT posted, held, debt FROM ledger_account WHERE name = \(account.text)")
        return try (0..<3).map { try row.get($0) }
    }

    func count(_ table: String) async throws -> Int64 {
        let counts: SQL =
            switch table {
            case "ledger_bill": "SELECT COUNT(*) FROM ledger_bill"
            case "ledger_usage": "SELECT COUNT(*) FROM ledger_usage"
            case "ledger_redemption": "SELECT COUNT(*) FROM ledger_redemption"
            case "ledger_purchase": "SELECT COUNT(*) FROM ledger_purchase"
            default: "SELECT COUNT(*) FROM ledger_txn"
            }
        return try await row(counts).get(0)
    }

    func row(_ sql: SQL) async throws -> Row {
        try await #require(database.read { tx in try tx.first(sql) })
    }

    /// The events so far, as kind and body.
    func events() async throws -> [String] {
        try await database.read { tx in
            try tx.rows("SELECT kind, body FROM ledger_event ORDER BY seq").map { row in
                "\(try row.get(0, as: String.self)) \(try row.get(1, as: String.self))"
            }
        }
    }

    /// The events of rules, without those that the engine writes.
    func ruleEvents() async throws -> [String] {
        try await events().filter { $0.hasPrefix("topup") || $0.hasPrefix("low") }
    }
}

/// Runs `body` and returns the code it is refused with; nothing when it is not.
func refusal<T>(_ body: () async throws -> T) async throws -> LedgerError? {
    do {
        _ = try await body()
        return nil
    } catch let error as LedgerError {
        return error
    }
}
