// Lends a part of an array as a span that can be written.

extension Array where Element == Float {
    /// Calls `body` with the elements in `range`, which must lie inside the array.
    mutating func withPart<Result>(
        _ range: Range<Int>, _ body: (inout MutableSpan<Float>) throws(AudioError) -> Result
    ) throws(AudioError) -> Result {
        guard indices.contains(range) || range.isEmpty else {
            throw AudioError(.coreFailed, "A buffer of \(count) values was asked for \(range).")
        }
        return try unsafe withUnsafeMutableBufferPointer { all throws(AudioError) -> Result in
            var part = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: all[range]))
            return try body(&part)
        }
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        other.lowerBound >= lowerBound && other.upperBound <= upperBound
    }
}
