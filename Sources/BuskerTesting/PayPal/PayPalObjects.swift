// What PayPal keeps, object by object.

import BuskerCore

/// An order that a buyer approves and the host captures.
struct PayPalTestOrder: Sendable {
    /// What the buyer's means of payment does when the order is captured.
    enum Capture: Sendable {
        case completes
        case declines
        case waits(success: Bool)
    }

    let id: String
    let createdAt: Timestamp
    var updatedAt: Timestamp
    let amount: Int64
    let currency: String
    let customID: String?
    let invoiceID: String?
    let description: String?
    let returnURL: String?
    let cancelURL: String?
    let hasSource: Bool
    let url: String
    var status: String
    var willCapture = Capture.completes
    var capture: String?
    var tries = 0
}

/// A capture: the money of an order.
struct PayPalCapture: Sendable {
    let id: String
    let createdAt: Timestamp
    let order: String
    let amount: Int64
    let currency: String
    let customID: String?
    let invoiceID: String?
    /// `COMPLETED`, `PENDING` or `DECLINED`; what was refunded is said by sums.
    var state: String
    var refunded: Int64 = 0
    var refunds: [String] = []
    var disputes: [String] = []

    var status: String {
        guard state == "COMPLETED", refunded > 0 else { return state }
        return refunded >= amount ? "REFUNDED" : "PARTIALLY_REFUNDED"
    }
}

/// A refund.
struct PayPalRefund: Sendable {
    let id: String
    let createdAt: Timestamp
    let capture: String
    let amount: Int64
    let currency: String
    let customID: String?
    let invoiceID: String?
    let note: String?
    var status = "COMPLETED"
}

/// A dispute.
struct PayPalDispute: Sendable {
    let id: String
    let createdAt: Timestamp
    var updatedAt: Timestamp
    let capture: String
    let amount: Int64
    let currency: String
    let ends: FakeDispute
    var status = "WAITING_FOR_SELLER_RESPONSE"
    var outcome: String?

    var isOpen: Bool { status != "RESOLVED" }
    var isLost: Bool { outcome == "RESOLVED_BUYER_FAVOUR" }
}
