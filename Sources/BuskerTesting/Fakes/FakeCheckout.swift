// The page of a checkout, where a person plays the buyer, and the bank once it is paid.

import BuskerPayments

/// What the page of a checkout has to know of it.
struct FakeCheckout: Sendable {
    /// Whether it can be paid now.
    let isOpen: Bool
    /// Where the buyer goes after paying.
    let success: String?
    /// Where the buyer goes who does not want to pay.
    let back: String?
}

/// The page as it is shown now: what to click, and what happened last.
struct FakeCheckoutPage {
    /// What the bank does on a page that was paid, by the names of the buttons.
    enum Return: String, CaseIterable {
        case refund
        case dispute
    }

    let id: String
    let checkout: FakeCheckout
    /// Whether its money is there.
    let isPaid: Bool
    /// Whether the last card was declined.
    let isDeclined: Bool

    /// Where it is shown; the query says what happened last, so that a reload does nothing again.
    static func address(of id: String, isDeclined: Bool = false) -> String {
        "/pay/\(id)" + (isDeclined ? "?\(declined)" : "")
    }

    static let declined = "declined"

    /// Whether a buyer who chose a way to pay stays, as after a card that was declined.
    static func stays(_ how: FakePayment, _ checkout: FakeCheckout) -> Bool { how == .declined && checkout.isOpen }

    var answer: FakeAnswer {
        var body = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Play the buyer</title>\n"
        if checkout.isOpen {
            if isDeclined { body += "<p role=\"alert\">Your card was declined. Try again in another way.</p>\n" }
            body += FakePayment.named.keys.sorted().map(button).joined() + link(checkout.back, "Back")
        } else if isPaid {
            body += "<p>This checkout was paid. Play the bank:</p>\n"
            body += Return.allCases.map(\.rawValue).map(button).joined() + link(checkout.success, "On")
        } else {
            body += "<p>Nothing can be paid here any more.</p>\n" + link(checkout.back, "Back")
        }
        return FakeAnswer(page: 200, body)
    }

    private func button(_ name: String) -> String {
        "<form method=\"post\" action=\"/pay/\(id)/\(name)\"><button>\(name)</button></form>\n"
    }

    private func link(_ address: String?, _ words: String) -> String {
        guard let address else { return "" }
        let plain = address.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
        return "<p><a href=\"\(plain)\">\(words)</a></p>\n"
    }
}
