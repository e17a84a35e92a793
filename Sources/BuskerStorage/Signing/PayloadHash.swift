// What a signature says about the body.

import Crypto

/// The value of `x-amz-content-sha256`: the hash of the body, or a word instead of it.
public struct PayloadHash: Sendable, Hashable {
    /// The hash in lower-case hexadecimal, or the word.
    public let text: String

    private init(_ text: String) { self.text = text }

    /// The hash of a body that is at hand.
    public static func of(_ body: [UInt8]) -> PayloadHash { PayloadHash(Hexadecimal.text(SHA256.hash(data: body))) }

    /// The hash of a body, which has 32 bytes.
    ///
    /// - Throws: ``StorageError`` with `badRequest` when it has not.
    public init(sha256 bytes: [UInt8]) throws(StorageError) {
        guard bytes.count == SHA256.byteCount else {
            throw StorageError(.badRequest, "A SHA-256 hash has \(SHA256.byteCount) bytes, not \(bytes.count).")
        }
        self.init(Hexadecimal.text(bytes))
    }

    /// The body is not signed; the connection must guard it.
    public static let unsigned = PayloadHash("UNSIGNED-PAYLOAD")
    /// Chunks that are signed one by one.
    public static let signedChunks = PayloadHash("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    /// Chunks that are signed one by one, and signed headers after them.
    public static let signedChunksAndTrailer = PayloadHash("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
    /// Chunks that are not signed, with a checksum after them.
    public static let unsignedChunksAndTrailer = PayloadHash("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    /// No body.
    public static let empty = PayloadHash.of([])
}
