// A signature, and what it was made of.

/// The 32 bytes of a signature and the texts it was derived from.
public struct SigV4Signature: Sendable {
    /// The signature itself.
    public let bytes: [UInt8]
    let canonicalBytes: [UInt8]
    /// The text that was signed.
    public let stringToSign: String
    /// The names of the signed headers, between semicolons.
    public let signedHeaders: String

    /// The request as it was hashed; for the eyes of whoever looks for a mismatch.
    public var canonicalRequest: String { String(decoding: canonicalBytes, as: UTF8.self) }

    /// The signature in lower-case hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.text(bytes) }

    /// Whether the digits are those of the signature, compared to the last one so that the time tells nothing.
    public func matches(_ hexadecimal: String) -> Bool {
        SigV4Signature.areEqual(Hexadecimal.bytes(bytes), Array(hexadecimal.utf8))
    }

    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for at in a.indices { difference |= a[at] ^ b[at] }
        return difference == 0
    }
}
