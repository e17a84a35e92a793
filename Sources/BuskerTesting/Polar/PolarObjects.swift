// What Polar keeps, object by object.

import BuskerCore

/// A checkout.
struct PolarCheckout: Sendable {
    let id: String
    let createdAt: Timestamp
    let expiresAt: Timestamp
    let product: String
    let amount: Int64
    let currency: String
    let metadata: [String: String]
    let buyer: String?
    let email: String?
    let successURL: String?
    let returnURL: String?
    let url: String
    var discount: Int64 = 0
    var status = "open"
    var order: String?
}

/// An order: what Polar calls a payment that has a receipt.
struct PolarOrder: Sendable {
    let id: String
    let createdAt: Timestamp
    let checkout: String
    let product: String
    let subtotal: Int64
    let discount: Int64
    let tax: Int64
    let currency: String
    let metadata: [String: String]
    let buyer: String?
    var status = "pending"
    var refunded: Int64 = 0
    var refunds: [String] = []
    var disputes: [String] = []

    var net: Int64 { subtotal - discount }
    var isPaid: Bool { ["paid", "refunded", "partially_refunded"].contains(status) }
    /// The share of the tax that goes back with what was refunded.
    var refundedTax: Int64 { net > 0 ? tax * refunded / net : 0 }
}

/// A refund.
struct PolarRefund: Sendable {
    let id: String
    let createdAt: Timestamp
    let order: String
    let amount: Int64
    let tax: Int64
    let currency: String
    let reason: String
    let metadata: [String: String]
    var status = "succeeded"
}

/// A dispute.
struct PolarDispute: Sendable {
    let id: String
    let createdAt: Timestamp
    let order: String
    let amount: Int64
    let currency: String
    let ends: FakeDispute
    var status: String
}

/// A subscription.
struct PolarSubscription: Sendable {
    let id: String
    let createdAt: Timestamp
    var metadata: [String: String]
    var status: String
    var periodEnd: Timestamp
}
