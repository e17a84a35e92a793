// The beat spectrum, its period and the median over repetitions, against brute force.

import CBuskerDSP
import Testing

@testable import BuskerAudio

/// A handle of the period, ended with the test.
@safe private struct Period: ~Copyable {
    private let handle: OpaquePointer

    init(bins: Int, framesMax: Int) throws {
        var made: OpaquePointer?
        let config = busker_period_config(bins: bins, frames_max: framesMax)
        try unsafe withUnsafePointer(to: config) { unsafe busker_period_create($0, &made) }.check("period")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "no handle") }
        unsafe handle = made
    }

    deinit { unsafe busker_period_destroy(handle) }

    func beat(_ input: Magnitudes) throws -> [Float] {
        var beat = [Float](repeating: .nan, count: input.frames)
        var span = beat.mutableSpan
        try unsafe busker_period_beat_spectrum(handle, input.values.span, input.channels, &span).check("beat")
        return beat
    }

    func track(_ input: Magnitudes, stretch: Int, step: Int, range: ClosedRange<Int>) throws -> [UInt32] {
        var periods = [UInt32](repeating: .max, count: input.frames)
        var span = periods.mutableSpan
        try unsafe busker_period_track(
            handle, input.values.span, input.channels, stretch, step, range.lowerBound, range.upperBound, &span
        ).check("track")
        return periods
    }

    func median(_ input: Magnitudes, period: Int) throws -> [Float] {
        var out = [Float](repeating: .nan, count: input.values.count)
        var span = out.mutableSpan
        try unsafe busker_period_median(handle, input.values.span, input.channels, input.frames, period, &span)
            .check("median")
        return out
    }

    func adaptiveMedian(_ input: Magnitudes, periods: [UInt32], order: Int) throws -> [Float] {
        var out = [Float](repeating: .nan, count: input.values.count)
        var span = out.mutableSpan
        try unsafe busker_period_adaptive_median(
            handle, input.values.span, input.channels, periods.span, order, &span
        ).check("median")
        return out
    }
}

extension Magnitudes {
    /// Repeats the frames from `start` on every `period`, up to `end`, and adds what is there times `rest`.
    fileprivate mutating func repeatFrames(from start: Int, to end: Int, period: Int, rest: Float) {
        for channel in 0..<channels {
            for frame in (start + period)..<end {
                for bin in 0..<bins {
                    let base = values[(channel * frames + start + (frame - start) % period) * bins + bin]
                    values[(channel * frames + frame) * bins + bin] *= rest
                    values[(channel * frames + frame) * bins + bin] += base
                }
            }
        }
    }
}

@Suite struct PeriodTests {
    @Test(arguments: [1, 2, 31, 50], [1, 2])
    func beatSpectrumEqualsBruteForce(frames: Int, channels: Int) throws {
        let input = Magnitudes(channels: channels, frames: frames, bins: 19, seed: 11)
        var expected = [Double](repeating: 0, count: frames)
        for bin in 0..<19 {
            let power = (0..<frames).map { frame in
                let sum = (0..<channels).reduce(0.0) { $0 + Double(input.values[($1 * frames + frame) * 19 + bin]) }
                return sum / Double(channels) * (sum / Double(channels))
            }
            for lag in 0..<frames {
                for t in 0..<(frames - lag) { expected[lag] += power[t] * power[t + lag] / Double(frames - lag) }
            }
        }
        let beat = try Period(bins: 19, framesMax: 64).beat(input)
        #expect(decibels(expected.map { Float($0 / expected[0]) }, beat) > 100)
    }

    @Test(arguments: [7, 23, 40])
    func findsKnownPeriod(period: Int) throws {
        var input = Magnitudes(channels: 2, frames: 400, bins: 12, seed: UInt64(period))
        input.repeatFrames(from: 0, to: 400, period: period, rest: 0.2)
        let beat = try Period(bins: 12, framesMax: 400).beat(input)
        #expect(busker_period_pick(beat.span, 5, period + 5) == period)
    }

    @Test func pickKeepsToItsRange() {
        let beat: [Float] = [1, 0.9, 0.2, 0.5, 0.5, 0.1, 0, 0.8, 0.8, 0.7, 0.9, 0.9]
        #expect(busker_period_pick(beat.span, 0, 100) == 1)
        #expect(busker_period_pick(beat.span, 2, 100) == 3)
        #expect(busker_period_pick(beat.span, 4, 4) == 4)
        #expect(busker_period_pick(beat.span, 5, 100) == 0)
        #expect(busker_period_pick([Float]().span, 1, 5) == 0)
        #expect(busker_period_pick([Float](repeating: 0, count: 30).span, 1, 10) == 0)
    }

    @Test(arguments: [1, 3, 7, 29, 30, 300])
    func medianEqualsBruteForce(period: Int) throws {
        let input = Magnitudes(channels: 2, frames: 30, bins: 9, seed: 12)
        let out = try Period(bins: 9, framesMax: 40).median(input, period: period)
        for channel in 0..<2 {
            for frame in 0..<30 {
                let list = Array(stride(from: frame % period, to: 30, by: period))
                for bin in 0..<9 {
                    let value = out[(channel * 30 + frame) * 9 + bin]
                    #expect(value == input.median(list, channel: channel, bin: bin))
                }
            }
        }
    }

    @Test func longListsAreCountedRight() throws {
        let input = Magnitudes(channels: 1, frames: 2100, bins: 3, seed: 13)
        let out = try Period(bins: 3, framesMax: 2100).median(input, period: 1)
        for bin in 0..<3 { #expect(out[bin] == input.median(Array(0..<2100), channel: 0, bin: bin)) }
    }

    @Test func recoversRepeatingBackground() throws {
        var background = Magnitudes(channels: 2, frames: 200, bins: 30, seed: 14)
        background.repeatFrames(from: 0, to: 200, period: 21, rest: 0)
        var mixture = background
        let voice = Signals.noise(mixture.values.count, seed: 15, amplitude: 1)
        for i in voice.indices where voice[i] > 0.6 { mixture.values[i] += voice[i] }
        let model = try Period(bins: 30, framesMax: 200).median(mixture, period: 21)
        #expect(decibels(background.values, mixture.values) < 10)
        #expect(decibels(background.values, model) > 15)
    }

    @Test func tracksPeriodThatChanges() throws {
        var input = Magnitudes(channels: 1, frames: 400, bins: 25, seed: 16)
        input.repeatFrames(from: 0, to: 200, period: 12, rest: 0.1)
        input.repeatFrames(from: 200, to: 400, period: 19, rest: 0.1)
        let periods = try Period(bins: 25, framesMax: 400).track(input, stretch: 100, step: 10, range: 6...22)
        #expect(periods[..<150].allSatisfy { $0 == 12 })
        #expect(periods[250...].allSatisfy { $0 == 19 })
    }

    @Test(arguments: [1, 3, 5, 15])
    func adaptiveMedianEqualsBruteForce(order: Int) throws {
        let input = Magnitudes(channels: 2, frames: 60, bins: 7, seed: 17)
        let periods = (0..<60).map { UInt32($0 % 13) }
        let out = try Period(bins: 7, framesMax: 60).adaptiveMedian(input, periods: periods, order: order)
        for frame in 0..<60 {
            let period = Int(periods[frame])
            let offsets = period == 0 ? [0] : Array(-(order / 2)...(order / 2))
            let list = offsets.map { frame + $0 * period }.filter { (0..<60).contains($0) }
            for bin in 0..<7 { #expect(out[frame * 7 + bin] == input.median(list, channel: 0, bin: bin)) }
        }
    }

    @Test func silenceAndNothing() throws {
        let period = try Period(bins: 8, framesMax: 50)
        var silence = Magnitudes(channels: 1, frames: 50, bins: 8, seed: 1)
        for i in silence.values.indices { silence.values[i] = 0 }
        #expect(try period.beat(silence).allSatisfy { $0 == 0 })
        #expect(try period.track(silence, stretch: 20, step: 7, range: 1...10).allSatisfy { $0 == 0 })
        #expect(try period.median(silence, period: 4).allSatisfy { $0 == 0 })
        let nothing = Magnitudes(channels: 1, frames: 0, bins: 8, seed: 1)
        #expect(try period.beat(nothing).isEmpty)
        #expect(try period.median(nothing, period: 4).isEmpty)
        #expect(try period.adaptiveMedian(nothing, periods: [], order: 3).isEmpty)
    }

    @Test func refusesBadSettingsAndLengths() throws {
        #expect(throws: AudioError(.badArgument, "")) {
            _ = try Period(bins: 0, framesMax: 5).beat(Magnitudes(channels: 1, frames: 0, bins: 0, seed: 1))
        }
        let period = try Period(bins: 8, framesMax: 20)
        let input = Magnitudes(channels: 1, frames: 10, bins: 8, seed: 1)
        let periods = [UInt32](repeating: 2, count: 10)
        let bad = AudioError(.badArgument, "")
        #expect(throws: bad) { _ = try period.median(input, period: 0) }
        #expect(throws: bad) { _ = try period.adaptiveMedian(input, periods: periods, order: 4) }
        #expect(throws: bad) { _ = try period.adaptiveMedian(input, periods: periods, order: 17) }
        #expect(throws: bad) { _ = try period.track(input, stretch: 0, step: 1, range: 1...2) }
        #expect(throws: bad) { _ = try period.beat(Magnitudes(channels: 1, frames: 21, bins: 8, seed: 1)) }
        #expect(throws: bad) { _ = try period.beat(Magnitudes(channels: 1, frames: 10, bins: 7, seed: 1)) }
    }
}
