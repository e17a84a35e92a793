// Separates a sound that comes in blocks.

import CBuskerDSP

/// Frames of every stem, all from the same place of the sound.
public struct StemBlock: Sendable {
    /// Where the block begins, in frames of the sound.
    public let firstFrame: Int
    /// How many frames it holds.
    public let frames: Int
    /// Interleaved samples for each stem, in the order of the separator's `stems`.
    public let samples: [[Float]]
}

/// How far a separation has come.
public struct SeparationProgress: Sendable {
    /// Frames whose stems are done, those of unfinished segments in part.
    public let frames: Int
    /// The share that is done, 0...1; `nil` while nobody knows how long the sound is.
    public let fraction: Double?
}

/// Takes a mixture block by block and hands out its stems block by block.
///
/// Memory depends on the model and the number of threads, not on the length of the sound. What comes out does not depend on
/// the size of the blocks or the number of threads. A stream belongs to one thread at a time.
public final class SeparationStream {
    /// The stems, in the order of every block's samples.
    public let stems: [Stem]

    /// Frames that are taken at once: what is kept of a long block stays short.
    private static let chunkFrames = 32768

    private let channels: Int
    private let plan: SegmentPlan
    private let threads: Int
    private let expectedFrames: Int?
    private let output: (StemBlock) throws(AudioError) -> Void
    private let progress: (SeparationProgress) -> Bool
    private let pool: SegmentPool
    private var history: SampleHistory
    private var joiner: SegmentJoiner
    private var worker: (any SeparationWorker)?
    private var submitted = 0
    private var framesDone = 0
    private var isFinished = false
    private var failure: AudioError?

    init(
        separator: Separator, sampleRate: Int, channels: Int, expectedFrames: Int?,
        progress: @escaping (SeparationProgress) -> Bool,
        output: @escaping (StemBlock) throws(AudioError) -> Void
    ) throws(AudioError) {
        let model = separator.model
        stems = model.stems
        plan = model.plan(sampleRate: sampleRate, channels: channels)
        threads = separator.threads
        self.channels = channels
        self.expectedFrames = expectedFrames
        self.progress = progress
        self.output = output
        pool = try SegmentPool(model: model, sampleRate: sampleRate, channels: channels, threads: threads)
        history = try SampleHistory(channels: channels, capacity: plan.window + Self.chunkFrames)
        joiner = SegmentJoiner(plan: plan, stems: model.stems.count, channels: channels, stock: pool.stock)
    }

    deinit {
        pool.cancel()
        pool.close()
    }

    /// The largest absolute sample of each stem so far.
    public var peaks: [Float] { joiner.peaks }

    /// Takes the next samples of the mixture, interleaved; any number of whole frames.
    ///
    /// As in a file, NaN and denormals count as 0, and what is beyond 16 times full scale is clamped to it.
    ///
    /// Throws `bad_argument` for samples that do not divide into frames, `cancelled` when the progress function said so, and
    /// whatever the output throws. A stream that was cancelled or whose output threw is spent: it throws the same ever after.
    public func push(_ samples: Span<Float>) throws(AudioError) {
        if let failure { throw failure }
        guard !isFinished, samples.count % channels == 0 else {
            throw AudioError(.badArgument, "A stream takes whole frames of \(channels) channels until it is finished.")
        }
        let chunk = Self.chunkFrames * channels
        for first in stride(from: 0, to: samples.count, by: chunk) {
            try history.append(samples.extracting(first..<min(first + chunk, samples.count)))
            try spending { () throws(AudioError) in try submitWhatIsComplete() }
        }
    }

    /// Does a part of the work; after a failure the stems have a gap, so nothing more may come out.
    private func spending(_ work: () throws(AudioError) -> Void) throws(AudioError) {
        do throws(AudioError) {
            try work()
        } catch {
            failure = error
            pool.cancel()
            throw error
        }
    }

    private func submitWhatIsComplete() throws(AudioError) {
        // One frame more than a window must be there: only then is this segment not the last one.
        while history.end > plan.start(of: submitted) + plan.window {
            let start = plan.start(of: submitted)
            pool.submit(try history.planar(from: start, count: plan.window, in: pool.stock))
            joiner.expect(start: start, end: plan.end(of: submitted), isLast: false)
            submitted += 1
            while pool.pending > (threads > 1 ? threads : 0) { try deliver() }
        }
        // The next segment begins here, or earlier if it proves to be the last and is moved back.
        // A centred one begins half a window earlier at most.
        let needed = plan.start(of: submitted) - (plan.isCentred ? plan.window / 2 : 0)
        history.forget(before: min(needed, history.end - plan.window))
    }

    /// Ends the mixture and hands out what remains.
    ///
    /// Throws as ``push(_:)`` does; finishing twice does nothing.
    public func finish() throws(AudioError) {
        if let failure { throw failure }
        guard !isFinished else { return }
        isFinished = true
        try spending { () throws(AudioError) in try handOutTheRest() }
    }

    private func handOutTheRest() throws(AudioError) {
        let total = history.end
        if plan.isCentred {
            try submitCentred(total)
        } else if total > 0 {
            let start = plan.lastStart(index: submitted, total: total)
            pool.submit(try history.planar(from: start, count: total - start, in: pool.stock))
            joiner.expect(start: start, end: total, isLast: true)
        }
        while pool.pending > 0 { try deliver() }
        _ = progress(SeparationProgress(frames: joiner.delivered, fraction: 1))
    }

    /// The last segments of a plan that lets the sound lie in the middle of them; there can be two.
    private func submitCentred(_ total: Int) throws(AudioError) {
        while plan.start(of: submitted) < total {
            let first = plan.start(of: submitted)
            let start = first - max(0, plan.window - (total - first)) / 2
            let isLast = plan.start(of: submitted + 1) >= total
            pool.submit(try history.padded(from: start, count: plan.window, in: pool.stock))
            joiner.expect(start: start, end: isLast ? total : plan.end(of: submitted), isLast: isLast)
            submitted += 1
            while pool.pending > (threads > 1 ? threads : 0) { try deliver() }
        }
    }

    /// Waits for a segment, joins it to what went before, and hands out what is complete.
    private func deliver() throws(AudioError) {
        while true {
            var arrived = false
            if let stems = try pool.waitForNews(&worker, isWanted: tellProgress) {
                arrived = true
                // The stems go to the joiner for good: a copy that stays here would be copied when it fades them.
                try joiner.join(stems, output: output)
            }
            if !tellProgress() {
                pool.cancel()
                throw AudioError(.cancelled, "The separation was cancelled.")
            }
            if arrived { return }
        }
    }

    /// Tells how far the work is; `false` when nobody wants it any more.
    private func tellProgress() -> Bool {
        framesDone = max(framesDone, joiner.delivered + Int(pool.openShare * Double(plan.step)))
        let fraction = expectedFrames.map { min(1, Double(framesDone) / Double(max(1, $0))) }
        return progress(SeparationProgress(frames: framesDone, fraction: fraction))
    }
}
