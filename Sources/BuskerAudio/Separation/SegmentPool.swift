// Threads that separate segments and answer in order.

import Dispatch
import Synchronization

/// Runs a model on several segments at once, each thread with a worker of its own.
///
/// Threads block while there is nothing to do; a pool of one thread has none and works on the caller's. Results come back in the order of submission, so that what is made does not
/// depend on how many threads made it.
final class SegmentPool: Sendable {
    private struct State {
        var waiting: [(index: Int, mixture: PlanarAudio)] = []
        var done: [Int: Result<[PlanarAudio], AudioError>] = [:]
        var shares: [Int: Double] = [:]
        var submitted = 0
        var taken = 0
        var isCancelled = false
        var isClosed = false
    }

    /// The memory that segments use in turn.
    let stock = SampleStock()

    private let model: any SeparationModel
    private let sampleRate: Int
    private let channels: Int
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let news = DispatchSemaphore(value: 0)
    private let threads: Int

    init(model: any SeparationModel, sampleRate: Int, channels: Int, threads: Int) throws(AudioError) {
        self.model = model
        self.sampleRate = sampleRate
        self.channels = channels
        self.threads = threads
        // One thread is the caller's own.
        for started in 0..<(threads > 1 ? threads : 0) {
            do throws(AudioError) {
                try Threads.start { self.runThread() }
            } catch {
                // Fewer threads than asked for only cost time.
                if started == 0 { throw error }
                break
            }
        }
    }

    /// How many segments were submitted and not yet taken back.
    var pending: Int { state.withLock { $0.submitted - $0.taken } }

    /// The work done on segments that were not taken back, in segments.
    var openShare: Double { state.withLock { $0.shares.values.reduce(0, +) } }

    func submit(_ mixture: PlanarAudio) {
        state.withLock { state in
            state.waiting.append((state.submitted, mixture))
            state.submitted += 1
        }
        work.signal()
    }

    /// The stems of the oldest segment not yet taken, or nothing when only progress was made meanwhile.
    ///
    /// - Parameters:
    ///   - worker: used where the caller's thread is the only one; made when it is needed.
    ///   - isWanted: asked now and then in that case; `false` cancels.
    func waitForNews(
        _ worker: inout (any SeparationWorker)?, isWanted: () -> Bool
    ) throws(AudioError) -> [PlanarAudio]? {
        guard threads > 1 else { return try separateHere(&worker, isWanted) }
        news.wait()
        let result = state.withLock { state in
            let result = state.done.removeValue(forKey: state.taken)
            if result != nil {
                state.shares[state.taken] = nil
                state.taken += 1
            }
            return result
        }
        // A result may be ready before its turn: its news must not be lost for the one that follows.
        if result != nil, state.withLock({ $0.done[$0.taken] != nil }) { news.signal() }
        return try result?.get()
    }

    /// Separates the oldest waiting segment on the caller's thread.
    private func separateHere(
        _ worker: inout (any SeparationWorker)?, _ isWanted: () -> Bool
    ) throws(AudioError) -> [PlanarAudio]? {
        let job = state.withLock { state in
            state.taken += 1
            return state.waiting.removeFirst()
        }
        let result = separate(job.index, job.mixture, with: &worker) {
            if !isWanted() { cancel() }
        }
        state.withLock { $0.shares[job.index] = nil }
        return try result.get()
    }

    /// Makes running workers stop at their next report.
    func cancel() {
        state.withLock { $0.isCancelled = true }
    }

    /// Ends the threads after what is submitted; a pool is closed exactly once.
    func close() {
        state.withLock { $0.isClosed = true }
        for _ in 0..<threads { work.signal() }
    }

    private func runThread() {
        var worker: (any SeparationWorker)?
        while true {
            work.wait()
            guard let job = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else {
                if state.withLock({ $0.isClosed }) { return }
                continue
            }
            let index = job.index
            let result = separate(index, job.mixture, with: &worker) { news.signal() }
            state.withLock { state in
                state.done[index] = result
                state.shares[index] = 1
            }
            news.signal()
        }
    }

    private func separate(
        _ index: Int, _ mixture: consuming PlanarAudio, with worker: inout (any SeparationWorker)?, tell: () -> Void
    ) -> Result<[PlanarAudio], AudioError> {
        do throws(AudioError) {
            // What waited when the work was cancelled is not begun.
            try report(0, of: index, tell)
            let own: any SeparationWorker
            if let made = worker {
                own = made
            } else {
                own = try model.makeWorker(sampleRate: sampleRate, channels: channels)
                if let stocked = own as? any StockedWorker { stocked.stock = stock }
            }
            worker = own
            let (channels, frames) = (mixture.channels, mixture.frames)
            let stems = try own.separate(mixture) { (share: Double) throws(AudioError) in
                try self.report(share, of: index, tell)
            }
            let isWhole = stems.allSatisfy {
                $0.channels == channels && $0.frames == frames && $0.samples.count == channels * frames
            }
            guard stems.count == model.stems.count, isWhole else {
                throw AudioError(
                    .coreFailed,
                    "The model '\(model.name)' did not make \(model.stems.count) stems of the sound's length.")
            }
            return .success(stems)
        } catch {
            return .failure(error)
        }
    }

    private func report(_ share: Double, of index: Int, _ tell: () -> Void) throws(AudioError) {
        state.withLock { $0.shares[index] = min(max(share, 0), 1) }
        tell()
        if state.withLock({ $0.isCancelled }) { throw AudioError(.cancelled, "The separation was cancelled.") }
    }
}
