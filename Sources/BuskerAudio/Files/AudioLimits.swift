// How much of a stranger's audio is looked at.

/// The limits under which audio is opened and decoded; the standard ones let a two-hour file pass.
public struct AudioLimits: Sendable, Hashable {
    /// The largest file in bytes.
    public var bytesMax: Int = 8 << 30
    /// The most bytes that are spooled to a temporary file when the input cannot be rewound.
    public var spoolBytesMax: Int = 4 << 30
    /// The longest sound in seconds, decoded; a file that goes on longer is refused, whatever its header says.
    public var secondsMax: Int = 3 * 3600
    /// The most channels; never more than 8.
    public var channelsMax: Int = 8 {
        didSet { channelsMax = min(max(channelsMax, 1), Self.channelsCeiling) }
    }
    /// The sample rates in Hz that are read.
    public var sampleRates: ClosedRange<Int> = 8000...192_000

    /// The limits that suit most services.
    public static let standard = AudioLimits()

    /// Makes the standard limits, to be changed.
    public init() {}

    /// What the signal core is built for.
    static let channelsCeiling = 8
    /// The most chunks or metadata blocks of a header that are walked.
    static let chunksMax = 1024
    /// The longest tag that is kept, in bytes.
    static let tagBytesMax = 4096
    /// The largest reading block in frames; a longer buffer is filled in parts.
    static let blockFrames = 4096
    /// The most frames that one call returns as an array.
    static let readAtOnceMax = 1 << 24
    /// The largest absolute sample value that leaves a reader (24 dB above full scale).
    static let sampleMax: Float = 16
}

extension AudioLimits {
    /// The most frames a file at this rate may decode to.
    func framesMax(sampleRate: Int) -> Int {
        let (frames, overflow) = secondsMax.multipliedReportingOverflow(by: sampleRate)
        return overflow || frames < 0 ? Int.max : frames
    }

    /// Throws where a header's rate or channel count is outside the limits.
    func check(sampleRate: Int, channels: Int) throws(AudioError) {
        guard channels > 0 else {
            throw AudioError(.damagedHeader, "The file says that it has no channels. Please export it again.")
        }
        guard channels <= channelsMax else {
            throw AudioError(
                .tooManyChannels,
                "The file has \(channels) channels; at most \(channelsMax) are read. Please mix it down first.")
        }
        guard sampleRates.contains(sampleRate) else {
            throw AudioError(
                .unsupportedSampleRate,
                "The file says that it has \(sampleRate) samples a second; \(sampleRates.lowerBound) to "
                    + "\(sampleRates.upperBound) are read. Please convert it to 44100 or 48000 first.")
        }
    }

    /// Throws where a header announces more than the limit.
    func check(declaredFrames: Int, sampleRate: Int) throws(AudioError) {
        guard declaredFrames <= framesMax(sampleRate: sampleRate) else { throw tooLong() }
    }

    func tooLong() -> AudioError {
        AudioError(.tooLong, "The sound lasts longer than \(secondsMax) seconds. Please cut it into parts.")
    }
}
