// Peak, clipping and repaired samples of a signal.

import CBuskerDSP

#if canImport(Glibc)
import Glibc
#endif

/// What was seen in a signal: its peak, its clipping, and what had to be repaired.
public struct AudioLevels: Sendable, Hashable {
    /// Frames seen.
    public var frames = 0
    /// The largest absolute sample; 1 is full scale.
    public var peak: Float = 0
    /// Samples inside runs of three or more at full scale (0.9999), over all channels.
    public var clippedSamples = 0
    /// The number of those runs.
    public var clippedRuns = 0
    /// Samples that were not a number and became silence.
    public var notNumbers = 0
    /// Samples beyond +-16, infinite ones too, that were clamped.
    public var outOfRange = 0

    /// Makes levels of nothing.
    public init() {}

    /// The peak in dB relative to full scale; minus infinity for silence.
    public var peakDecibels: Double { peak > 0 ? 20 * log10(Double(peak)) : -.infinity }
    /// Whether anything was clipped.
    public var isClipped: Bool { clippedRuns > 0 }
}

/// The C meter as an object.
@safe final class LevelMeter {
    private let meter: OpaquePointer
    private let channels: Int

    init(channels: Int) throws(AudioError) {
        var meter: OpaquePointer?
        try unsafe busker_meter_create(channels, AudioLimits.sampleMax, &meter).check("The level meter")
        guard let meter = unsafe meter else { throw AudioError(.coreFailed, "The level meter was not made.") }
        unsafe self.meter = unsafe meter
        self.channels = channels
    }

    deinit { unsafe busker_meter_destroy(meter) }

    /// Sanitises whole interleaved frames in place.
    func clean(_ samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) {
        guard let base = samples.baseAddress else { return }
        try unsafe busker_meter_clean(meter, base, samples.count).check("The level meter")
    }

    /// Forgets runs that go on, because the next block does not follow the last one.
    func breakRuns() { unsafe busker_meter_break(meter) }

    var report: AudioLevels {
        let seen = unsafe busker_meter_report(meter)
        var levels = AudioLevels()
        levels.frames = Int(seen.frames)
        levels.peak = seen.peak
        levels.clippedSamples = Int(seen.clipped_samples)
        levels.clippedRuns = Int(seen.clipped_runs)
        levels.notNumbers = Int(seen.not_numbers)
        levels.outOfRange = Int(seen.out_of_range)
        return levels
    }
}
