// What the shop writes into the host's log.

import BuskerCore
import BuskerPayments
import Logging

/// Writes what the inbox tells; ids and codes only, never a body, a key or an address.
struct ShopLog: Sendable {
    private let log: Logger

    init(_ log: Logger) { self.log = log }

    func notice(_ notice: InboxNotice) {
        switch notice {
        case .received(let receipt):
            log.debug("event received", metadata: Self.about(receipt))
        case .settled(let purchase, let changed):
            guard changed else { return }
            log.info("purchase changed", metadata: Self.about(purchase))
        case .failed(let purchase, let receipt, let error):
            log.warning(
                "look failed",
                metadata: [
                    "purchase": "\(purchase?.description ?? "-")", "receipt": "\(receipt?.description ?? "-")",
                    "code": "\(error.code)",
                ])
        case .parked(let receipt, let error):
            log.error("receipt parked", metadata: ["receipt": "\(receipt)", "code": "\(error.code)"])
        case .stray(let stray):
            log.error(
                "payment buys nothing",
                metadata: [
                    "provider": "\(stray.provider)", "payment": "\(stray.payment)", "reason": "\(stray.reason)",
                    "purchase": "\(stray.purchase?.description ?? "-")",
                ])
        }
    }

    private static func about(_ receipt: WebhookReceipt) -> Logger.Metadata {
        [
            "receipt": "\(receipt.id)", "provider": "\(receipt.provider)", "mode": "\(receipt.mode)",
            "event": "\(receipt.event)", "type": "\(receipt.type)",
        ]
    }

    private static func about(_ purchase: Purchase) -> Logger.Metadata {
        [
            "purchase": "\(purchase.id)", "state": "\(purchase.state.rawValue)", "item": "\(purchase.item)",
            "reversed": "\(purchase.reversed)",
        ]
    }
}
