// Changes the sample rate of a signal, block by block.

import CBuskerDSP

/// Converts interleaved audio from one sample rate to another.
///
/// In all, exactly `round(n * to / from)` frames come out for n that went in; nothing is shifted in time, and the
/// samples do not depend on how the input was cut into blocks. The output may go a little beyond full scale.
public struct Resampler: ~Copyable {
    /// How much is paid for how little is lost.
    public enum Quality: Sendable, Hashable, CaseIterable {
        /// About 145 dB, flat to 97 % of the band; 18 times real time for stereo on one core of 2023.
        case best
        /// About 120 dB, flat to 90 % of the band; about four times faster. The default.
        case medium
        /// About 100 dB, flat to 80 % of the band: audibly duller at the top.
        case fast
    }

    /// Frames per second going in.
    public let inputRate: Int
    /// Frames per second coming out.
    public let outputRate: Int
    /// Samples in a frame.
    public let channels: Int
    private let core: Core
    private var scratch: [Float]
    private var isFinished = false

    /// Makes a converter; rates are 1000...768000 and at most 32 times apart, channels 1...8.
    public init(from inputRate: Int, to outputRate: Int, channels: Int, quality: Quality = .medium) throws(AudioError) {
        let rates = 1000...768_000
        guard rates.contains(inputRate), rates.contains(outputRate),
            (1...AudioLimits.channelsCeiling).contains(channels),
            outputRate <= inputRate * 32, inputRate <= outputRate * 32
        else {
            throw AudioError(
                .badArgument, "\(channels) channels cannot be converted from \(inputRate) Hz to \(outputRate) Hz.")
        }
        core = try Core(inputRate, outputRate, channels, quality)
        (self.inputRate, self.outputRate, self.channels) = (inputRate, outputRate, channels)
        scratch = [Float](repeating: 0, count: AudioLimits.blockFrames * channels)
    }

    /// How many frames come out in all for `frames` that go in.
    public static func outputFrames(for frames: Int, from inputRate: Int, to outputRate: Int) -> Int {
        guard frames > 0, inputRate > 0, outputRate > 0 else { return 0 }
        let (high, low) = frames.multipliedFullWidth(by: outputRate)
        guard high < inputRate else { return Int.max }
        let (quotient, remainder) = inputRate.dividingFullWidth((high, low))
        return quotient + (remainder >= inputRate - remainder ? 1 : 0)
    }

    /// Takes the next interleaved frames and appends what can be said already.
    public mutating func push(_ samples: Span<Float>, into output: inout [Float]) throws(AudioError) {
        guard !isFinished else { throw AudioError(.badArgument, "The sound has ended already.") }
        guard samples.count % channels == 0 else {
            throw AudioError(.badArgument, "The block does not hold whole frames of \(channels) channels.")
        }
        let status = unsafe samples.withUnsafeBufferPointer { unsafe run($0, last: false, &output) }
        try status.check("Resampling")
    }

    /// Ends the input and appends the rest; the converter is of no use afterwards.
    public mutating func finish(into output: inout [Float]) throws(AudioError) {
        guard !isFinished else { return }
        isFinished = true
        let status = unsafe run(UnsafeBufferPointer(start: nil, count: 0), last: true, &output)
        try status.check("Resampling")
    }

    /// Converts a whole signal at once.
    public static func convert(
        _ samples: [Float], from inputRate: Int, to outputRate: Int, channels: Int, quality: Quality = .medium
    ) throws(AudioError) -> [Float] {
        var resampler = try Resampler(from: inputRate, to: outputRate, channels: channels, quality: quality)
        var output: [Float] = []
        output.reserveCapacity(
            min(outputFrames(for: samples.count / channels, from: inputRate, to: outputRate), 1 << 28) * channels)
        try resampler.push(samples.span, into: &output)
        try resampler.finish(into: &output)
        return output
    }

    private mutating func run(_ input: UnsafeBufferPointer<Float>, last: Bool, _ output: inout [Float]) -> busker_status
    {
        var taken = 0
        let rate = unsafe core.rate
        while true {
            var (used, made) = (0, 0)
            let rest = unsafe UnsafeBufferPointer(rebasing: input[taken...])
            let status = unsafe scratch.withUnsafeMutableBufferPointer { out in
                let status = unsafe busker_rate_process(
                    rate, rest.baseAddress, rest.count, last, out.baseAddress, out.count, &used, &made)
                unsafe output.append(contentsOf: UnsafeBufferPointer(rebasing: out[..<made]))
                return status
            }
            taken += used
            guard status == BUSKER_OK, made > 0 || used > 0 else { return status }
            if !last, taken == input.count, made < scratch.count { return status }
        }
    }

    /// The C converter as an object.
    @safe private final class Core {
        let rate: OpaquePointer

        init(_ from: Int, _ to: Int, _ channels: Int, _ quality: Quality) throws(AudioError) {
            let kind =
                switch quality {
                case .best: BUSKER_RATE_BEST
                case .medium: BUSKER_RATE_MEDIUM
                case .fast: BUSKER_RATE_FAST
                }
            var config = busker_rate_config(
                from: UInt32(from), to: UInt32(to), channels: UInt32(channels), quality: kind)
            var made: OpaquePointer?
            try unsafe busker_rate_create(&config, &made).check("The resampler")
            guard let made = unsafe made else { throw AudioError(.coreFailed, "The resampler was not made.") }
            unsafe rate = unsafe made
        }

        deinit { unsafe busker_rate_destroy(rate) }
    }
}
