// An order of PayPal and what happened to it.

import BuskerCore

/// The parts of an order that matter, from wherever they stand in it.
struct PayPalOrder {
    let json: JSONValue

    /// The captures of all units.
    var captures: [JSONValue] { payments("captures") }

    /// The capture that holds the money, or the last one.
    var capture: JSONValue? {
        captures.first { ["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"].contains($0["status"]?.text) }
            ?? captures.first { $0["status"]?.text == "PENDING" } ?? captures.last
    }

    var notes: [String: String] {
        var notes: [String: String] = [:]
        for name in ["custom_id", "invoice_id"] { notes[name] = units.lazy.compactMap { $0[name]?.text }.first }
        notes[CheckoutOrder.purchaseNote] = notes["custom_id"]
        return notes
    }

    /// Where the buyer agrees.
    var url: String? {
        let links = json["links"]?.elements ?? []
        return ["payer-action", "approve"].lazy.compactMap { name in
            links.first { $0["rel"]?.text == name }?["href"]?.text
        }.first
    }

    /// Where the order stands: paid only with a capture that says so.
    var state: Checkout.State {
        switch json["status"]?.text {
        case "CREATED", "SAVED", "PAYER_ACTION_REQUIRED", "APPROVED": .open
        case "VOIDED": .expired
        case "COMPLETED": Self.state(ofCapture: capture?["status"]?.text)
        default: .unknown
        }
    }

    static func state(ofCapture status: String?) -> Checkout.State {
        switch status {
        case "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED": .paid
        case "PENDING": .pending
        case "DECLINED", "FAILED": .failed
        default: .unknown
        }
    }

    /// The refunds of a capture; one that does not say whose it is counts, so that none is missed.
    func refunds(of capture: String) -> [JSONValue] {
        payments("refunds").filter { Self.parent(of: $0, "captures") ?? capture == capture }
    }

    /// The id behind the link that leads up to an object's parent of a kind.
    static func parent(of json: JSONValue, _ kind: String) -> String? {
        let links = json["links"]?.elements ?? []
        for link in links where link["rel"]?.text == "up" {
            let parts = (link["href"]?.text ?? "").split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count > 2, parts[parts.count - 2] == kind, let last = parts.last else { continue }
            if ProviderName.isPlain(String(last)) { return String(last) }
        }
        return nil
    }

    private var units: [JSONValue] { json["purchase_units"]?.elements ?? [] }

    private func payments(_ name: String) -> [JSONValue] { units.flatMap { $0["payments"]?[name]?.elements ?? [] } }
}
