// The name of an object in a store, checked once.

/// The key of an object: a path of segments between slashes, kept exactly as it was given.
///
/// A key is 1 to 1024 bytes of UTF-8. It neither begins nor ends with a slash, no segment is empty, `.` or `..`, and it has no
/// control characters (C0, DEL, C1) and none of the characters that turn the direction of writing (U+202A to U+202E, U+2066 to
/// U+2069). It is never normalised: `é` in one and in two code points are two keys. Keys are compared byte by byte.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The most bytes of a key.
    public static let bytesMax = 1024

    /// The key as it was given.
    public let text: String

    /// Takes a key.
    ///
    /// - Throws: ``StorageError`` with `badKey`, saying which rule it breaks; the text is not repeated.
    public init(_ text: String) throws(StorageError) {
        if let fault = Self.fault(in: text) { throw StorageError(.badKey, fault) }
        self.text = text
    }

    /// The key.
    public var description: String { text }

    /// Whether the bytes of two keys are the same.
    public static func == (a: ObjectKey, b: ObjectKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    /// Whether one key comes before another in the order of their bytes, which is the order of a listing.
    public static func < (a: ObjectKey, b: ObjectKey) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

    /// Mixes in the bytes of the key.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    /// What is wrong with a text; nothing when it is a key.
    private static func fault(in text: String) -> String? {
        let bytes = text.utf8
        guard !bytes.isEmpty else { return "A key is empty; give it at least one byte." }
        guard bytes.count <= bytesMax else { return "A key has more than \(bytesMax) bytes of UTF-8; shorten it." }
        for segment in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !segment.isEmpty else { return "A key begins or ends with a slash, or has two in a row." }
            guard !segment.elementsEqual(".".utf8), !segment.elementsEqual("..".utf8) else {
                return "A key has a segment . or ..; keys are no paths."
            }
        }
        guard text.unicodeScalars.allSatisfy({ !isRefused($0) }) else {
            return "A key has a control character, or one that turns the direction of writing; leave it out."
        }
        return nil
    }

    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
