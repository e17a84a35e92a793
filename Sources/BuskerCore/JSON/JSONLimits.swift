// How much JSON is read before it is refused.

/// The bounds of reading one JSON text; each is held at its documented range.
public struct JSONLimits: Sendable, Hashable {
    /// The most bytes a text may have, 1...67,108,864.
    public let bytesMax: Int
    /// How deep lists and objects may nest, 1...512.
    public let depthMax: Int
    /// The most values and names together, 1...4,194,304; each costs 16 bytes of memory.
    public let valuesMax: Int

    /// Makes bounds; numbers outside their range are moved to its nearer end.
    public init(bytesMax: Int = 1 << 20, depthMax: Int = 64, valuesMax: Int = 200_000) {
        self.bytesMax = min(max(bytesMax, 1), 1 << 26)
        self.depthMax = min(max(depthMax, 1), 512)
        self.valuesMax = min(max(valuesMax, 1), 1 << 22)
    }

    /// One mebibyte, 64 levels and 200,000 values.
    public static let standard = JSONLimits()
}
