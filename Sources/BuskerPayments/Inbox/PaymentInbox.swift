// The inbox of payments as a host uses it.

public import BuskerCore
public import BuskerDatabase

/// Receives events, looks at what they hint at, and carries out what the truth makes necessary, once.
///
/// Webhook, landing page and sweep all end in ``settle(_:)``: one look at the provider, judged, compared with what is stored, and
/// every change in one transaction. So events may come twice, in any order, or never.
public final class PaymentInbox: Sendable {
    /// The database that holds the tables of ``PaymentsSchema``.
    public let database: any Database
    /// The limits in force.
    public let limits: InboxLimits
    let gateways: [GatewayKey: any PaymentGateway]
    let handlers: [String: any PaymentEffectHandler]
    let clock: any WallClock
    let ids: IDGenerator
    let notice: @Sendable (InboxNotice) -> Void
    let passing: (@Sendable (InboxPoint) throws -> Void)?
    let flights = Flights<PurchaseID, Passenger, Result<Settlement, PaymentError>>()
    let openings = Flights<PurchaseID, Void, Result<Purchase, PaymentError>>()
    let gate: LookGate

    /// Makes an inbox on a database whose tables ``PaymentsSchema/migrations`` brought up to date.
    ///
    /// - Parameters:
    ///   - database: where purchases and receipts are kept.
    ///   - gateways: one for each provider and mode that is served.
    ///   - handlers: who carries out effects, by the kind of purchase; that of the kind `subscription` hears of subscriptions.
    ///   - clock: the time of day.
    ///   - ids: makes the ids of purchases and receipts.
    ///   - limits: the limits in force.
    ///   - notice: is told what happens, for a log; called outside of transactions.
    /// - Throws: ``PaymentError`` with `badRequest` when a provider and mode is there twice.
    public convenience init(
        _ database: any Database, gateways: [any PaymentGateway], handlers: [String: any PaymentEffectHandler],
        clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(), limits: InboxLimits = InboxLimits(),
        notice: @escaping @Sendable (InboxNotice) -> Void = { _ in }
    ) throws(PaymentError) {
        try self.init(
            database, gateways: gateways, handlers: handlers, clock: clock, ids: ids, limits: limits, notice: notice,
            passing: nil)
    }

    /// The same for a test that ends everything at a point of its choice.
    package init(
        _ database: any Database, gateways: [any PaymentGateway], handlers: [String: any PaymentEffectHandler],
        clock: any WallClock, ids: IDGenerator, limits: InboxLimits,
        notice: @escaping @Sendable (InboxNotice) -> Void, passing: (@Sendable (InboxPoint) throws -> Void)?
    ) throws(PaymentError) {
        var table: [GatewayKey: any PaymentGateway] = [:]
        for gateway in gateways {
            let key = GatewayKey(provider: gateway.provider, mode: gateway.mode)
            guard table.updateValue(gateway, forKey: key) == nil else {
                throw PaymentError(.badRequest, "There are two gateways for \(key.provider) in \(key.mode) mode.")
            }
        }
        self.database = database
        self.limits = limits
        self.gateways = table
        self.handlers = handlers
        self.clock = clock
        self.ids = ids
        self.notice = notice
        self.passing = passing
        gate = LookGate(limits)
    }

    /// The gateway of a provider and mode.
    func gateway(_ provider: PaymentProvider, _ mode: PaymentMode) throws(PaymentError) -> any PaymentGateway {
        guard let gateway = gateways[GatewayKey(provider: provider, mode: mode)] else {
            let isServed = gateways.keys.contains { $0.provider == provider }
            throw PaymentError(
                isServed ? .wrongMode : .unsupported,
                "\(provider) is not served in \(mode) mode here; use one endpoint, key and secret for each mode.")
        }
        return gateway
    }

    /// How many wait for a look that runs.
    package var waitingLooks: Int { flights.waiting }

    /// Tells a test where the inbox is.
    func pass(_ point: InboxPoint) throws(PaymentError) {
        guard let passing else { return }
        do { try passing(point) } catch { throw PaymentError(any: error) }
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(PaymentError) -> T {
        do { return try await database.write(body) } catch { throw PaymentError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(PaymentError)
        -> T
    {
        do { return try await database.read(body) } catch { throw PaymentError(any: error) }
    }
}

/// What a gateway is found by.
struct GatewayKey: Hashable, Sendable {
    let provider: PaymentProvider
    let mode: PaymentMode
}
