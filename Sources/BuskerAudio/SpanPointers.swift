// Where a span's memory lies, for calls into the signal core.

// The importer also offers the core's functions with spans in place of pointers. Those of two spans and more are not
// inlined, and the optimising compiler of Swift 6.3 then fails; see Documentation/Decisions/0002. The addresses here are
// good for as long as the span is, which is the length of the call.

extension Span where Element == Float {
    /// The address of the first element, for the length of one call.
    var base: UnsafePointer<Float>? {
        unsafe withUnsafeBufferPointer { $0.baseAddress }
    }
}

extension MutableSpan where Element == Float {
    /// The address of the first element, for the length of one call.
    var base: UnsafeMutablePointer<Float>? {
        mutating get { unsafe withUnsafeMutableBufferPointer { $0.baseAddress } }
    }
}
