// Names that may stand in a path.

/// Checks ids before they enter a path, so that none leads to another one.
enum ProviderName {
    /// The id, when it has 1 to 255 letters, digits, `-` or `_`.
    ///
    /// - Throws: ``PaymentError`` with `notFound`: no provider has others, so nothing is asked.
    static func checked(_ id: String, _ provider: PaymentProvider) throws(PaymentError) -> String {
        guard isPlain(id) else {
            throw PaymentError(.notFound, "No id of \(provider) looks like that; nothing was asked.")
        }
        return id
    }

    /// Whether a text can be an id.
    static func isPlain(_ id: String) -> Bool {
        (1...255).contains(id.utf8.count) && id.utf8.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
