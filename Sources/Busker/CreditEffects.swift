// What payments change in the ledger.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPayments

/// Carries out effects for purchases of credits, in the transaction in which the purchase and its receipts change.
struct CreditEffects: PaymentEffectHandler {
    let ledger: Ledger
    let clock: any WallClock
    let limits: ShopLimits

    func apply(_ effect: PaymentEffect, in tx: Transaction) throws {
        do {
            try carryOut(effect, in: tx)
        } catch let error as LedgerError {
            if let failure = error.underlying as? DatabaseError { throw failure }
            guard Self.isFinal(error.code) else { throw error }
            throw PaymentError(.refused, error.detail, reason: "\(error.code)", underlying: error)
        }
    }

    /// Whether trying again cannot help, so that a person must look.
    private static func isFinal(_ code: LedgerError.Code) -> Bool {
        [
            .accountClosed, .unknownAccount, .badPricing, .unitMismatch, .conflict, .overflow, .paymentUsed, .badName,
            .badAmount, .unknownPayment, .badTerms,
        ].contains(code)
    }

    private func carryOut(_ effect: PaymentEffect, in tx: Transaction) throws {
        switch effect {
        case .grant(let purchase, let payment):
            let item = try PackageReference(purchase.item)
            try ledger.purchase(
                item.package, version: item.version, account: AccountName(purchase.buyer), paid: payment.money,
                payment: Self.name(purchase, payment.id), in: tx)
        case .grantFree(let purchase): try giveForNothing(purchase, in: tx)
        case .reverse(let purchase, let payment, let total):
            let name = Self.name(purchase, payment)
            let key = try IdempotencyKey("claw:\(name):\(total.minorUnits):\(purchase.look)")
            try ledger.clawback(payment: name, reversed: total, key: key, in: tx)
        case .freeze(let purchase, let payment):
            try tx.execute(
                """
                INSERT INTO busker_freeze (account, payment, purchase, since_us)
                VALUES (\(purchase.buyer), \(Self.name(purchase, payment)), \(purchase.id), \(clock.now))
                ON CONFLICT (account, payment) DO NOTHING
                """)
        case .unfreeze(let purchase, let payment):
            try tx.execute(
                """
                DELETE FROM busker_freeze WHERE account = \(purchase.buyer)
                AND payment = \(Self.name(purchase, payment))
                """)
        case .abandon: break
        case .entitle(let standing): try Entitlement.store(standing, at: clock.now, in: tx)
        }
    }

    /// The ledger's name of a payment: `stripe:pi_…`.
    static func name(_ purchase: Purchase, _ payment: String) -> String { "\(purchase.provider):\(payment)" }

    /// Gives what needed no money as promotional credit, a limited number of times for each account.
    private func giveForNothing(_ purchase: Purchase, in tx: Transaction) throws {
        let item = try PackageReference(purchase.item)
        let account = try AccountName(purchase.buyer)
        guard let sold = try ledger.package(item.package, version: item.version, in: tx) else {
            throw PaymentError(.refused, "There is no such package.", reason: "unknown_package")
        }
        let count: Int64 = try tx.value("SELECT COUNT(*) FROM busker_free WHERE account = \(account.text)") ?? 0
        guard count < limits.freePurchasesMax else {
            throw PaymentError(.refused, "The account has had all that it may have for free.", reason: "free_limit")
        }
        let now = clock.now
        try tx.execute(
            """
            INSERT INTO busker_free (account, n, purchase, created_us)
            VALUES (\(account.text), \(count + 1), \(purchase.id), \(now))
            """)
        let parts = [(sold.credits, sold.lifetimeSeconds, ""), (sold.bonus, sold.bonusLifetimeSeconds, ":bonus")]
        for (amount, seconds, tail) in parts where amount.steps > 0 {
            let terms = GrantTerms(.promo, expiresAt: seconds.map { now.advanced(by: .seconds($0)) })
            _ = try ledger.perform(
                LedgerCommand(
                    .grant(account, amount, terms), key: try IdempotencyKey("free:\(purchase.id)\(tail)"),
                    rate: sold.reference, notes: ["reason": "free_purchase"]), in: tx)
        }
    }
}

/// A package and its version as a purchase carries them: `starter@1`.
struct PackageReference {
    let package: String
    let version: Int

    init(_ text: String) throws {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let version = Int(parts[1]) else {
            throw PaymentError(.refused, "The purchase names no package.", reason: "unknown_package")
        }
        package = String(parts[0])
        self.version = version
    }
}
