// What Stripe keeps, object by object.

import BuskerCore

/// A checkout session.
struct StripeSession: Sendable {
    let id: String
    let createdAt: Timestamp
    let expiresAt: Timestamp
    let mode: String
    let currency: String
    let subtotal: Int64
    var discount: Int64 = 0
    let title: String
    let quantity: Int64
    let metadata: [String: String]
    let intentMetadata: [String: String]
    let subscriptionMetadata: [String: String]
    let reference: String?
    let email: String?
    let successURL: String?
    let cancelURL: String?
    let url: String
    var status = "open"
    var paymentStatus = "unpaid"
    var intent: String?
    var subscription: String?

    var total: Int64 { subtotal - discount }
}

/// A payment intent.
struct StripeIntent: Sendable {
    let id: String
    let createdAt: Timestamp
    let amount: Int64
    let currency: String
    var metadata: [String: String]
    let session: String?
    var captureMethod = "automatic_async"
    var status = "requires_payment_method"
    var method: StripeMethod?
    var charge: String?
    var received: Int64 = 0
    var lastError: FakeJSON?
    var tries = 0
}

/// A means of payment, known by Stripe's numbers for tests.
struct StripeMethod: Sendable {
    /// What the bank does.
    enum Conduct: Sendable {
        case accepts
        case declines(code: String)
        case asks
        case isSlow(success: Bool)
        case failsRefunds
        case disputes
    }

    let id: String
    let type: String
    let conduct: Conduct
    let last4: String
}

/// A charge.
struct StripeCharge: Sendable {
    let id: String
    let createdAt: Timestamp
    let intent: String
    let amount: Int64
    let currency: String
    let metadata: [String: String]
    var status = "succeeded"
    var captured: Int64 = 0
    var refunded: Int64 = 0
    var failure: String?
    var refunds: [String] = []
    var disputes: [String] = []

    var isPaid: Bool { status == "succeeded" }
}

/// A refund.
struct StripeRefund: Sendable {
    let id: String
    let createdAt: Timestamp
    let charge: String
    let intent: String
    let amount: Int64
    let currency: String
    let reason: String?
    let metadata: [String: String]
    var status = "succeeded"
    var failure: String?
}

/// A dispute.
struct StripeDispute: Sendable {
    let id: String
    let createdAt: Timestamp
    let charge: String
    let intent: String
    let amount: Int64
    let currency: String
    let ends: FakeDispute
    var status: String

    var isInquiry: Bool { status.hasPrefix("warning_") }
    var isOpen: Bool { status == "needs_response" || status == "under_review" }
}

/// A subscription.
struct StripeSubscription: Sendable {
    let id: String
    let createdAt: Timestamp
    var metadata: [String: String]
    var status: String
    var periodEnd: Timestamp
}
