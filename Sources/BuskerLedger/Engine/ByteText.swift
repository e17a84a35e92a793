// Text that is equal only when its bytes are.

/// Text as the databases compare it, byte by byte; Swift's own strings are equal when they look equal.
package struct ByteText: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ByteText, b: ByteText) -> Bool { equal(a.text, b.text) }

    package func hash(into hasher: inout Hasher) { Self.hash(text, into: &hasher) }

    /// Whether two texts have the same bytes.
    static func equal(_ a: String, _ b: String) -> Bool {
        let (one, other) = (a.utf8, b.utf8)
        return one.count == other.count && a == b && one.elementsEqual(other)
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
