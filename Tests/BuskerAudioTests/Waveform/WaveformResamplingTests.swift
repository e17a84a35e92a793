// Other resolutions, against brute force on the audio.

import Testing

@testable import BuskerAudio

@Suite struct WaveformResamplingTests {
    private func measured(
        _ samples: [Int16], channels: Int = 1, _ resolution: WaveformBuilder.Resolution
    ) throws -> Waveform {
        var builder = try WaveformBuilder(
            sampleRate: 8000, channels: channels, resolution: resolution, mix: .perChannel, rms: true)
        try builder.append(samples.span)
        return try builder.finish()
    }

    @Test(arguments: [1, 2, 3], [0, 1, 31, 640, 4999])
    func levelsEqualDirectComputation(channels: Int, frames: Int) throws {
        let samples = roughInt16(frames * channels, seed: 9)
        let base = try measured(samples, channels: channels, .samplesPerPoint(4))
        let pyramid = try WaveformPyramid(base: base, smallest: 3)
        #expect(frames < 100 || pyramid.levels.count > 5)
        for level in pyramid.levels {
            let direct = try measured(samples, channels: channels, .samplesPerPoint(level.samplesPerPoint))
            #expect(level.peaks == direct.peaks && level.frames == frames)
            #expect(close(level.meanSquares, direct.meanSquares.map(Double.init)))
        }
        let zoomed = pyramid.level(for: 63)
        #expect(zoomed.samplesPerPoint <= 63)
    }

    @Test(arguments: 0..<40)
    func coarserFollowsTheRuleOfIndices(seed: Int) throws {
        var generator = Seeded(UInt64(seed))
        let old = Int.random(in: 2...50, using: &generator)
        let new = Int.random(in: old...400, using: &generator)
        let samples = roughInt16(Int.random(in: 1...3000, using: &generator), seed: UInt64(seed))
        let fine = try measured(samples, .samplesPerPoint(old))
        let coarse = try fine.resampled(to: new)
        let count = (fine.count * old + new - 1) / new
        let expected = (0..<count).flatMap { k in
            let points = (k * new / old)..<min(fine.count, (k + 1) * new / old)
            return [
                points.map { fine.minimum(at: $0) }.min() ?? 0, points.map { fine.maximum(at: $0) }.max() ?? 0,
            ]
        }
        #expect(coarse.peaks == expected)
        #expect(coarse.meanSquares.count == count && coarse.meanSquares.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    @Test(arguments: [1, 2, 3, 7, 100, 999, 1000, 1001, 2500], [1, 2, 63, 1000])
    func exactlySoManyPointsOverTheWhole(points: Int, frames: Int) throws {
        let samples = roughInt16(frames, seed: 77)
        let made = try measured(samples, .points(points))
        #expect(made.count == points && made.frames == frames && made.spacing == .even)
        // Every edge is exact; where there are more points than frames, a point shows the frame it lies on.
        let marks = (0...points).map { $0 * frames / points }
        #expect((0...points).allSatisfy { made.firstFrame(of: $0) == marks[$0] })
        for k in 0..<points {
            let range = marks[k]..<max(marks[k] + 1, marks[k + 1])
            #expect(made.minimum(at: k) == samples[range].min() && made.maximum(at: k) == samples[range].max())
            let mean = samples[range].reduce(0) { $0 + Double($1) * Double($1) } / Double(range.count)
            #expect(abs(Double(made.rms(at: k)) - mean.squareRoot() / 32_768) < 1e-6)
        }
    }

    @Test func longAudioIsSpreadWithoutGapsInLittleMemory() throws {
        // Longer than the grains kept, so that they were joined several times; one mark in every 10007 frames.
        let frames = 700_001
        let block = [Int16](repeating: 1, count: 7777)
        var builder = try WaveformBuilder(sampleRate: 8000, channels: 1, resolution: .points(113), rms: true)
        for _ in 0..<90 { try builder.append(block.span) }
        try builder.append([Int16](repeating: -5, count: 1).span)
        try builder.append([Int16](repeating: 9, count: frames - 90 * 7777 - 1).span)
        let made = try builder.finish()
        #expect(made.count == 113 && made.frames == frames)
        let place = (90 * 7777 * 113) / frames
        let lows = (0..<113).filter { made.minimum(at: $0) == -5 }
        #expect(lows.count == 1 && abs((lows.first ?? 0) - place) <= 1)
        let total = (0..<113).reduce(0.0) { sum, k in
            sum + Double(made.meanSquares[k]) * Double(made.firstFrame(of: k + 1) - made.firstFrame(of: k))
        }
        let tail = Double(frames - 90 * 7777 - 1)
        let expected = (Double(90 * 7777) + 25 + 81 * tail) / (32_768 * 32_768)
        #expect(abs(total / expected - 1) < 1e-5)
    }

    @Test(arguments: [0, 1, 150_000, 1_199_999])
    func aWrongExpectationHardlyMatters(expected: Int) throws {
        let samples = roughInt16(150_000, seed: 5)
        func spread(_ expected: Int?) throws -> Waveform {
            var builder = try WaveformBuilder(
                sampleRate: 8000, channels: 1, resolution: .points(64), rms: true, expectedFrames: expected)
            try builder.append(samples.span)
            return try builder.finish()
        }
        let (a, b) = (try spread(expected), try spread(nil))
        #expect(a.count == 64 && a.frames == 150_000)
        #expect(a.peaks.min() == samples.min() && a.peaks.max() == samples.max())
        #expect((0..<64).allSatisfy { abs(a.rms(at: $0) - b.rms(at: $0)) < 0.01 })
    }

    @Test(arguments: 0..<30)
    func anyEvenSpreadKeepsEveryExtreme(seed: Int) throws {
        var generator = Seeded(UInt64(seed) + 1)
        let samples = roughInt16(Int.random(in: 1...4000, using: &generator), seed: UInt64(seed))
        let fine = try measured(samples, .samplesPerPoint(Int.random(in: 1...300, using: &generator)))
        let points = Int.random(in: 1...500, using: &generator)
        let even = try fine.resampled(points: points)
        #expect(even.count == points)
        #expect(even.peaks.min() == samples.min() && even.peaks.max() == samples.max())
        let again = try even.resampled(points: max(1, points / 3))
        #expect(again.peaks.min() == samples.min() && again.peaks.max() == samples.max())
        let coarser = try even.resampled(to: even.samplesPerPoint * 3)
        #expect(coarser.peaks.min() == samples.min() && coarser.peaks.max() == samples.max())
    }

    @Test func aRangeShowsOnlyItself() throws {
        let samples = (0..<1000).map { Int16($0) }
        let fine = try measured(samples, .samplesPerPoint(1))
        let part = try fine.resampled(points: 10, over: 100..<200)
        #expect(part.frames == 100 && part.minimum(at: 0) == 100 && part.maximum(at: 9) == 199)
        #expect(part.maximum(at: 0) == 109)
        let cut = try measured(samples, .samplesPerPoint(16)).trimmed(to: 100..<200)
        #expect(cut.minimum(at: 0) == 96 && cut.frames == 112 && cut.count == 7)
        let end = try measured(samples, .samplesPerPoint(16)).trimmed(to: 995..<5000)
        #expect(end.frames == 8 && end.count == 1)
        #expect(throws: AudioError.self) { try fine.resampled(points: 10, over: 1000..<2000) }
        #expect(throws: AudioError.self) { try fine.trimmed(to: 50..<50) }
    }

    @Test func indicesPast32BitsStayRight() throws {
        // Two points of 2^30 frames and a bit: a file can say so in a few bytes.
        let spans = 2_000_000_000
        let waveform = Waveform(
            sampleRate: 44_100, samplesPerPoint: spans, channels: 1, frames: 5 * spans,
            peaks: [-1, 1, -2, 2, -3, 3, -4, 4, -5, 5], meanSquares: [0.1, 0.2, 0.3, 0.4, 0.5])
        #expect(waveform.firstFrame(of: 4) == 8_000_000_000)
        #expect(waveform.index(containing: 9_999_999_999) == 4)
        #expect(waveform.duration == 10_000_000_000.0 / 44_100)
        let even = try waveform.resampled(points: 3)
        #expect(even.firstFrame(of: 2) == 6_666_666_666)
        #expect(even.peaks == [-1, 1, -3, 3, -5, 5])
        // 2/3 of the second grain and all of the first: (0.1 * 3 + 0.2 * 2) / 5.
        #expect(abs(even.meanSquares[0] - 0.14) < 1e-6)
        #expect(even.index(containing: 6_666_666_665) == 1 && even.index(containing: 6_666_666_666) == 2)
        #expect(try even.resampled(points: 1 << 20).count == 1 << 20)
        let wide = Waveform(
            sampleRate: 1, samplesPerPoint: Int(Int32.max), channels: 1, frames: 1 << 57, peaks: [-1, 1])
        #expect(try wide.resampled(points: 7).peaks.count == 14)
    }

    @Test func scalingFillsThePictureWithoutClippingASide() throws {
        let waveform = Waveform(
            sampleRate: 10, samplesPerPoint: 2, channels: 1, frames: 4, peaks: [-100, 1000, -50, 10],
            meanSquares: [0.0004, 0.0001])
        let auto = try waveform.scaled(.automatic)
        #expect(auto.peaks == [-3276, 32_767, -1638, 327])
        #expect(abs(auto.rms(at: 0) - 0.02 * 32.767) < 1e-4)
        #expect(try waveform.scaled(.fixed(100)).peaks == [-10_000, 32_767, -5000, 1000])
        #expect(abs(try waveform.factor(for: .percentile(1, target: 0.5)) - 25) < 1e-3)
        #expect(try waveform.factor(for: .percentile(0, target: 0.5)).rounded() == 50)
        let silent = Waveform(
            sampleRate: 10, samplesPerPoint: 2, channels: 1, frames: 2, peaks: [0, 0], meanSquares: [])
        #expect(try silent.scaled(.automatic) == silent)
        for bad in [
            Waveform.AmplitudeScale.fixed(.nan), .fixed(-1), .percentile(2, target: 1), .percentile(1, target: 1),
        ] {
            #expect(throws: AudioError.self) { try silent.scaled(bad) }
        }
    }

    @Test func pointsASecondFollowTheRule() throws {
        #expect(try Waveform.samplesPerPoint(sampleRate: 44_100, pointsPerSecond: 100) == 441)
        #expect(try Waveform.samplesPerPoint(sampleRate: 8000, pointsPerSecond: 3) == 2666)
        for bad in [0, -1, 30_000, Int.max] {
            #expect(throws: AudioError.self) { try Waveform.samplesPerPoint(sampleRate: 44_100, pointsPerSecond: bad) }
        }
        let fine = Waveform(sampleRate: 1, samplesPerPoint: 10, channels: 1, frames: 10, peaks: [0, 0])
        #expect(throws: AudioError.self) { try fine.resampled(to: 9) }
        #expect(throws: AudioError.self) { try fine.resampled(points: 0) }
    }
}
