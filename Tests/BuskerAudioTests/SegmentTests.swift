// Cutting a sound into segments and joining it again.

import Testing

@testable import BuskerAudio

/// Smooths over a few frames to either side: a local model, which needs exactly that much context.
private struct Smoother: SeparationModel {
    static let reach = 5
    var window = 64
    var margin = Smoother.reach
    var fade = 0

    let name = "smoother"
    let stems: [Stem] = [.harmonic, .residual]

    func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        SegmentPlan(window: window, margin: margin, fade: fade, grid: 4)
    }

    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker { Worker() }

    final class Worker: SeparationWorker {
        func separate(
            _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) -> [PlanarAudio] {
            let mixture = mixture
            var stems = [mixture, mixture]
            for channel in 0..<mixture.channels {
                let range = mixture.range(of: channel)
                for at in range {
                    var sum: Float = 0
                    for near in max(range.lowerBound, at - reach)...min(range.upperBound - 1, at + reach) {
                        sum += mixture.samples[near]
                    }
                    stems[0].samples[at] = sum / Float(2 * reach + 1)
                    stems[1].samples[at] = mixture.samples[at] - stems[0].samples[at]
                }
                try report(Double(channel + 1) / Double(mixture.channels))
            }
            return stems
        }
    }
}

@Suite struct SegmentTests {
    @Test(arguments: [0, 1, 3, 63, 64, 65, 107, 108, 109, 500, 1000], [1, 3])
    func joinedSegmentsEqualTheWhole(frames: Int, threads: Int) throws {
        let mixture = try AudioBuffer(sampleRate: 8000, channels: 2, samples: Signals.noise(frames * 2, seed: 7))
        let whole = try Separator(model: Smoother(window: 2000), threads: 1).separate(mixture)
        let cut = try Separator(model: Smoother(), threads: threads).separate(mixture)
        #expect(cut == whole)
    }

    @Test(arguments: [1, 7, 64, 333])
    func blocksOfAnySizeGiveTheSame(size: Int) throws {
        let samples = Signals.noise(777, seed: 3)
        let whole = try Separator(model: Smoother(window: 2000), threads: 1)
            .separate(AudioBuffer(sampleRate: 8000, channels: 1, samples: samples))
        var pieces: [[Float]] = [[], []]
        let stream = try Separator(model: Smoother(), threads: 2).stream(sampleRate: 8000, channels: 1) { block in
            #expect(block.firstFrame == pieces[0].count)
            for at in pieces.indices { pieces[at] += block.samples[at] }
        }
        for start in stride(from: 0, to: samples.count, by: size) {
            try stream.push(samples[start..<min(start + size, samples.count)].span)
        }
        try stream.finish()
        #expect(pieces == whole.map(\.samples))
    }

    @Test func aModelThatIsNotLocalIsFadedAndStillSums() throws {
        // Too little context: the segments disagree at their edges, and the fade must hide it.
        let mixture = try AudioBuffer(sampleRate: 8000, channels: 1, samples: Signals.noise(900, seed: 5))
        let stems = try Separator(model: Smoother(window: 80, margin: 0, fade: 16), threads: 2).separate(mixture)
        let sum = zip(stems[0].samples, stems[1].samples).map(+)
        #expect(decibels(mixture.samples, sum) > 120)
        let whole = try Separator(model: Smoother(window: 2000), threads: 1).separate(mixture)
        #expect(decibels(whole[0].samples, stems[0].samples) > 20)
        #expect(stems != whole)
    }

    @Test func aFalseAnswerToProgressCancels() throws {
        let mixture = try AudioBuffer(sampleRate: 8000, channels: 1, samples: Signals.noise(4000, seed: 5))
        #expect(throws: AudioError(.cancelled, "")) {
            try Separator(model: Smoother(), threads: 2).separate(mixture) { $0.frames < 500 }
        }
    }

    @Test func progressGrowsToOne() throws {
        let mixture = try AudioBuffer(sampleRate: 8000, channels: 2, samples: Signals.noise(4000, seed: 5))
        var seen: [Double] = []
        _ = try Separator(model: Smoother(), threads: 2).separate(mixture) { progress in
            seen.append(progress.fraction ?? -1)
            return true
        }
        #expect(seen.last == 1)
        #expect(seen.count > 10)
        #expect(seen == seen.sorted())
        #expect(seen.allSatisfy { (0...1).contains($0) })
    }

    @Test(arguments: [(7999, 2), (192_001, 1), (44100, 0), (44100, 9)])
    func shapesOutOfRangeAreRefused(sampleRate: Int, channels: Int) {
        #expect(throws: AudioError(.badArgument, "")) {
            _ = try Separator(model: Smoother()).stream(sampleRate: sampleRate, channels: channels) { _ in }
        }
    }

    @Test func aThrownOutputEndsTheSeparation() throws {
        let stream = try Separator(model: Smoother(), threads: 2).stream(sampleRate: 8000, channels: 1) {
            (_: StemBlock) throws(AudioError) in throw AudioError(.coreFailed, "The disk is full.")
        }
        #expect(throws: AudioError(.coreFailed, "")) {
            try stream.push(Signals.noise(4000, seed: 1).span)
        }
    }

    /// After a failure the stems have a gap: what came later would be joined in the wrong place.
    @Test(arguments: ["output", "worker", "progress"])
    func aFailedStreamStaysFailed(cause: String) throws {
        let failed = AudioError(.init("no_room"), "The disk is full.")
        var blocks = 0
        var reports = 0
        let model: any SeparationModel = cause == "worker" ? Stumbler(error: failed) : Smoother(fade: 16)
        let counted = { (_: SeparationProgress) in
            reports += 1
            return cause != "progress" || reports != 9
        }
        let output = { (_: StemBlock) throws(AudioError) in
            blocks += 1
            if cause == "output", blocks == 3 { throw failed }
        }
        let stream = try Separator(model: model, threads: 1)
            .stream(sampleRate: 8000, channels: 1, progress: counted, output: output)
        let samples = Signals.noise(300, seed: 1)
        let expected = cause == "progress" ? AudioError(.cancelled, "") : failed
        #expect(throws: expected) { for _ in 0..<9 { try stream.push(samples.span) } }
        let before = blocks
        #expect(throws: expected) { try stream.push(samples.span) }
        #expect(throws: expected) { try stream.finish() }
        #expect(throws: expected) { try stream.finish() }
        #expect(blocks == before)
    }

    @Test(arguments: [(1, 0), (3, 0), (2, 1), (2, -1)])
    func stemsOfTheWrongShapeAreAnError(count: Int, more: Int) throws {
        let mixture = try AudioBuffer(sampleRate: 8000, channels: 1, samples: Signals.noise(300, seed: 1))
        #expect(throws: AudioError(.coreFailed, "")) {
            try Separator(model: Stumbler(count: count, more: more)).separate(mixture)
        }
    }
}

/// Does wrong what a model can do wrong: fails at its second segment, or makes stems of the wrong number or length.
private struct Stumbler: SeparationModel {
    var error: AudioError?
    var count = 2
    var more = 0

    let name = "stumbler"
    let stems: [Stem] = [.harmonic, .residual]

    func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        SegmentPlan(window: 64, margin: 4, fade: 16, grid: 4)
    }

    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker { Worker(self) }

    final class Worker: SeparationWorker {
        private let model: Stumbler
        private var segments = 0

        init(_ model: Stumbler) { self.model = model }

        func separate(
            _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) -> [PlanarAudio] {
            segments += 1
            if let error = model.error, segments == 2 { throw error }
            let stem = PlanarAudio(channels: mixture.channels, frames: mixture.frames + model.more)
            return [PlanarAudio](repeating: stem, count: model.count)
        }
    }
}
