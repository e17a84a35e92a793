// Keys with which programs ask.

public import BuskerCore

/// An API key as its owner sees it: never the key itself.
public struct APIKey: Sendable, Hashable {
    /// Its name.
    public let id: APIKeyID
    /// Whose it is.
    public let account: AccountID
    /// What the key begins with, to tell it from others.
    public let prefix: String
    /// What its owner called it.
    public let name: String
    /// What it may do.
    public let scopes: Set<String>
    /// When it was made.
    public let createdAt: Timestamp
    /// When it is over; nothing when never.
    public let expiresAt: Timestamp?
    /// When it was revoked.
    public let revokedAt: Timestamp?
    /// When it was used last, to the minute or so.
    public let usedAt: Timestamp?
}

/// A key that was made: the only time that its text is there.
public struct NewAPIKey: Sendable {
    /// The key as its owner sees it from now on.
    public let key: APIKey
    /// The key itself: `bsk_`, 12 digits, `_`, 43 characters.
    public let text: SecretText
}

/// The text of a key.
enum APIKeyText {
    private static let start = "bsk_"
    private static let prefixCount = 16

    static func make(_ chance: Chance) -> (prefix: String, text: SecretText, sum: [UInt8]) {
        let digits = chance.bytes(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let bytes = chance.bytes(32)
        let prefix = start + digits
        return (prefix, SecretText("\(prefix)_\(TokenText.encode(bytes))"), TokenText.sum(bytes))
    }

    /// The prefix of a key and what is stored of it; nothing when the text is no key.
    static func parse(_ text: String) -> (prefix: String, sum: [UInt8])? {
        let bytes = Array(text.utf8.prefix(prefixCount + 45))
        guard bytes.count == prefixCount + 44, bytes.starts(with: start.utf8),
            bytes[prefixCount] == UInt8(ascii: "_"),
            let secret = TokenText.decode(String(decoding: bytes[(prefixCount + 1)...], as: UTF8.self))
        else { return nil }
        return (String(decoding: bytes[..<prefixCount], as: UTF8.self), TokenText.sum(secret))
    }
}
