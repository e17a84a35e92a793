// The gate between what was paid for and who may have it.

public import BuskerCore
public import BuskerDatabase
public import BuskerPayments
import Synchronization

/// The gate that lets a paid file out: to its buyer, while the money is there, and to nobody else.
///
/// A link is made in a transaction that looks at the purchase once more, after the provider was asked; each use looks again, so a
/// refund or a dispute kills links that are out. When the provider cannot be asked, the gate stays shut unless its last good answer
/// is younger than ``DownloadLimits/lookSeconds``.
public final class DownloadGate: Sendable {
    private struct Looks {
        var moments: [PurchaseID: Timestamp] = [:]
    }

    private let database: any Database
    private let inbox: PaymentInbox
    private let clock: any WallClock
    private let limits: DownloadLimits
    private let random: Mutex<any RandomNumberGenerator & Sendable>
    private let looks = Mutex(Looks())

    /// Makes a gate on the database whose tables ``DownloadSchema`` and `PaymentsSchema` made.
    public init(
        _ database: any Database, inbox: PaymentInbox, clock: any WallClock = SystemClock(),
        random: any RandomNumberGenerator & Sendable = SystemRandom(), limits: DownloadLimits = DownloadLimits()
    ) {
        self.database = database
        self.inbox = inbox
        self.clock = clock
        self.limits = limits
        self.random = Mutex(random)
    }

    /// Makes a link to what a purchase paid for.
    ///
    /// - Parameters:
    ///   - purchase: the purchase, which the host found by what it sells, never by an id of a payment from a request.
    ///   - buyer: who asks, as the host's sign-in says.
    ///   - file: what the host delivers for it.
    /// - Throws: ``DownloadError``.
    public func link(
        to file: DownloadFile, purchase: PurchaseID, buyer: String
    ) async throws(DownloadError) -> DownloadLink {
        try await checkOwner(purchase, buyer)
        try await look(at: purchase)
        let token = random.withLock { DownloadToken(&$0) }
        let now = clock.now
        let grant = DownloadGrant(
            purchase: purchase, buyer: buyer, file: file, expiresAt: now.advanced(by: .seconds(limits.linkSeconds)))
        let uses = limits.usesMax
        try await write { tx in
            try Self.check(purchase, buyer, in: tx)
            try DownloadStore.insert(grant, hash: token.hash, uses: uses, at: now, in: tx)
        }
        return DownloadLink(token: token, grant: grant)
    }

    /// Lets a link's holder have the file, once more, if its purchase is still paid.
    ///
    /// - Throws: ``DownloadError`` with `notFound`, `expired`, `revoked`, `paymentRequired` or `databaseFailed`.
    public func redeem(_ token: DownloadToken) async throws(DownloadError) -> DownloadGrant {
        let now = clock.now
        return try await write { tx in
            // The purchase is locked before its link, as everything else does that changes both.
            guard let owner = try DownloadStore.owner(of: token.hash, in: tx) else { throw Self.notFound }
            try Self.check(owner.purchase, owner.buyer, in: tx)
            guard let grant = try DownloadStore.use(token.hash, at: now, in: tx) else {
                guard try DownloadStore.owner(of: token.hash, in: tx) != nil else { throw Self.notFound }
                throw DownloadError(.expired, "The link's time is over; ask for another.")
            }
            return grant
        }
    }

    /// Ends every link of a purchase, as part of a transaction.
    public func revoke(_ purchase: PurchaseID, in tx: Transaction) throws {
        try DownloadStore.revoke(purchase, in: tx)
    }

    /// Deletes links whose time is over.
    ///
    /// - Returns: how many.
    @discardableResult
    public func prune(limit: Int = 1000) async throws(DownloadError) -> Int {
        let now = clock.now
        return try await write { try DownloadStore.prune(limit, at: now, in: $0) }
    }

    private static let notFound = DownloadError(.notFound, "There is no such download.")

    /// Whether it is this buyer's, and bought a download: what paid for credit opens no file.
    private static func isOurs(_ purchase: Purchase, _ buyer: String) -> Bool {
        purchase.buyer == buyer && purchase.kind == DownloadEffects.kind
    }

    /// Whether the purchase is this buyer's download and its money is there.
    private static func check(_ id: PurchaseID, _ buyer: String, in tx: Transaction) throws {
        guard let purchase = try PaymentInbox.purchase(locking: id, in: tx), isOurs(purchase, buyer) else {
            throw notFound
        }
        guard purchase.gift != .none else {
            throw DownloadError(.paymentRequired, "It is not paid: \(purchase.price) is to be paid first.")
        }
        guard purchase.isStanding else {
            throw DownloadError(.revoked, "The payment was given back or is disputed; buy it again.")
        }
    }

    /// Tells nothing about purchases of others, and asks no provider for them.
    private func checkOwner(_ id: PurchaseID, _ buyer: String) async throws(DownloadError) {
        let purchase: Purchase?
        do { purchase = try await database.read { try PaymentInbox.purchase(id, in: $0) } } catch {
            throw Self.failure(error)
        }
        guard let purchase, Self.isOurs(purchase, buyer) else { throw Self.notFound }
    }

    /// Asks the provider unless it was asked a moment ago.
    private func look(at purchase: PurchaseID) async throws(DownloadError) {
        let now = clock.now
        let last = looks.withLock { $0.moments[purchase] }
        let oldest = now.advanced(by: .seconds(-limits.lookSeconds))
        if let last, last > oldest, last <= now { return }
        let settled: Purchase
        do throws(PaymentError) {
            settled = try await inbox.settle(purchase)
        } catch {
            throw DownloadError(
                .unavailable, "Whether it is paid cannot be known now; try again later.",
                retryAfter: error.retryAfter ?? .seconds(30), underlying: error)
        }
        guard settled.isStanding else { return }
        looks.withLock { looks in
            if looks.moments.count >= limits.rememberedMax { looks.moments.removeAll(keepingCapacity: true) }
            looks.moments[purchase] = now
        }
    }

    private func write<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws(DownloadError) -> T {
        do { return try await database.write(body) } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: any Error) -> DownloadError {
        if let error = error as? DownloadError { return error }
        return DownloadError(
            .databaseFailed, "The database failed; try again later.", retryAfter: .seconds(5), underlying: error)
    }
}
