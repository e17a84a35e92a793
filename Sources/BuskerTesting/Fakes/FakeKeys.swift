// The keys of a double, made from its seed.

import BuskerCore
public import BuskerPayments

/// What a host has to be given to ask a double and to believe its webhooks.
public struct FakeKeys: Sendable {
    /// Whose keys they are.
    public let provider: PaymentProvider
    /// The mode they are for.
    public let mode: PaymentMode
    /// The key, token or client's secret with which the host asks.
    public let secret: String
    /// A key of the other mode: it is known, and sees nothing of this one.
    public let otherModeSecret: String
    /// PayPal's id of the client; empty elsewhere.
    public let clientID: String
    /// Square's id of the location; empty elsewhere.
    public let locationID: String
    /// The secret with which webhooks are signed; at PayPal the id of the webhook.
    public let webhookSecret: String
    /// Where the host says that it takes webhooks.
    public let notificationURL: String

    let seed: FakeSeed

    init(_ provider: PaymentProvider, _ seed: FakeSeed, mode: PaymentMode, notificationURL: String) {
        self.provider = provider
        self.mode = mode
        self.seed = seed
        self.notificationURL = notificationURL
        let here = seed.text(24, "key \(mode)")
        let there = seed.text(24, "key of the other mode than \(mode)")
        switch provider {
        case .stripe:
            secret = (mode == .live ? "sk_live_" : "sk_test_") + here
            otherModeSecret = (mode == .live ? "sk_test_" : "sk_live_") + there
            webhookSecret = "whsec_" + seed.text(32, "webhooks")
        case .polar:
            secret = "polar_oat_" + here
            otherModeSecret = "polar_oat_" + there
            webhookSecret = "whsec_" + Base64.encode(seed.bytes("webhooks"))
        case .payPal:
            secret = "E" + here
            otherModeSecret = "E" + there
            webhookSecret = seed.text(17, "webhooks", .capitals)
        default:
            secret = "EAAA" + here
            otherModeSecret = "EAAA" + there
            webhookSecret = seed.text(22, "webhooks")
        }
        clientID = provider == .payPal ? "A" + seed.text(31, "client") : ""
        locationID = provider == .square ? "L" + seed.text(12, "location", .capitals) : ""
    }

    /// The state machine of the provider.
    func machine(failingRefunds: Int) throws(FakeError) -> any FakeMachine {
        switch provider {
        case .stripe: return FakeStripe(self, failingRefunds: failingRefunds)
        case .polar: return FakePolar(self, failingRefunds: failingRefunds)
        case .payPal: return FakePayPal(self, failingRefunds: failingRefunds)
        case .square: return FakeSquare(self, failingRefunds: failingRefunds)
        default:
            throw FakeError(.unsupported, "There is no double of \(provider); use Stripe, Polar, PayPal or Square.")
        }
    }
}
