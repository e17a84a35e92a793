// Counts attempts where every host sees them.

import BuskerCore
import BuskerDatabase

/// Buckets in the table; a bucket is named by a sum, so that the table holds no addresses.
struct Throttle: Sendable {
    /// What is counted.
    enum Purpose: String {
        case loginOfAddress = "login-address"
        case loginOfAccount = "login-account"
        case registration = "register"
        case mailOfAddress = "mail-address"
        case mailOfAccount = "mail-account"
        case resetOfAddress = "reset-address"
    }

    let rule: ThrottleRule
    let bucket: String

    init(_ purpose: Purpose, _ subject: some Sequence<UInt8>, _ rule: ThrottleRule) {
        self.rule = rule
        let sum = TokenText.sum(Array(purpose.rawValue.utf8) + [0] + Array(subject))
        bucket = purpose.rawValue + ":" + TokenText.encode(Array(sum.prefix(16)))
    }

    /// Takes an attempt; the time to wait when there is none.
    func attempt(at now: Timestamp, in tx: Transaction) throws -> Duration? {
        let zero: Int64 = 0
        try tx.execute(
            """
            INSERT INTO accounts_throttle (bucket, full_us) VALUES (\(bucket), \(zero)) ON CONFLICT (bucket) DO NOTHING
            """)
        let full: Timestamp? = try tx.value(
            "SELECT full_us FROM accounts_throttle WHERE bucket = \(bucket)\(tx.dialect.forUpdate)")
        switch rule.take(full, at: now) {
        case .allowed(let next):
            try tx.execute("UPDATE accounts_throttle SET full_us = \(next) WHERE bucket = \(bucket)")
            return nil
        case .refused(let wait): return wait
        }
    }

    /// Takes an attempt.
    ///
    /// - Throws: ``AccountsError`` with `throttled`; the transaction is to be undone then.
    func take(at now: Timestamp, in tx: Transaction) throws {
        guard let wait = try attempt(at: now, in: tx) else { return }
        throw AccountsError(.throttled, "Too many attempts; wait and try again.", retryAfter: wait)
    }

    /// Gives an attempt back that did no harm.
    func giveBack(in tx: Transaction) throws {
        try tx.execute(
            "UPDATE accounts_throttle SET full_us = full_us - \(rule.everySeconds * 1_000_000) WHERE bucket = \(bucket)"
        )
    }

    /// Forgets every attempt.
    func forget(in tx: Transaction) throws {
        try tx.execute("DELETE FROM accounts_throttle WHERE bucket = \(bucket)")
    }
}
