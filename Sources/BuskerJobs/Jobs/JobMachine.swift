// The life of a job.

/// Where a job stands.
public enum JobState: String, Sendable, Hashable, CaseIterable {
    /// It waits for a worker, or for its time.
    case pending
    /// A worker has it.
    case processing
    /// It was done.
    case completed
    /// It was tried as often as it may be, or cannot succeed; it stays in the list of dead letters.
    case failed
    /// Somebody did not want it any more.
    case cancelled

    /// Whether nothing happens to the job any more unless somebody asks for it.
    public var isEnded: Bool { self == .completed || self == .failed || self == .cancelled }
}

/// The life of a job: what may happen to it, and what follows.
///
/// A job ends exactly once in each round; only a requeue begins another one. Done beats cancelled: who finished before hearing of
/// the wish has finished.
public struct JobMachine: Sendable, Hashable {
    /// What happens to a job.
    public enum Event: Sendable, Hashable, CaseIterable {
        /// A worker takes it.
        case claim
        /// Its work was done.
        case finish
        /// An attempt failed in a way that may pass.
        case retry
        /// An attempt failed in a way that will not pass.
        case fail
        /// The worker wants it back later; the attempt does not count.
        case snooze
        /// The worker gives it back because it stops; the attempt does not count.
        case release
        /// The worker gave no sign of life.
        case lapse
        /// Somebody does not want it any more.
        case cancel
        /// Somebody wants it tried afresh.
        case requeue
    }

    /// What an event changed.
    public enum Change: Sendable, Hashable {
        /// Nothing.
        case none
        /// A worker has it now.
        case started
        /// It waits again.
        case waits
        /// The worker is to stop.
        case stopAsked
        /// It ended, as its state says.
        case ended
    }

    /// Where the job stands.
    public private(set) var state: JobState
    /// How many attempts of this round were begun and count.
    public private(set) var attempt: Int
    /// How many attempts a round may have, at least one.
    public let attemptsMax: Int
    /// Whether a worker that has it is to stop.
    public private(set) var isStopAsked: Bool
    /// How often it was begun afresh, from 1.
    public private(set) var round: Int

    /// A job as it stands; a new one unless said otherwise.
    public init(
        attemptsMax: Int, state: JobState = .pending, attempt: Int = 0, isStopAsked: Bool = false, round: Int = 1
    ) {
        self.attemptsMax = max(1, attemptsMax)
        self.state = state
        self.attempt = attempt
        self.isStopAsked = isStopAsked
        self.round = round
    }

    /// Takes in an event.
    ///
    /// - Throws: ``JobError`` with `wrongState` when that cannot happen to a job in its state; nothing is changed then.
    public mutating func apply(_ event: Event) throws(JobError) -> Change {
        switch (state, event) {
        case (.pending, .claim):
            state = .processing
            attempt += 1
            return .started
        case (.pending, .cancel): return end(.cancelled)
        case (.processing, .cancel):
            defer { isStopAsked = true }
            return isStopAsked ? .none : .stopAsked
        case (_, .cancel): return .none
        case (.processing, .finish): return end(.completed)
        case (.processing, .fail): return end(isStopAsked ? .cancelled : .failed)
        case (.processing, .retry), (.processing, .lapse): return attemptFailed()
        case (.processing, .snooze), (.processing, .release):
            guard !isStopAsked else { return end(.cancelled) }
            attempt -= 1
            return wait()
        case (.failed, .requeue), (.cancelled, .requeue):
            attempt = 0
            round += 1
            isStopAsked = false
            return wait()
        default:
            throw JobError(.wrongState, "A job that is \(state.rawValue) cannot meet \(event).")
        }
    }

    private mutating func attemptFailed() -> Change {
        if isStopAsked { return end(.cancelled) }
        return attempt >= attemptsMax ? end(.failed) : wait()
    }

    private mutating func wait() -> Change {
        state = .pending
        return .waits
    }

    private mutating func end(_ state: JobState) -> Change {
        self.state = state
        return .ended
    }
}
