// Codes and redemptions in the tables.

import BuskerCore
import BuskerDatabase

/// Reads and writes codes and redemptions.
enum PromoStore {
    /// The code of welcome credit; no host can make it, because `~` is in no code.
    static let welcome = "~welcome"
    /// The scope of the keys of welcome credit; no host can use it, because its scopes do not begin with `~`.
    static let welcomeScope = "~welcome"

    struct Redemption {
        let code: String
        let account: Int64
        let transaction: Int64
    }

    static func redemption(_ key: IdempotencyKey, in tx: ReadTransaction) throws(LedgerError) -> Redemption? {
        let row = try tx.find(
            first: "SELECT code, account, txn FROM ledger_redemption WHERE scope = \(key.scope) AND key = \(key.text)")
        guard let row else { return nil }
        return Redemption(code: try row.read(0), account: try row.read(1), transaction: try row.read(2))
    }

    /// A code, how often it was redeemed, and how often by an account.
    static func promo(
        _ code: String, account: Int64, in tx: ReadTransaction
    ) throws(LedgerError) -> PromoDecision? {
        let row = try tx.find(
            first: """
                SELECT p.starts_us, p.ends_us, p.max, p.per_account, p.secret, p.template, p.used, p.stopped,
                (SELECT COUNT(*) FROM ledger_redemption r WHERE r.code = p.code AND r.account = \(account))
                FROM ledger_promo p WHERE p.code = \(code)
                """)
        guard let row else { return nil }
        do {
            let ends = try row.get(1, as: Int64.self)
            let max = try row.get(2, as: Int64.self)
            let promo = try PromoCode(
                code, startsAt: try row.get(0), endsAt: ends == .max ? nil : Timestamp(microseconds: ends),
                usesMax: max == .max ? nil : max, usesPerAccount: try row.get(3), isSecret: try row.get(4),
                template: try PromoTemplate(json: try row.get(5)))
            return PromoDecision(
                promo: promo, used: try row.get(6), isStopped: try row.get(7), usedByAccount: try row.get(8))
        } catch {
            throw LedgerError(.corrupt, "A stored promotion code cannot be read.", underlying: error)
        }
    }

    static func save(_ promo: PromoCode, used: Int64, at now: Timestamp, in tx: Transaction) throws(LedgerError) {
        try tx.put(
            into: "ledger_promo",
            columns: [
                "code", "starts_us", "ends_us", "max", "used", "per_account", "secret", "stopped", "template",
                "created_us",
            ],
            rows: [
                [
                    .text(promo.code), .integer(promo.startsAt.microseconds),
                    .integer(promo.endsAt?.microseconds ?? .max), .integer(promo.usesMax ?? .max), .integer(used),
                    .integer(promo.usesPerAccount), .integer(promo.isSecret ? 1 : 0), .integer(0),
                    .text(promo.template.json), .integer(now.microseconds),
                ]
            ], replacing: ["code"])
    }
}
