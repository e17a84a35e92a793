// How long a signed address works.

/// The life of a signed address: 1 second to 7 days, as S3 allows.
///
/// An address that is signed with the token of a session dies with the session, when that is earlier.
public struct PresignExpiry: Sendable, Hashable {
    /// The allowed seconds.
    public static let range: ClosedRange<Int64> = 1...604_800

    /// Whole seconds.
    public let seconds: Int64

    /// Checks a number of seconds.
    ///
    /// - Throws: ``StorageError`` with `badExpiry` outside 1...604800.
    public init(seconds: Int64) throws(StorageError) {
        guard Self.range.contains(seconds) else {
            throw StorageError(.badExpiry, "A signed address lives 1 to 604800 seconds (7 days), not \(seconds).")
        }
        self.seconds = seconds
    }

    /// A quarter of an hour.
    public static let quarterHour = PresignExpiry(checked: 900)

    private init(checked seconds: Int64) { self.seconds = seconds }
}
