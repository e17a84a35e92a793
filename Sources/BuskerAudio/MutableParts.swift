// Parts of a buffer, to be written in place.

extension MutableSpan where Element == Float {
    /// The elements in a range, for as long as nothing else touches the span; the range must lie inside it.
    @_lifetime(&self)
    mutating func part(_ range: Range<Int>) -> MutableSpan<Float> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part reaches beyond its buffer")
        let part = unsafe withUnsafeMutableBufferPointer { all in
            unsafe UnsafeMutableBufferPointer(rebasing: all[range])
        }
        return unsafe _overrideLifetime(MutableSpan(_unsafeElements: part), mutating: &self)
    }
}

extension Array where Element == Float {
    /// The elements in a range, for as long as nothing else touches the array; the range must lie inside it.
    @_lifetime(&self)
    mutating func part(_ range: Range<Int>) -> MutableSpan<Float> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a part reaches beyond its array")
        let part = unsafe withUnsafeMutableBufferPointer { all in
            unsafe UnsafeMutableBufferPointer(rebasing: all[range])
        }
        return unsafe _overrideLifetime(MutableSpan(_unsafeElements: part), mutating: &self)
    }
}

extension MutableSpan where Element == Float {
    /// Overwrites all elements with those of a span of the same length.
    mutating func copy(_ source: Span<Float>) {
        precondition(source.count == count, "a copy needs equal lengths")
        for at in 0..<count { self[at] = source[at] }
    }
}
