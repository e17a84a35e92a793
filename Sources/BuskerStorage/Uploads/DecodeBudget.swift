// How much may come out of a content when it is decoded.

/// Limits on what a content holds, because a small file can hold days of silence (measured: 10,088 times its size).
public struct DecodeBudget: Sendable, Hashable {
    /// The most samples: frames times channels.
    public var samplesMax: Int64
    /// The most channels.
    public var channelsMax: Int
    /// The rates that are accepted, in Hz.
    public var rates: ClosedRange<Int>
    /// The most decoded bytes (of 4 bytes a sample) for each encoded byte that was read, once `ratioAfter` bytes came out.
    public var ratioMax: Int64
    /// How many decoded bytes come out before the ratio counts.
    public var ratioAfter: Int64
    /// How long a decoder may take, by the clock and by the processor.
    public var timeMax: Duration

    /// An hour of stereo at 48 kHz, 8 channels, 8 to 192 kHz, 5000 times after the first 1 MB, 60 seconds.
    public static let standard = DecodeBudget()

    /// Makes a budget.
    public init(
        samplesMax: Int64 = 345_600_000, channelsMax: Int = 8, rates: ClosedRange<Int> = 8000...192_000,
        ratioMax: Int64 = 5000, ratioAfter: Int64 = 1_000_000, timeMax: Duration = .seconds(60)
    ) {
        self.samplesMax = samplesMax
        self.channelsMax = channelsMax
        self.rates = rates
        self.ratioMax = ratioMax
        self.ratioAfter = ratioAfter
        self.timeMax = timeMax
    }
}

/// Counts what a decoder gives, block by block, and ends it when it is too much.
public struct DecodeMeter: Sendable {
    /// Samples so far.
    public private(set) var samples: Int64 = 0
    private let budget: DecodeBudget
    private let channels: Int64

    /// Begins with what the header says.
    ///
    /// - Throws: ``StorageError`` with `tooLarge` for too many channels or announced frames, `badType` for a rate outside the
    ///   limits.
    public init(
        _ budget: DecodeBudget, channels: Int, rate: Int, announcedFrames: Int64? = nil
    ) throws(StorageError) {
        guard channels > 0, channels <= budget.channelsMax else {
            throw StorageError(
                .tooLarge, "The sound has \(channels) channels; 1 to \(budget.channelsMax) are accepted.")
        }
        guard budget.rates.contains(rate) else {
            throw StorageError(.badType, "The sound has \(rate) samples a second, which is not accepted.")
        }
        self.budget = budget
        self.channels = Int64(channels)
        if let announcedFrames {
            let (samples, overflow) = announcedFrames.multipliedReportingOverflow(by: self.channels)
            guard !overflow, samples <= budget.samplesMax else { throw Self.tooLong }
        }
    }

    /// Counts frames that came out, after so many encoded bytes were read in all.
    ///
    /// - Throws: ``StorageError`` with `tooLarge` as soon as it is too much.
    public mutating func add(frames: Int64, encodedBytes: Int64) throws(StorageError) {
        let (more, overflow) = max(frames, 0).multipliedReportingOverflow(by: channels)
        guard !overflow, more <= budget.samplesMax - samples else { throw Self.tooLong }
        samples += more
        let (bytes, tooMany) = samples.multipliedReportingOverflow(by: 4)
        guard !tooMany else { throw Self.tooLong }
        if bytes > budget.ratioAfter, bytes / max(encodedBytes, 1) > budget.ratioMax {
            throw StorageError(.tooLarge, "The sound grows more than \(budget.ratioMax) times when it is decoded.")
        }
    }

    private static let tooLong = StorageError(.tooLarge, "The sound is longer than is accepted.")
}
