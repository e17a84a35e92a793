// How large the parts of an upload are.

/// The parts of an upload: at most 10,000, each 5 MiB to 5 GiB but the last, all of one size because some stores ask for it.
public struct PartSize: Sendable, Hashable {
    /// The most parts.
    public static let partsMax: Int64 = 10_000
    /// The fewest bytes of a part that is not the last.
    public static let bytesMin: Int64 = 5 << 20
    /// The most bytes of a part, and of an object that is put at once.
    public static let bytesMax: Int64 = 5 << 30
    /// The most bytes of an object.
    public static let objectMax: Int64 = 5 << 40

    /// The bytes of every part but the last.
    public let bytes: Int64
    /// The number of parts; at least one, though it may be empty.
    public let count: Int64

    /// The parts of an object of known size: the larger of `preferred` and a ten-thousandth of it, in whole MiB.
    ///
    /// - Throws: ``StorageError`` with `tooLarge` for more than 5 TiB, or `badRequest` for a negative or unallowed size.
    public init(objectOf size: Int64, preferred: Int64 = 8 << 20) throws(StorageError) {
        guard size >= 0, (Self.bytesMin...Self.bytesMax).contains(preferred) else {
            throw StorageError(.badRequest, "A size is negative, or a part has not 5 MiB to 5 GiB.")
        }
        guard size <= Self.objectMax else { throw StorageError(.tooLarge, "An object has more than 5 TiB.") }
        let needed = (size + Self.partsMax - 1) / Self.partsMax
        let mebibyte: Int64 = 1 << 20
        bytes = max(preferred, (needed + mebibyte - 1) / mebibyte * mebibyte)
        count = max(1, (size + bytes - 1) / bytes)
    }

    /// The bytes of a part, counted from 1; nothing when there is no such part.
    public func range(of part: Int64, in size: Int64) -> Range<Int64>? {
        guard (1...count).contains(part), size >= 0 else { return nil }
        let start = (part - 1) * bytes
        return start <= size ? start..<min(size, start + bytes) : nil
    }
}
