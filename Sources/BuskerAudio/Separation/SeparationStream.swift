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
    private let progress: (SeparationProgress) -> Bool
    private let pool: SegmentPool
    private let bridge: RateBridge?
    private let outlet: StemOutlet
    private var history: SampleHistory
    private var passes: [Pass]
    /// Which pass each segment of the pool belongs to.
    private var owners: [Int] = []
    private var worker: (any SeparationWorker)?
    private var framesTaken = 0
    private var framesDone = 0
    private var isFinished = false
    private var failure: AudioError?

    /// One of the times that the sound is separated.
    private struct Pass {
        /// Frames of silence before the sound.
        let lead: Int
        var submitted = 0
        var joiner: SegmentJoiner
    }

    init(
        separator: Separator, sampleRate: Int, channels: Int, expectedFrames: Int?,
        progress: @escaping (SeparationProgress) -> Bool,
        output: @escaping (StemBlock) throws(AudioError) -> Void
    ) throws(AudioError) {
        let model = separator.model
        let rate = model.sampleRate ?? sampleRate
        let leads = model.leads.isEmpty ? [0] : model.leads
        stems = model.stems
        plan = model.plan(sampleRate: rate, channels: channels)
        threads = separator.threads
        self.channels = channels
        self.expectedFrames = expectedFrames
        self.progress = progress
        pool = try SegmentPool(model: model, sampleRate: rate, channels: channels, threads: threads)
        history = try SampleHistory(channels: channels, capacity: plan.window + Self.chunkFrames)
        let (plan, stock) = (plan, pool.stock)
        passes = leads.map {
            Pass(lead: max(0, $0), joiner: SegmentJoiner(plan: plan, channels: channels, stock: stock))
        }
        bridge = try Self.bridge(to: model, from: sampleRate, channels: channels)
        outlet = StemOutlet(
            stems: model.stems.count, channels: channels, leads: leads.map { max(0, $0) }, bridge: bridge,
            output: output)
    }

    private static func bridge(
        to model: any SeparationModel, from rate: Int, channels: Int
    ) throws(AudioError) -> RateBridge? {
        guard let own = model.sampleRate, own != rate else { return nil }
        return try RateBridge(from: rate, to: own, channels: channels, stems: model.stems.count, rest: model.rest)
    }

    deinit {
        pool.cancel()
        pool.close()
    }

    /// The largest absolute sample of each stem so far.
    public var peaks: [Float] { outlet.peaks }

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
            let part = samples.extracting(first..<min(first + chunk, samples.count))
            framesTaken += part.count / channels
            if let bridge {
                let brought = try bridge.push(part)
                try history.append(brought.span)
            } else {
                try history.append(part)
            }
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
        var needed = history.end - plan.window
        for at in passes.indices {
            let lead = passes[at].lead
            // One frame more than a window must be there: only then is this segment not the last one.
            while history.end + lead > plan.start(of: passes[at].submitted) + plan.window {
                let number = passes[at].submitted
                try submit(at, from: plan.start(of: number), plan.window, end: plan.end(of: number), isLast: false)
            }
            // The next segment begins here, or earlier if it proves to be the last and is moved back.
            // A centred one begins half a window earlier at most.
            let next = plan.start(of: passes[at].submitted) - (plan.isCentred ? plan.window / 2 : 0)
            needed = min(needed, next - lead)
        }
        history.forget(before: needed)
    }

    /// Hands a segment to the pool; places are those of the pass, whose sound begins after its silence.
    private func submit(
        _ pass: Int, from start: Int, _ count: Int, end: Int, isLast: Bool
    ) throws(AudioError) {
        pool.submit(try history.padded(from: start - passes[pass].lead, count: count, in: pool.stock))
        owners.append(pass)
        passes[pass].joiner.expect(start: start, end: end, isLast: isLast)
        passes[pass].submitted += 1
        while pool.pending > (threads > 1 ? threads : 0) { try deliver() }
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
        if let bridge {
            let last = try bridge.end()
            try history.append(last.span)
            try submitWhatIsComplete()
        }
        for at in passes.indices where history.end > 0 {
            let total = history.end + passes[at].lead
            if plan.isCentred {
                try submitCentred(at, total)
            } else {
                let start = plan.lastStart(index: passes[at].submitted, total: total)
                try submit(at, from: start, total - start, end: total, isLast: true)
            }
        }
        while pool.pending > 0 { try deliver() }
        try outlet.finish()
        _ = progress(SeparationProgress(frames: framesTaken, fraction: 1))
    }

    /// The last segments of a plan that lets the sound lie in the middle of them; there can be two.
    private func submitCentred(_ pass: Int, _ total: Int) throws(AudioError) {
        while plan.start(of: passes[pass].submitted) < total {
            let number = passes[pass].submitted
            let first = plan.start(of: number)
            let start = first - max(0, plan.window - (total - first)) / 2
            let isLast = plan.start(of: number + 1) >= total
            try submit(pass, from: start, plan.window, end: isLast ? total : plan.end(of: number), isLast: isLast)
        }
    }

    /// Waits for a segment, joins it to what went before, and hands out what is complete.
    private func deliver() throws(AudioError) {
        while true {
            var arrived = false
            if let stems = try pool.waitForNews(&worker, isWanted: tellProgress) {
                arrived = true
                let (pass, outlet) = (owners.removeFirst(), outlet)
                // The stems go to the joiner for good: a copy that stays here would be copied when it fades them.
                try passes[pass].joiner.join(stems) { block throws(AudioError) in try outlet.take(block, from: pass) }
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
        let joined = passes.reduce(0.0) { $0 + Double(max(0, $1.joiner.delivered - $1.lead)) }
        var frames = (joined + pool.openShare * Double(plan.step)) / Double(passes.count)
        if let bridge { frames *= Double(bridge.soundRate) / Double(bridge.modelRate) }
        framesDone = max(framesDone, min(Int(frames), framesTaken))
        let fraction = expectedFrames.map { min(1, Double(framesDone) / Double(max(1, $0))) }
        return progress(SeparationProgress(frames: framesDone, fraction: fraction))
    }
}
