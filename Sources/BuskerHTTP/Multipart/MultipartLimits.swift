// The limits of forms.

/// The limits of forms; what is beyond them is refused while it arrives.
public struct MultipartLimits: Sendable, Hashable {
    /// Characters of a boundary (RFC 2046, section 5.1.1).
    public static let boundaryBytesMax = 70
    /// Bytes of white space after a boundary.
    public static let paddingBytesMax = 64

    /// Parts of a form.
    public var partsMax: Int
    /// Bytes of the headers of one part.
    public var headerBytesMax: Int
    /// Bytes of one field that is no file.
    public var fieldBytesMax: Int
    /// Bytes before the first part, and after the last.
    public var aroundBytesMax: Int

    /// 16 parts, 8 KiB of headers, fields of 64 KiB, 4 KiB around; numbers below one count as one.
    public init(
        partsMax: Int = 16, headerBytesMax: Int = 8_192, fieldBytesMax: Int = 65_536, aroundBytesMax: Int = 4_096
    ) {
        self.partsMax = max(1, partsMax)
        self.headerBytesMax = max(1, headerBytesMax)
        self.fieldBytesMax = max(1, fieldBytesMax)
        self.aroundBytesMax = max(1, aroundBytesMax)
    }
}
