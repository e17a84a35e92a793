// How loud a signal is to people.

import CBuskerDSP

#if canImport(Glibc)
import Glibc
#endif

/// What a loudness meter measured.
public struct Loudness: Sendable, Hashable {
    /// Gated loudness of the whole, in LUFS; minus infinity for silence or less than 400 ms.
    public var integrated: Double
    /// Loudness range in LU; `nil` where it was not asked for.
    public var range: Double?
    /// The largest loudness over 400 ms, in LUFS; `nil` where it was not asked for.
    public var momentaryMax: Double?
    /// The largest loudness over 3 s, in LUFS; `nil` where it was not asked for.
    public var shortTermMax: Double?
    /// The largest absolute sample; 1 is full scale.
    public var samplePeak: Double
    /// The largest value between the samples, linear; `nil` where it was not asked for.
    public var truePeak: Double?

    /// The gain in dB that brings the whole to `target` LUFS; 0 for silence.
    public func gain(to target: Double) -> Double { integrated.isFinite ? target - integrated : 0 }
}

/// Measures loudness after ITU-R BS.1770-4 and EBU R 128; NaN counts as silence.
public struct LoudnessMeter: ~Copyable {
    /// What is measured besides the integrated loudness and the sample peak.
    public struct Measures: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: Int
        /// Makes a set from its bits.
        public init(rawValue: Int) { self.rawValue = rawValue }
        /// The loudness range.
        public static let range = Measures(rawValue: 1)
        /// The largest momentary and short-term loudness.
        public static let maxima = Measures(rawValue: 2)
        /// The true peak; costs about six times everything else.
        public static let truePeak = Measures(rawValue: 4)
        /// Exact block energies in place of a histogram of 0.1 LU; memory grows by about 20 kB a minute.
        public static let exact = Measures(rawValue: 8)
    }

    /// Samples in a frame.
    public let channels: Int
    private let measures: Measures
    private let core: Core

    /// Makes a meter for rates 1000...768000 and 1...8 channels in the order of WAVE.
    public init(sampleRate: Int, channels: Int, measures: Measures = []) throws(AudioError) {
        guard (1000...768_000).contains(sampleRate), (1...AudioLimits.channelsCeiling).contains(channels) else {
            throw AudioError(.badArgument, "Loudness of \(channels) channels at \(sampleRate) Hz cannot be measured.")
        }
        core = try Core(sampleRate, channels, measures)
        (self.channels, self.measures) = (channels, measures)
    }

    /// Takes the next interleaved frames.
    public mutating func push(_ samples: Span<Float>) throws(AudioError) {
        let meter = unsafe core.meter
        let status = unsafe samples.withUnsafeBufferPointer {
            unsafe busker_loudness_push(meter, $0.baseAddress, $0.count)
        }
        try status.check("The loudness meter")
    }

    /// What was measured so far.
    public func read() throws(AudioError) -> Loudness {
        var result = busker_loudness_result()
        try unsafe busker_loudness_read(core.meter, &result).check("The loudness meter")
        let hasMaxima = measures.contains(.maxima)
        return Loudness(
            integrated: result.integrated, range: measures.contains(.range) ? result.range : nil,
            momentaryMax: hasMaxima ? result.momentary_max : nil,
            shortTermMax: hasMaxima ? result.short_term_max : nil, samplePeak: result.sample_peak,
            truePeak: measures.contains(.truePeak) ? result.true_peak : nil)
    }

    /// Measures a whole source.
    public static func measure(
        _ source: AudioSource, measures: Measures = [], limits: AudioLimits = .standard
    ) throws(AudioError) -> Loudness {
        var reader = try AudioReader(source, limits: limits)
        let format = reader.format
        var meter = try LoudnessMeter(sampleRate: format.sampleRate, channels: format.channels, measures: measures)
        var block = [Float](repeating: 0, count: AudioLimits.blockFrames * format.channels)
        while true {
            var span = block.mutableSpan
            let frames = try reader.read(into: &span)
            guard frames > 0 else { return try meter.read() }
            guard !Task.isCancelled else { throw AudioError(.cancelled, "Measuring was cancelled.") }
            try meter.push(block.span.extracting(..<(frames * format.channels)))
        }
    }

    /// The C meter as an object.
    @safe private final class Core {
        let meter: OpaquePointer

        init(_ sampleRate: Int, _ channels: Int, _ measures: Measures) throws(AudioError) {
            var config = busker_loudness_config(
                sample_rate: UInt32(sampleRate), channels: UInt32(channels), range: measures.contains(.range),
                maxima: measures.contains(.maxima), true_peak: measures.contains(.truePeak),
                exact: measures.contains(.exact))
            var made: OpaquePointer?
            try unsafe busker_loudness_create(&config, &made).check("The loudness meter")
            guard let made = unsafe made else { throw AudioError(.coreFailed, "The loudness meter was not made.") }
            unsafe meter = unsafe made
        }

        deinit { unsafe busker_loudness_destroy(meter) }
    }
}
