// Text that is equal only when its bytes are.

/// Text as the databases compare it, byte by byte; Swift's own strings are equal when they look equal.
package struct ByteText: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ByteText, b: ByteText) -> Bool { equal(a.text, b.text) }

    package func hash(into hasher: inout Hasher) { Self.hash(text, into: &hasher) }

    /// Whether two texts have the same bytes.
    static func equal(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        let equal: Bool?? = unsafe a.utf8.withContiguousStorageIfAvailable { one in
            unsafe b.utf8.withContiguousStorageIfAvailable { other in unsafe one.elementsEqual(other) }
        }
        return (equal ?? nil) ?? a.utf8.elementsEqual(b.utf8)
    }

    /// Hashes the bytes.
    static func hash(_ text: String, into hasher: inout Hasher) {
        let whole: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if whole == nil { for byte in text.utf8 { hasher.combine(byte) } }
        hasher.combine(UInt8(0xFF))
    }
}
