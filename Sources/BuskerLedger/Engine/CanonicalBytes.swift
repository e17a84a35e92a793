// One way to write fields as bytes, so that hashes agree.

import Crypto

/// Fields written one after the other, each with its kind and length, so that no two lists of fields give the same bytes.
package struct CanonicalBytes {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// Forgets the fields and keeps the memory.
    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Nothing: the byte 0.
    package mutating func addNothing() { bytes.append(0) }

    /// A whole number: the byte 1 and eight bytes, the least significant first.
    package mutating func add(_ value: Int64) {
        bytes.append(1)
        var rest = UInt64(bitPattern: value)
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Text: the byte 2, the number of bytes of UTF-8 as a number, and the bytes.
    package mutating func add(_ text: String) {
        bytes.append(2)
        count(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Bytes: the byte 3, their number and the bytes.
    package mutating func add(_ value: [UInt8]) {
        bytes.append(3)
        count(value.count)
        bytes.append(contentsOf: value)
    }

    package mutating func add(_ value: Int64?) {
        if let value { add(value) } else { addNothing() }
    }

    package mutating func add(_ value: String?) {
        if let value { add(value) } else { addNothing() }
    }

    /// The SHA-256 of the fields.
    package func sha256() -> [UInt8] {
        var hash = SHA256()
        unsafe bytes.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
        return unsafe hash.finalize().withUnsafeBytes { digest in unsafe [UInt8](digest) }
    }

    /// Four bytes, the least significant first.
    private mutating func count(_ value: Int) {
        var rest = UInt32(truncatingIfNeeded: value)
        for _ in 0..<4 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
