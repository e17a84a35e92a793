// Tokens of pure chance, of which only sums are stored.

/// A refresh token: `rft_` and 32 chance bytes.
struct RefreshToken {
    private static let prefix = "rft_"

    let text: SecretText
    let sum: [UInt8]

    init(_ chance: Chance) {
        let bytes = chance.bytes(32)
        text = SecretText(Self.prefix + TokenText.encode(bytes))
        sum = TokenText.sum(bytes)
    }

    /// What is stored of a token; nothing when the text is none.
    static func sum(of text: String) -> [UInt8]? { ChanceText.sum(of: text, prefix: prefix) }
}

/// The token of a link in a mail: 32 chance bytes.
struct LinkToken {
    let text: SecretText
    let sum: [UInt8]

    init(_ chance: Chance) {
        let bytes = chance.bytes(32)
        text = SecretText(TokenText.encode(bytes))
        sum = TokenText.sum(bytes)
    }

    /// What is stored of a token; nothing when the text is none.
    static func sum(of text: String) -> [UInt8]? { ChanceText.sum(of: text, prefix: "") }
}

/// Reads texts of 32 chance bytes behind a prefix.
enum ChanceText {
    static func sum(of text: String, prefix: String) -> [UInt8]? {
        let bytes = Array(text.utf8.prefix(prefix.utf8.count + 44))
        guard bytes.count == prefix.utf8.count + 43, bytes.starts(with: prefix.utf8) else { return nil }
        let rest = String(decoding: bytes[prefix.utf8.count...], as: UTF8.self)
        return TokenText.decode(rest).map(TokenText.sum)
    }
}
