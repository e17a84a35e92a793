// The resampler's length, quality and indifference to block sizes; loudness against known values.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

@Suite struct ResamplerTests {
    static let rates: [(Int, Int)] = [
        (44100, 48000), (48000, 44100), (44100, 44100), (8000, 192_000), (192_000, 8000), (22050, 44100),
        (96000, 44100),
        (11025, 48000), (44100, 16000),
    ]

    @Test(arguments: rates) func lengthIsExact(from: Int, to: Int) throws {
        for frames in [0, 1, 2, 147, 1000, 4999] {
            let input = Signals.noise(frames * 2, seed: 3)
            let output = try Resampler.convert(input, from: from, to: to, channels: 2, quality: .fast)
            let exact = (Double(frames) * Double(to) / Double(from)).rounded(.toNearestOrAwayFromZero)
            #expect(output.count == 2 * Int(exact))
            #expect(Resampler.outputFrames(for: frames, from: from, to: to) == Int(exact))
        }
    }

    @Test(arguments: Resampler.Quality.allCases) func blocksDoNotMatter(quality: Resampler.Quality) throws {
        let input = Signals.noise(6000, seed: 4)
        let whole = try Resampler.convert(input, from: 44100, to: 48000, channels: 2, quality: quality)
        for step in [1, 64, 1000] {
            var resampler = try Resampler(from: 44100, to: 48000, channels: 2, quality: quality)
            var output: [Float] = []
            for start in stride(from: 0, to: input.count, by: 2 * step) {
                try resampler.push(input.span.extracting(start..<min(start + 2 * step, input.count)), into: &output)
            }
            try resampler.finish(into: &output)
            #expect(output == whole)
        }
    }

    @Test(arguments: [(Resampler.Quality.best, 130.0), (.medium, 100), (.fast, 85)])
    func sineSurvives(quality: Resampler.Quality, decibelsMin: Double) throws {
        func sine(_ rate: Double, _ frames: Int) -> [Float] {
            (0..<frames).map { Float(0.5 * sin(2 * Double.pi * 1000 * Double($0) / rate)) }
        }
        let output = try Resampler.convert(sine(44100, 8820), from: 44100, to: 48000, channels: 1, quality: quality)
        let middle = 1000..<8600
        #expect(decibels(Array(sine(48000, 9600)[middle]), Array(output[middle])) > decibelsMin)
    }

    @Test func nothingIsShifted() throws {
        var impulse = [Float](repeating: 0, count: 4410)
        impulse[2205] = 1
        let output = try Resampler.convert(impulse, from: 44100, to: 48000, channels: 1)
        let top = output.indices.max { abs(output[$0]) < abs(output[$1]) }
        #expect(top == 2400)
    }

    @Test func tailIsKept() throws {
        let input = [Float](repeating: 0.5, count: 5000)
        let output = try Resampler.convert(input, from: 48000, to: 44100, channels: 1, quality: .best)
        #expect(abs(output[output.count - 60] - 0.5) < 0.05)
    }

    @Test func impossibleRatesAreRefused() {
        #expect(throws: AudioError.self) { _ = try Resampler(from: 1000, to: 48000, channels: 1) }
        #expect(throws: AudioError.self) { _ = try Resampler(from: 44100, to: 0, channels: 1) }
        #expect(throws: AudioError.self) { _ = try Resampler(from: 44100, to: 48000, channels: 9) }
        #expect(throws: AudioError.self) { _ = try Resampler(from: -5, to: 48000, channels: 2) }
    }
}

@Suite struct LoudnessTests {
    /// A stereo sine of 997 Hz; at full scale BS.1770 gives -3.01 + 3.01 = 0 LUFS for two equal channels.
    static func sine(decibels: Double, seconds: Double, channels: Int = 2, rate: Int = 48000) -> [Float] {
        let amplitude = pow(10, decibels / 20)
        var samples: [Float] = []
        for i in 0..<Int(seconds * Double(rate)) {
            let value = Float(amplitude * sin(2 * Double.pi * 997 * Double(i) / Double(rate)))
            for _ in 0..<channels { samples.append(value) }
        }
        return samples
    }

    func measure(_ samples: [Float], channels: Int, _ measures: LoudnessMeter.Measures) throws -> Loudness {
        var meter = try LoudnessMeter(sampleRate: 48000, channels: channels, measures: measures)
        try meter.push(samples.span)
        return try meter.read()
    }

    @Test(arguments: [-23.0, -40.0], [LoudnessMeter.Measures.exact, []])
    func sineHasKnownLoudness(level: Double, mode: LoudnessMeter.Measures) throws {
        let loudness = try measure(
            Self.sine(decibels: level, seconds: 4), channels: 2, mode.union([.maxima, .range, .truePeak]))
        #expect(abs(loudness.integrated - level) < 0.11)
        #expect(abs((loudness.momentaryMax ?? 0) - level) < 0.11)
        #expect(abs((loudness.shortTermMax ?? 0) - level) < 0.11)
        #expect((loudness.range ?? 99) < 0.5)
        let peak = pow(10, level / 20)
        #expect(abs(loudness.samplePeak - peak) < 0.001)
        #expect(abs((loudness.truePeak ?? 0) - peak) < 0.01 * peak)
    }

    @Test func silenceIsMinusInfinity() throws {
        let loudness = try measure([Float](repeating: 0, count: 96000), channels: 2, [.maxima, .truePeak])
        #expect(loudness.integrated == -.infinity)
        #expect(loudness.gain(to: -14) == 0)
    }

    @Test func notANumberDoesNotSpoilIt() throws {
        var samples = Self.sine(decibels: -20, seconds: 2)
        samples[1000] = .nan
        samples[2000] = .infinity
        samples[3000] = -1e30
        let loudness = try measure(samples, channels: 2, [.range, .maxima, .truePeak])
        #expect(loudness.integrated.isFinite && loudness.integrated > -25)
        #expect(loudness.samplePeak == 16)
    }

    @Test func blocksDoNotMatter() throws {
        let samples = Self.sine(decibels: -18, seconds: 1)
        let whole = try measure(samples, channels: 2, [.maxima, .exact])
        var meter = try LoudnessMeter(sampleRate: 48000, channels: 2, measures: [.maxima, .exact])
        for start in stride(from: 0, to: samples.count, by: 1234) {
            try meter.push(samples.span.extracting(start..<min(start + 1234, samples.count)))
        }
        #expect(try meter.read() == whole)
    }

    @Test func oddLengthsAreRefused() throws {
        var meter = try LoudnessMeter(sampleRate: 48000, channels: 2)
        let odd: [Float] = [0, 0, 0]
        #expect(throws: AudioError.self) { try meter.push(odd.span) }
    }
}
