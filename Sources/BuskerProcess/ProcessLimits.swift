// How much another program may take.

/// The bounds of one program; each is held at its documented range.
public struct ProcessLimits: Sendable, Hashable {
    /// How long it may run by the clock on the wall, 1 ms to 7 days.
    public var wallTime: Duration
    /// Seconds of processor time of each of its processes, 1...604,800.
    public var processorSeconds: Int64
    /// Bytes of address space of each of its processes, 16 MiB to 1 TiB; programs reserve more than they use.
    public var memoryBytes: Int64
    /// Bytes of each file it writes, 0 to 1 TiB.
    public var fileBytes: Int64
    /// Files that each of its processes holds open, 8...65,536.
    public var openFiles: Int64
    /// Bytes it may write to its standard output, 0 to 1 GiB; what it writes to its standard error is read and dropped.
    public var outputBytesMax: Int64
    /// Bytes of one line, 64 to 1 MiB; longer ones are cut.
    public var lineBytesMax: Int
    /// Bytes of its last complaints that are kept, 0...65,536.
    public var complaintBytesMax: Int
    /// How long it has after SIGTERM before SIGKILL ends it and all it started, 0 to 60 s.
    public var grace: Duration

    /// An hour, an hour of processor time, 4 GiB of address space, files of 2 GiB, 64 MiB of output.
    public init(
        wallTime: Duration = .seconds(3_600), processorSeconds: Int64 = 3_600, memoryBytes: Int64 = 4 << 30,
        fileBytes: Int64 = 2 << 30, openFiles: Int64 = 256, outputBytesMax: Int64 = 64 << 20,
        lineBytesMax: Int = 8_192, complaintBytesMax: Int = 8_192, grace: Duration = .seconds(2)
    ) {
        self.wallTime = min(max(wallTime, .milliseconds(1)), .seconds(604_800))
        self.processorSeconds = min(max(processorSeconds, 1), 604_800)
        self.memoryBytes = min(max(memoryBytes, 16 << 20), 1 << 40)
        self.fileBytes = min(max(fileBytes, 0), 1 << 40)
        self.openFiles = min(max(openFiles, 8), 65_536)
        self.outputBytesMax = min(max(outputBytesMax, 0), 1 << 30)
        self.lineBytesMax = min(max(lineBytesMax, 64), 1 << 20)
        self.complaintBytesMax = min(max(complaintBytesMax, 0), 65_536)
        self.grace = min(max(grace, .zero), .seconds(60))
    }
}
