// A point in calendar time, in whole microseconds.

/// A point in calendar time: whole microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// The range is that of `Int64`, some 292,000 years either way.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// Makes the point that lies `microseconds` after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether one point lies before another.
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// The point `microseconds` later, held at the ends of the range instead of overflowing.
    public func advanced(byMicroseconds microseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.microseconds.addingReportingOverflow(microseconds)
        return Timestamp(microseconds: overflow ? (microseconds < 0 ? .min : .max) : sum)
    }
}
