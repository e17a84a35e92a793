// The picture of a sound in numbers: peaks and mean squares.

/// The extremes of every stretch of a piece of audio, with its mean squares beside them if they were asked for.
///
/// Values are in 16-bit full scale. A waveform knows how its points lie on the audio: either every point spans
/// `samplesPerPoint` frames, or a chosen number of points is spread evenly over the whole.
public struct Waveform: Sendable, Equatable {
    /// How the points lie on the audio.
    public enum Spacing: Sendable, Hashable {
        /// Every point spans `samplesPerPoint` frames, the last one what is left.
        case fixed
        /// Point k of n begins at frame floor(k * frames / n); `samplesPerPoint` is only the nearest whole number.
        case even
    }

    /// What was met while the audio was read.
    public struct Findings: Sendable, Hashable {
        /// Samples that were not a number and were drawn as zero.
        public var notNumbers = 0
        /// Float samples outside -1...1, which were drawn at full scale.
        public var overs = 0
        /// Whether the file ended before the length it announces.
        public var isTruncated = false

        /// Nothing remarkable.
        public init() {}
    }

    /// Frames a second, 1 or more.
    public let sampleRate: Int
    /// Frames a point spans, 1 or more; the nearest whole number where `spacing` is `.even`.
    public let samplesPerPoint: Int
    /// How the points lie on the audio.
    public let spacing: Spacing
    /// Channels drawn: 1 for a mix, otherwise those of the audio; 1 to 24.
    public let channels: Int
    /// Frames of audio behind the points; for a decoded file without that knowledge, `count * samplesPerPoint`.
    public let frames: Int
    /// Minimum and maximum of every channel, point after point: `2 * channels * count` values.
    public let peaks: [Int16]
    /// Mean square in 0...1 of every channel, point after point: `channels * count` values, or none.
    public let meanSquares: [Float]
    /// What was met while the audio was read.
    public let findings: Findings

    /// Points per channel.
    public var count: Int { peaks.count / (2 * channels) }
    /// Seconds of audio behind the points.
    public var duration: Double { Double(frames) / Double(sampleRate) }
    /// Whether mean squares stand beside the peaks.
    public var hasRMS: Bool { !meanSquares.isEmpty }

    init(
        sampleRate: Int, samplesPerPoint: Int, spacing: Spacing = .fixed, channels: Int, frames: Int,
        peaks: [Int16], meanSquares: [Float] = [], findings: Findings = Findings()
    ) {
        self.sampleRate = sampleRate
        self.samplesPerPoint = samplesPerPoint
        self.spacing = spacing
        self.channels = channels
        self.frames = frames
        self.peaks = peaks
        self.meanSquares = meanSquares
        self.findings = findings
    }

    /// The least value of a channel at a point, or 0 outside the waveform.
    public func minimum(at point: Int, channel: Int = 0) -> Int16 {
        guard (0..<count).contains(point), (0..<channels).contains(channel) else { return 0 }
        return peaks[2 * (point * channels + channel)]
    }

    /// The greatest value of a channel at a point, or 0 outside the waveform.
    public func maximum(at point: Int, channel: Int = 0) -> Int16 {
        guard (0..<count).contains(point), (0..<channels).contains(channel) else { return 0 }
        return peaks[2 * (point * channels + channel) + 1]
    }

    /// The root of the mean square of a channel at a point in 0...1, or 0 outside the waveform or without RMS.
    public func rms(at point: Int, channel: Int = 0) -> Float {
        guard hasRMS, (0..<count).contains(point), (0..<channels).contains(channel) else { return 0 }
        return meanSquares[point * channels + channel].squareRoot()
    }

    /// The frame a point begins at; `frames` for the point after the last.
    public func firstFrame(of point: Int) -> Int {
        if point >= count { return frames }
        guard point > 0 else { return 0 }
        switch spacing {
        case .fixed: return min(frames, point * samplesPerPoint)
        case .even: return Self.edge(point, of: count, over: frames)
        }
    }

    /// floor(k * frames / count) without overflow, for counts within the limits.
    static func edge(_ k: Int, of count: Int, over frames: Int) -> Int {
        frames / count * k + frames % count * k / count
    }
}

/// What no waveform exceeds; a file or a setting beyond it is refused.
public enum WaveformLimits {
    /// Points times channels of one waveform: 256 MiB of peaks.
    public static let values = 1 << 26
    /// Points an even spread may have.
    public static let evenPoints = 1 << 20
    /// Channels of a data file, as the format has it.
    public static let fileChannels = 24
    /// Channels of audio that is measured.
    public static let channels = 8
    /// Frames a point of measured audio may span.
    public static let samplesPerPoint = 1 << 27
    /// Bytes of a binary or JSON file that is decoded.
    public static let fileBytes = 1 << 30
    /// How deep values nobody asked for may nest in a JSON file.
    public static let nesting = 32
    /// The width and height of a drawing.
    public static let drawingSide = 32_768
    /// Bars or points in a drawing.
    public static let drawingPoints = 16_384
    /// Characters of a drawing's title.
    public static let titleCharacters = 1_024
}

extension AudioError.Code {
    /// A waveform file is damaged or is none.
    public static let badWaveformFile = AudioError.Code("bad_waveform_file")
    /// A waveform is longer, or a file is bigger, than the limits allow.
    public static let waveformTooLarge = AudioError.Code("waveform_too_large")
}
