// The secrets a host shows to a provider.

/// A secret key, token or password for a provider's interface; it never prints itself.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The most bytes of a key.
    public static let bytesMax = 4096

    /// The secret itself, for a header or the one browser that it is made for.
    public let secret: String

    /// Takes a key as the provider shows it.
    ///
    /// - Throws: ``PaymentError`` with `unauthorised` when it is blank, has white space around it or inside, or is not ASCII.
    public init(_ text: String) throws(PaymentError) {
        guard !text.isEmpty, text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw PaymentError(
                .unauthorised,
                "A key is blank, too long, or has white space; was it read together with its line end?")
        }
        secret = text
    }

    /// Not the key.
    public var description: String { "APIKey(…)" }

    /// Not the key.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The text with the key blotted out.
    func hidden(in text: String) -> String { text.replacing(secret, with: "…") }
}
