// How a simulated house reaches the scripted providers.

import Busker
import BuskerCore
import BuskerHTTP
import BuskerPayments

/// Makes gateways and doors.
enum SimGateways {
    static func gateway(
        _ fake: FakeProvider, life: Life, clock: any WallClock, random: SimRandom, _ sabotage: Sabotage?
    ) throws -> any PaymentGateway {
        let line = SimLine(inner: fake.line, life: life)
        let retry = HTTPRetry(wall: clock, clock: InstantClock(), random: random)
        let key = try APIKey(fake.secretKey)
        let gateway: any PaymentGateway
        switch fake.provider {
        case .stripe:
            gateway = try StripeGateway(
                key: key, mode: .test, transport: line, retry: retry, clock: clock, baseURL: fake.baseURL)
        case .polar:
            gateway = try PolarGateway(
                accessToken: key, mode: .test, transport: line, retry: retry, clock: clock, baseURL: fake.baseURL)
        case .payPal:
            gateway = try PayPalGateway(
                clientID: fake.keys.clientID, clientSecret: key, mode: .test, transport: line, retry: retry,
                clock: clock, baseURL: fake.baseURL)
        default:
            gateway = try SquareGateway(
                accessToken: key, locationID: fake.keys.locationID, mode: .test, transport: line, retry: retry,
                clock: clock, baseURL: fake.baseURL)
        }
        return sabotage == .blindToRefunds ? BlindGateway(inner: gateway) : gateway
    }

    static func door(_ fake: FakeProvider, _ inbox: PaymentInbox, _ clock: any WallClock) throws -> any SimDoor {
        let secrets = [fake.webhookSecret]
        switch fake.provider {
        case .stripe: return WebhookDoor(try StripeVerifier(secrets: secrets, mode: .test), into: inbox, clock: clock)
        case .polar: return WebhookDoor(try PolarVerifier(secrets: secrets, mode: .test), into: inbox, clock: clock)
        case .payPal:
            return WebhookDoor(
                try PayPalVerifier(
                    webhookIDs: secrets, certificates: fake.certificates,
                    roots: try TrustedRoots(pem: fake.certificateRoots), mode: .test), into: inbox, clock: clock)
        default:
            return WebhookDoor(
                try SquareVerifier(secrets: secrets, notificationURL: fake.keys.notificationURL, mode: .test),
                into: inbox, clock: clock)
        }
    }
}

/// A gateway that never sees money go back.
private struct BlindGateway: PaymentGateway {
    let inner: any PaymentGateway

    var provider: PaymentProvider { inner.provider }
    var mode: PaymentMode { inner.mode }
    func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout { try await inner.open(order) }
    func checkout(_ id: String) async throws(PaymentError) -> Checkout { try await inner.checkout(id) }
    func expire(_ checkout: String) async throws(PaymentError) -> Checkout { try await inner.expire(checkout) }
    func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund { try await inner.refund(order) }
    func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? { try await inner.place(of: hint) }
    func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding {
        try await inner.subscription(id)
    }

    func standing(of payment: String) async throws(PaymentError) -> PaymentStanding {
        let seen = try await inner.standing(of: payment)
        let none = Money(minorUnits: 0, currency: seen.refunded.currency)
        return PaymentStanding(
            object: seen.object, payment: seen.payment, notes: seen.notes, state: seen.state, refunded: none,
            contested: none, lost: none, isDisputed: false)
    }
}
