// Who does the work of one kind of job.

import BuskerCore
public import BuskerDatabase
import Synchronization

/// Does the work of one kind of job.
///
/// Work may be begun more than once, for instance after a process died: what it does outside of the database must bear repetition.
public protocol JobHandler: Sendable {
    /// The kind of job that it does.
    var kind: String { get }

    /// Does the work; what it throws counts as a failed attempt, a ``JobFault`` says how to go on.
    ///
    /// The task is cancelled when somebody cancels the job, when its time is over, when the lease was lost and when the worker stops.
    /// What is returned after that counts only where the lease still holds.
    func run(_ context: JobContext) async throws -> JobOutcome
}

/// What an attempt came to.
public struct JobOutcome: Sendable {
    /// What the host does in the transaction that settles the attempt, such as capturing a hold and writing rows of files.
    ///
    /// When it throws, nothing of it remains and the attempt has failed; it may run again after a lost race in the database.
    public typealias Part = @Sendable (Job, Transaction) throws -> Void

    enum Verdict: Sendable {
        case done([UInt8]?)
        case retry(String, Duration?)
        case fail(String)
        case snooze(Duration)
    }

    let verdict: Verdict
    let part: Part

    /// It was done, with a result that the host encodes.
    public static func done(_ result: [UInt8]? = nil, with part: @escaping Part = { _, _ in }) -> JobOutcome {
        JobOutcome(verdict: .done(result), part: part)
    }

    /// The attempt failed, and another may succeed; after the job's own backoff when no time is given.
    public static func retry(_ problem: String, after wait: Duration? = nil, with part: @escaping Part = { _, _ in })
        -> JobOutcome
    { JobOutcome(verdict: .retry(problem, wait), part: part) }

    /// No attempt can succeed.
    public static func fail(_ problem: String, with part: @escaping Part = { _, _ in }) -> JobOutcome {
        JobOutcome(verdict: .fail(problem), part: part)
    }

    /// It is too early; the attempt does not count.
    public static func snooze(for time: Duration) -> JobOutcome {
        JobOutcome(verdict: .snooze(time), part: { _, _ in })
    }
}

/// Why an attempt failed, thrown by a handler that knows how to go on.
public struct JobFault: Error, Sendable, CustomStringConvertible {
    /// Why, in words or a code that may be shown to the job's owner.
    public let problem: String
    /// Whether no attempt can succeed.
    public let isFinal: Bool
    /// How long to wait; by the job's own backoff when there is none.
    public let wait: Duration?

    /// Makes a fault.
    public init(_ problem: String, isFinal: Bool = false, wait: Duration? = nil) {
        self.problem = problem
        self.isFinal = isFinal
        self.wait = wait
    }

    /// The problem.
    public var description: String { problem }
}

/// What a handler is given.
public struct JobContext: Sendable {
    /// The job as it was claimed.
    public let job: Job
    /// Proof that this worker has it, for a handler that writes while it works.
    public let lease: JobLease
    let board: ProgressBoard

    /// Says how far the work has come; costs nothing, is written with the next sign of life.
    public func report(_ progress: JobProgress) { board.post(progress) }

    /// Says that `done` of `total` is done.
    public func report(_ done: Int64, of total: Int64, stage: String = "") {
        board.post(JobProgress(done, of: total, stage: stage))
    }
}

/// Where a handler leaves its progress and the worker finds it.
final class ProgressBoard: Sendable {
    private let state = Mutex((latest: JobProgress.none, written: JobProgress.none))

    func post(_ progress: JobProgress) { state.withLock { $0.latest = progress } }

    /// What was not written yet.
    func news() -> JobProgress? { state.withLock { $0.latest == $0.written ? nil : $0.latest } }

    func wrote(_ progress: JobProgress) { state.withLock { $0.written = progress } }
}
