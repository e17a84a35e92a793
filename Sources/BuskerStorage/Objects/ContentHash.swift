// The hash by which the database knows a content.

import Crypto

/// The SHA-256 of a content; what the database says of it is what counts.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Takes 32 bytes.
    ///
    /// - Throws: ``StorageError`` with `badDigest` for another number of bytes.
    public init(bytes: [UInt8]) throws(StorageError) {
        guard bytes.count == 32 else { throw StorageError(.badDigest, "A SHA-256 has 32 bytes, not \(bytes.count).") }
        self.bytes = bytes
    }

    /// The hash of bytes that are at hand.
    public init(of content: [UInt8]) { bytes = Array(SHA256.hash(data: content)) }

    /// Reads 64 hexadecimal digits of either case.
    ///
    /// - Throws: ``StorageError`` with `badDigest` for anything else.
    public init(hex: String) throws(StorageError) {
        let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard hex.utf8.count == 64, digits.count == 64 else {
            throw StorageError(.badDigest, "A SHA-256 is written with 64 hexadecimal digits.")
        }
        bytes = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.text(bytes) }

    /// A hash in the making, over bytes that come in pieces.
    public struct Summing: Sendable {
        private var state = SHA256()

        /// Begins with no bytes.
        public init() {}

        /// Adds bytes.
        public mutating func add(_ bytes: [UInt8]) { state.update(data: bytes) }

        /// The hash so far.
        public var hash: ContentHash { ContentHash(digest: state.finalize()) }
    }

    private init(digest: SHA256.Digest) { bytes = Array(digest) }
}
