// Names that sort by age and say what they name.

/// A name of one thing: 16 bytes of UUID version 7 (RFC 9562), written as `txn_01h455vb4pex5vsknk084sn02q`.
///
/// The text is the kind's prefix, `_`, and the 128 bits in 26 characters of Crockford's base 32 in lower case, so that texts,
/// bytes and values sort alike: by the millisecond of their making, then by their order within it.
public struct ID<Kind: IDKind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id with these 16 bytes.
    ///
    /// - Throws: ``TextError`` with `badID` when they are not 16 bytes of UUID version 7.
    public init(bytes: [UInt8]) throws(TextError) {
        guard bytes.count == 16 else {
            throw TextError(.badID, "An id has 16 bytes, not \(bytes.count).")
        }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
        guard isVersion7 else { throw TextError(.badID, "The 16 bytes are not a UUID of version 7.") }
    }

    /// The id that a text names; only the one text that ``description`` gives is accepted.
    ///
    /// - Throws: ``TextError`` with `badID`.
    public init(parsing text: String) throws(TextError) {
        let prefix = Kind.prefix.utf8
        let bytes = Array(text.utf8.prefix(prefix.count + 28))
        guard bytes.count == prefix.count + 27, bytes.starts(with: prefix), bytes[prefix.count] == UInt8(ascii: "_"),
            let (high, low) = Base32.decode(bytes[(prefix.count + 1)...])
        else {
            throw TextError(.badID, "An id of this kind is written \(Kind.prefix)_ and 26 letters and digits.")
        }
        self.init(high: high, low: low)
        guard isVersion7 else { throw TextError(.badID, "The text is not an id that was made here.") }
    }

    /// The id with the same bytes as one of another kind.
    public init<Other>(sharing other: ID<Other>) { self.init(high: other.high, low: other.low) }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for half in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
        return bytes
    }

    /// When the id was made, to the millisecond; later than that when many were made at once or the clock went back.
    public var timestamp: Timestamp { Timestamp(microseconds: Int64(high >> 16) * 1000) }

    /// The prefix, `_` and 26 characters.
    public var description: String { "\(Kind.prefix)_\(Base32.encode(high: high, low: low))" }

    /// Whether one id comes before another, in the order of their bytes.
    public static func < (a: ID, b: ID) -> Bool { (a.high, a.low) < (b.high, b.low) }

    private var isVersion7: Bool { high >> 12 & 0xF == 7 && low >> 62 == 2 }
}
