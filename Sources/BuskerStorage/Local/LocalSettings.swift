// How a store on a disk behaves.

/// The settings of a store on a disk.
public struct LocalSettings: Sendable {
    /// Bytes that stay free on the disk; a write that would go below fails with `noSpace`.
    public var reserve: Int64
    /// Whether `put`, `copy`, `complete` and `delete` wait until the disk has it; without, a loss of power loses the latest.
    public var syncs: Bool
    /// The most bytes of one object.
    public var objectBytesMax: Int64
    /// The least bytes of every part but the last; tests may want less than S3.
    public var partBytesMin: Int
    /// The bytes of one piece of a body that is read, and of what is gathered before it is written.
    public var pieceBytes: Int
    /// Says how many bytes are free, instead of the system.
    public var freeBytes: (@Sendable () -> Int64)?

    /// Keeps 256 MiB free, waits for the disk, and reads and writes 256 KiB at a time, unless something else is given.
    ///
    /// - Parameters:
    ///   - reserve: bytes that stay free.
    ///   - syncs: whether to wait for the disk.
    ///   - objectBytesMax: the most bytes of one object.
    ///   - partBytesMin: the least bytes of a part.
    ///   - pieceBytes: brought into 4 KiB to 4 MiB.
    public init(
        reserve: Int64 = 256 << 20, syncs: Bool = true, objectBytesMax: Int64 = 5 << 40, partBytesMin: Int = 5 << 20,
        pieceBytes: Int = 256 << 10
    ) {
        self.reserve = max(0, reserve)
        self.syncs = syncs
        self.objectBytesMax = objectBytesMax
        self.partBytesMin = partBytesMin
        self.pieceBytes = min(max(pieceBytes, 4 << 10), 4 << 20)
    }
}
