// Sells credits: from the package to the grant.

public import BuskerCore
public import BuskerDatabase
public import BuskerLedger
public import BuskerPayments
public import Logging

/// Sells packages of credits: checkout at a provider, then the grant, whichever of webhook, landing page and sweep comes first.
///
/// A shop is of one mode: money of a sandbox never becomes credit of a live shop.
public final class CreditShop: Sendable {
    /// The kind of its purchases.
    public static let kind = "credits"

    /// Where credit is kept.
    public let ledger: Ledger
    /// Where events arrive and purchases are kept.
    public let inbox: PaymentInbox
    /// Whether the money is real.
    public let mode: PaymentMode
    private let ids: IDGenerator

    /// Makes a shop on the ledger's database, whose tables ``migrate()`` brings up to date.
    ///
    /// - Parameters:
    ///   - ledger: where credit is kept.
    ///   - gateways: one for each provider, all of the shop's mode.
    ///   - mode: whether the money is real.
    ///   - handlers: who carries out effects of other kinds of purchases, such as downloads.
    ///   - clock: the time of day.
    ///   - ids: makes the ids of purchases and receipts.
    ///   - limits: the limits of the shop.
    ///   - inboxLimits: the limits of the inbox.
    ///   - log: is told what happens; no secret and no body is told.
    /// - Throws: `PaymentError` with `wrongMode` for a gateway of the other mode, `badRequest` for one that is there twice.
    public init(
        _ ledger: Ledger, gateways: [any PaymentGateway], mode: PaymentMode,
        handlers: [String: any PaymentEffectHandler] = [:], clock: any WallClock = SystemClock(),
        ids: IDGenerator = IDGenerator(), limits: ShopLimits = ShopLimits(), inboxLimits: InboxLimits = InboxLimits(),
        log: Logger
    ) throws(PaymentError) {
        guard gateways.allSatisfy({ $0.mode == mode }) else {
            throw PaymentError(.wrongMode, "Every gateway of the shop must be of \(mode) mode.")
        }
        let effects = CreditEffects(ledger: ledger, clock: clock, limits: limits)
        var all = handlers
        all[Self.kind] = effects
        if all["subscription"] == nil { all["subscription"] = effects }
        self.ledger = ledger
        self.mode = mode
        self.ids = ids
        inbox = try PaymentInbox(
            ledger.database, gateways: gateways, handlers: all, clock: clock, ids: ids, limits: inboxLimits,
            notice: ShopLog(log).notice)
    }

    /// Brings the tables of ledger, payments and shop up to date.
    ///
    /// - Throws: `DatabaseError`.
    public func migrate() async throws {
        try await ledger.database.migrate(LedgerSchema.migrations + PaymentsSchema.migrations + ShopSchema.migrations)
    }

    /// Makes a purchase of the package as it is on offer now and opens its checkout; the same key finds the same purchase.
    ///
    /// The account is opened in the package's unit where it does not exist.
    ///
    /// - Returns: the purchase with the address at which to pay; what costs nothing is granted at once.
    /// - Throws: `PaymentError` with `badRequest` when the package is not on offer or the account cannot hold it, or as
    ///   `PaymentInbox.buy` does.
    public func buy(_ order: CreditOrder) async throws(PaymentError) -> Purchase {
        let sold: CreditPackage
        if let known = try await inbox.purchase(key: order.key, of: order.account.text) {
            sold = try await package(of: known)
        } else {
            sold = try await offer(order.package)
        }
        guard sold.id == order.package else {
            throw PaymentError(.keyReused, "The key made another purchase before; take a new one.")
        }
        do throws(LedgerError) {
            let key = try IdempotencyKey("shop:open:\(ids.make(PurchaseKind.self))")
            try await ledger.open(order.account, unit: sold.credits.unit, key: key)
        } catch {
            throw .ofLedger(error)
        }
        return try await inbox.buy(
            PurchaseRequest(
                provider: order.provider, mode: mode, buyer: order.account.text, key: order.key, kind: Self.kind,
                item: sold.reference, price: sold.price, title: sold.name, successURL: order.successURL,
                cancelURL: order.cancelURL, product: order.product, email: order.email, timeToLive: order.timeToLive))
    }

    private func offer(_ name: String) async throws(PaymentError) -> CreditPackage {
        do throws(LedgerError) {
            if let sold = try await ledger.priceList().package(name) { return sold }
        } catch {
            throw .ofLedger(error)
        }
        throw PaymentError(.badRequest, "The package is not on offer.")
    }

    /// The version of a package that a purchase bought.
    ///
    /// - Throws: `PaymentError` with `badRequest` when it bought no package.
    public func package(of purchase: Purchase) async throws(PaymentError) -> CreditPackage {
        do {
            let item = try PackageReference(purchase.item)
            if purchase.kind == Self.kind, let sold = try await ledger.package(item.package, version: item.version) {
                return sold
            }
        } catch let error as LedgerError {
            throw PaymentError.ofLedger(error)
        } catch {
            throw PaymentError(.badRequest, "The purchase names no package.")
        }
        throw PaymentError(.badRequest, "The purchase names no package.")
    }

    /// Whether a dispute about a purchase of the account is open; take on no new work for it then.
    public func isFrozen(_ account: AccountName) async throws -> Bool {
        try await ledger.database.read { tx in try self.isFrozen(account, in: tx) }
    }

    /// Whether a dispute is open, as the transaction sees it: ask in the transaction that takes on work.
    public func isFrozen(_ account: AccountName, in tx: ReadTransaction) throws -> Bool {
        try tx.first("SELECT 1 FROM busker_freeze WHERE account = \(account.text) LIMIT 1") != nil
    }

    /// The subscriptions of an account as their providers saw them last.
    public func entitlements(of account: AccountName) async throws -> [Entitlement] {
        try await ledger.database.read { tx in try self.entitlements(of: account, in: tx) }
    }

    /// The subscriptions of an account, as the transaction sees them.
    public func entitlements(of account: AccountName, in tx: ReadTransaction) throws -> [Entitlement] {
        try Entitlement.list(account, in: tx)
    }
}

extension PaymentError {
    /// What a failure of the ledger looks like to whoever buys.
    static func ofLedger(_ error: LedgerError) -> PaymentError {
        switch error.code {
        case .databaseFailed, .unknownOutcome:
            PaymentError(.databaseFailed, error.detail, underlying: error)
        case .cancelled: PaymentError(.cancelled, error.detail, underlying: error)
        default: PaymentError(.badRequest, error.detail, reason: "\(error.code)", underlying: error)
        }
    }
}
