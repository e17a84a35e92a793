// What Square keeps, object by object.

import BuskerCore

/// An order with a link to pay it.
struct SquareOrder: Sendable {
    let id: String
    let link: String
    let createdAt: Timestamp
    let amount: Int64
    let currency: String
    let title: String
    let reference: String?
    let redirectURL: String?
    let url: String
    var discount: Int64 = 0
    var state = "DRAFT"
    /// The payments that were tried on it.
    var payments: [String] = []

    var total: Int64 { amount - discount }
}

/// A payment.
struct SquarePayment: Sendable {
    let id: String
    let createdAt: Timestamp
    let order: String?
    let amount: Int64
    let currency: String
    let reference: String?
    var status: String
    var refunded: Int64 = 0
    var refunds: [String] = []
    var disputes: [String] = []
    var version: Int64 = 1
}

/// A refund.
struct SquareRefund: Sendable {
    let id: String
    let createdAt: Timestamp
    let payment: String
    let order: String?
    let amount: Int64
    let currency: String
    let reason: String?
    var status = "PENDING"
}

/// A dispute.
struct SquareDispute: Sendable {
    let id: String
    let createdAt: Timestamp
    let payment: String
    let amount: Int64
    let currency: String
    let ends: FakeDispute
    var state: String

    var isOpen: Bool { state == "EVIDENCE_REQUIRED" || state == "PROCESSING" }
}
