// Lengths of time in whole microseconds.

extension Duration {
    /// The length in whole microseconds, rounded towards zero and held at the ends of the range.
    public var microseconds64: Int64 {
        let (seconds, attoseconds) = components
        let exact = Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000)
        return Int64(clamping: exact)
    }
}

extension Timestamp {
    /// The point a length of time later, to the microsecond, held at the ends of the range instead of overflowing.
    public func advanced(by duration: Duration) -> Timestamp { advanced(byMicroseconds: duration.microseconds64) }

    /// The microseconds from here to another point, negative when it lies before, held at the ends of the range.
    public func microseconds(until other: Timestamp) -> Int64 {
        let (difference, overflow) = other.microseconds.subtractingReportingOverflow(microseconds)
        guard overflow else { return difference }
        return other.microseconds < 0 ? .min : .max
    }
}
