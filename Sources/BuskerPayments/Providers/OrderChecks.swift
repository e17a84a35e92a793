// What may be asked of providers at all.

import BuskerCore

extension CheckoutOrder {
    /// Refuses what no provider takes or what the documentation of the members rules out.
    ///
    /// - Throws: ``PaymentError`` with `badRequest` or `badAmount`.
    func check() throws(PaymentError) {
        try OrderCheck.key(key)
        try OrderCheck.text(title, "title", 1...120)
        guard price.minorUnits > 0 else {
            throw PaymentError(.badAmount, "A checkout is for more than nothing; give free things without one.")
        }
        guard notes.count <= 20 else { throw PaymentError(.badRequest, "There are more than 20 notes.") }
        for (name, text) in notes {
            guard (1...40).contains(name.utf8.count), ProviderName.isPlain(name) else {
                throw PaymentError(.badRequest, "A note's name has 1 to 40 letters, digits, - or _.")
            }
            guard text.utf8.count <= 400, !OrderCheck.hasControls(text) else {
                throw PaymentError(.badRequest, "The note \(name) has more than 400 bytes or a control character.")
            }
        }
        try OrderCheck.url(successURL)
        if let cancelURL { try OrderCheck.url(cancelURL) }
        if let email { try OrderCheck.text(email, "address of mail", 3...254) }
        if let buyer { try OrderCheck.text(buyer, "id of the buyer", 1...200) }
        if let product, !ProviderName.isPlain(product) {
            throw PaymentError(.badRequest, "The product is no id; take the provider's.")
        }
    }

    /// The host's id of the purchase.
    var purchase: String? { notes[Self.purchaseNote] }

    /// Until when the checkout may be paid: the same for the same order, whenever it is sent.
    ///
    /// Counted from the making of the purchase, whose id tells it; nothing without such an id or a time to live.
    func expiry(between shortest: Duration, and longest: Duration) -> Timestamp? {
        guard let timeToLive, let purchase, let id = try? PurchaseID(parsing: purchase) else { return nil }
        return id.timestamp.advanced(by: min(max(timeToLive, shortest), longest))
    }
}

extension RefundOrder {
    /// Refuses what no provider takes.
    ///
    /// - Throws: ``PaymentError`` with `badRequest` or `badAmount`.
    func check() throws(PaymentError) {
        try OrderCheck.key(key)
        guard amount.minorUnits > 0 else { throw PaymentError(.badAmount, "A refund is of more than nothing.") }
        if let reason { try OrderCheck.text(reason, "reason", 1...120) }
    }
}

/// Checks that both orders share.
enum OrderCheck {
    static func key(_ key: String) throws(PaymentError) {
        guard (1...108).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw PaymentError(.badRequest, "A key has 1 to 108 bytes of ASCII without blanks.")
        }
    }

    static func text(_ text: String, _ what: String, _ count: ClosedRange<Int>) throws(PaymentError) {
        guard count.contains(text.count), text.utf8.count <= count.upperBound * 4, !hasControls(text) else {
            throw PaymentError(
                .badRequest,
                "The \(what) has not \(count.lowerBound) to \(count.upperBound) characters, or a control character.")
        }
    }

    static func url(_ url: String) throws(PaymentError) {
        let isPlain = url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard url.hasPrefix("https://") || url.hasPrefix("http://"), isPlain, url.utf8.count <= 2000 else {
            throw PaymentError(.badRequest, "An address to return to begins with https:// and has no blanks.")
        }
    }

    static func hasControls(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }

    /// An address with one more field in its query, unless its text is there already.
    static func adding(_ field: String, to url: String) -> String {
        guard !url.contains(field) else { return url }
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let head = String(parts[0])
        return head + (head.contains("?") ? "&" : "?") + field + (parts.count > 1 ? "#" + parts[1] : "")
    }
}
