// Chance, its text, and what is stored of it.

import BuskerCore
import Crypto
import Synchronization

/// Bytes of tokens as text, and sums of them.
enum TokenText {
    static func encode(_ bytes: [UInt8]) -> String { Base64URL.encode(bytes) }

    static func decode(_ text: String) -> [UInt8]? { Base64URL.decode(text) }

    /// What is stored of a token of 32 chance bytes: its SHA-256.
    ///
    /// A slow hash would protect what cannot be guessed anyway.
    static func sum(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }

    /// Whether two lists of bytes are the same, in a time that does not depend on where they differ.
    static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for (x, y) in zip(a, b) { difference |= x ^ y }
        return difference == 0
    }
}

/// The source of chance that a host lends, shared by all who draw.
final class Chance: Sendable {
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    init(_ random: some RandomNumberGenerator & Sendable) { self.random = Mutex(random) }

    /// So many bytes of chance.
    func bytes(_ count: Int) -> [UInt8] {
        random.withLock { random in
            var bytes: [UInt8] = []
            while bytes.count < count {
                let number = random.next()
                for shift in stride(from: 0, to: 64, by: 8) where bytes.count < count {
                    bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
                }
            }
            return bytes
        }
    }
}
