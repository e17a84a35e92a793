// Whole separations with every model, on short sounds.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

@Suite struct SeparatorTests {
    static let models: [any SpectralModel] = [
        HarmonicPercussive(), HarmonicPercussive(power: .infinity, harmonicMargin: 2, percussiveMargin: 2),
        RepeatingBackground(segmentSeconds: 1), CentreExtraction(),
    ]

    /// Chords that last, clicks that strike, a little noise; different in every channel.
    static func mixture(frames: Int, channels: Int, sampleRate: Int = 16000) throws -> AudioBuffer {
        var samples = Signals.noise(frames * channels, seed: 11, amplitude: 0.02)
        for frame in 0..<frames {
            for channel in 0..<channels {
                let angle = Double(frame) / Double(sampleRate) * 2 * .pi
                let tone = sin(angle * 440) * 0.2 + sin(angle * 550 + Double(channel)) * 0.2
                let click = frame % (sampleRate / 4) < 8 ? 0.5 : 0.0
                samples[frame * channels + channel] += Float(tone + click)
            }
        }
        return try AudioBuffer(sampleRate: sampleRate, channels: channels, samples: samples)
    }

    @Test(arguments: models.indices, [1, 2, 3])
    func stemsSumToTheMixture(model: Int, channels: Int) throws {
        let mixture = try Self.mixture(frames: 30000, channels: channels)
        let stems = try Separator(spectral: Self.models[model], threads: 2).separate(mixture)
        #expect(stems.count == Self.models[model].stems.count)
        var sum = [Float](repeating: 0, count: mixture.samples.count)
        for stem in stems {
            #expect(stem.frames == mixture.frames)
            for at in sum.indices { sum[at] += stem.samples[at] }
        }
        #expect(decibels(mixture.samples, sum) > 90)
    }

    @Test(arguments: models.indices)
    func threadsDoNotChangeABit(model: Int) throws {
        let mixture = try Self.mixture(frames: 50000, channels: 2)
        let one = try Separator(spectral: Self.models[model], threads: 1).separate(mixture)
        let three = try Separator(spectral: Self.models[model], threads: 3).separate(mixture)
        #expect(one == three)
    }

    @Test(arguments: [0, 1, 511, 512, 2049], models.indices)
    func shortSoundsKeepTheirLength(frames: Int, model: Int) throws {
        let mixture = try Self.mixture(frames: frames, channels: 2)
        let stems = try Separator(spectral: Self.models[model]).separate(mixture)
        #expect(stems.allSatisfy { $0.frames == frames && $0.samples.allSatisfy(\.isFinite) })
    }

    @Test(arguments: models.indices)
    func silenceStaysSilent(model: Int) throws {
        let mixture = try AudioBuffer(sampleRate: 16000, channels: 2, samples: [Float](repeating: 0, count: 20000))
        let stems = try Separator(spectral: Self.models[model]).separate(mixture)
        #expect(stems.allSatisfy { $0.samples.allSatisfy { $0 == 0 } })
    }

    @Test(arguments: models.indices)
    func oneBadSampleDoesNotSpread(model: Int) throws {
        var clean = try Self.mixture(frames: 20000, channels: 2)
        for (at, value) in [(5000, Float(0)), (9001, 16)] { clean.samples[at] = value }
        var bad = clean
        for (at, value) in [(5000, Float.nan), (9001, .infinity)] { bad.samples[at] = value }
        let separator = Separator(spectral: Self.models[model])
        #expect(try separator.separate(bad) == separator.separate(clean))
    }

    @Test(arguments: [Double.nan, .infinity, -1, 1e300])
    func impossibleLengthsOfSegmentsDoNotTrap(seconds: Double) {
        let plan = SpectralSeparation(model: RepeatingBackground(segmentSeconds: seconds))
            .plan(sampleRate: 8000, channels: 1)
        #expect(plan.step > 0)
        #expect(plan.window < 3 * 3600 * 8000)
    }

    /// A local model sees a sound of nine segments as it would see it whole, to the last bit.
    @Test(arguments: [0, 3])
    func localModelsDoNotSeeSegments(model: Int) throws {
        let mixture = try Self.mixture(frames: 8000 * 40, channels: 1, sampleRate: 8000)
        let cut = try Separator(spectral: Self.models[model], threads: 2).separate(mixture)
        let whole = try Separator(model: WholeSound(model: Self.models[model]), threads: 1).separate(mixture)
        #expect(cut == whole)
    }

    @Test func tonesAreHarmonicAndClicksPercussive() throws {
        let frames = 16000
        var tone = [Float](repeating: 0, count: frames)
        var clicks = tone
        for frame in 0..<frames {
            tone[frame] = Float(sin(Double(frame) * 0.2)) * 0.3
            clicks[frame] = frame % 4000 == 2000 ? 0.9 : 0
        }
        let mixture = try AudioBuffer(sampleRate: 16000, channels: 1, samples: zip(tone, clicks).map(+))
        let stems = try Separator.harmonicPercussive().separate(mixture)
        #expect(decibels(tone, stems[0].samples) > 20)
        #expect(decibels(clicks, stems[1].samples) > 6)
    }

    @Test func theMiddleIsFound() throws {
        let middle = Signals.noise(16000, seed: 1, amplitude: 0.3)
        let left = Signals.noise(16000, seed: 2, amplitude: 0.003)
        let samples = zip(middle, left).flatMap { [$0 + $1, $0] }
        let stems = try Separator.centre().separate(AudioBuffer(sampleRate: 16000, channels: 2, samples: samples))
        let found = stride(from: 0, to: samples.count, by: 2).map { stems[0].samples[$0] }
        #expect(decibels(middle, found) > 10)
    }

    @Test func aRepeatedLoopIsBackground() throws {
        let loop = Signals.noise(4000, seed: 4, amplitude: 0.3)
        var background: [Float] = []
        for _ in 0..<8 { background += loop }
        var foreground = [Float](repeating: 0, count: background.count)
        for at in 13000..<15500 { foreground[at] = Float(sin(Double(at) * 0.4)) * 0.5 }
        let mixture = try AudioBuffer(sampleRate: 16000, channels: 1, samples: zip(background, foreground).map(+))
        let model = RepeatingBackground(neighbours: .peaks(apart: 0.1), segmentSeconds: 4)
        let stems = try Separator.repeatingBackground(model).separate(mixture)
        #expect(decibels(background, stems[0].samples) > 8)
    }

    @Test func cancellingATaskEndsIt() async throws {
        let mixture = try Self.mixture(frames: 16000 * 60, channels: 1)
        let work = Task { try await Separator.harmonicPercussive(threads: 1).separate(mixture) }
        work.cancel()
        await #expect(throws: AudioError(.cancelled, "")) { try await work.value }
    }
}

/// A spectral model that is given the whole sound as one segment.
private struct WholeSound: SeparationModel {
    let model: any SpectralModel
    var name: String { model.name }
    var stems: [Stem] { model.stems }

    func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        SegmentPlan(window: 8000 * 60, margin: 0, fade: 0, grid: model.transform(sampleRate: sampleRate).hop)
    }

    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try SpectralSeparation.makeWorker(
            model, sampleRate: sampleRate, channels: channels, plan: plan(sampleRate: sampleRate, channels: channels))
    }
}
