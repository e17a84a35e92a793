// One job as it stands.

public import BuskerCore

/// What ids of jobs name.
public enum JobKind: IDKind {
    /// `job`.
    public static let prefix = "job"
}

/// The name of a job.
public typealias JobID = ID<JobKind>

/// Which jobs of a queue come first.
public enum JobPriority: Int, Sendable, Hashable, CaseIterable, Comparable {
    /// Before everything else.
    case urgent
    /// Before what is usual.
    case high
    /// As usual.
    case normal
    /// When nothing else is to be done.
    case low

    /// Whether one comes before another.
    public static func < (a: JobPriority, b: JobPriority) -> Bool { a.rawValue < b.rawValue }
}

/// How far the work on a job has come.
public struct JobProgress: Sendable, Hashable {
    /// Millionths of the whole, 0...1,000,000.
    public let millionths: Int64
    /// What is being done, in a few words or as a key that a page translates; at most 255 bytes.
    public let stage: String

    /// Makes a progress; millionths outside their range are moved to its nearer end, a longer stage is cut.
    public init(millionths: Int64, stage: String = "") {
        self.millionths = min(max(millionths, 0), 1_000_000)
        self.stage = ProblemText.cut(stage, JobLimits.nameBytesMax)
    }

    /// `done` of `total`, rounded down; nothing of nothing is the whole.
    public init(_ done: Int64, of total: Int64, stage: String = "") {
        let held = Int128(min(max(done, 0), total))
        self.init(millionths: total > 0 ? Int64(held * 1_000_000 / Int128(total)) : 1_000_000, stage: stage)
    }

    /// Nothing was done yet.
    public static let none = JobProgress(millionths: 0)
}

/// One job as it stood when it was read.
public struct Job: Sendable, Hashable, Identifiable {
    /// Its name.
    public let id: JobID
    /// The queue it waits in.
    public let queue: String
    /// What is to be done: the name under which a handler is found.
    public let kind: String
    /// What the handler is told, as the host encoded it.
    public let args: [UInt8]
    /// For whom it is done; empty for nobody.
    public let owner: String
    /// Which jobs of the queue come first.
    public let priority: JobPriority
    /// No other job with this key waits or runs; nothing where any number may.
    public let uniqueKey: String?
    /// The wait between attempts.
    public let backoff: Backoff
    /// How long one attempt may take.
    public let timeLimit: Duration
    /// When it was asked for.
    public let createdAt: Timestamp
    /// Its life.
    public internal(set) var machine: JobMachine
    /// When it may begin.
    public internal(set) var runAt: Timestamp
    /// Until when its worker has it; nothing when nobody has.
    public internal(set) var leasedUntil: Timestamp?
    /// Who has it, or had it last.
    public internal(set) var worker: String?
    /// How far its work has come.
    public internal(set) var progress: JobProgress
    /// Why the last attempt failed.
    public internal(set) var problem: String?
    /// What its work came to, as the handler encoded it.
    public internal(set) var result: [UInt8]?
    /// When the last attempt began.
    public internal(set) var startedAt: Timestamp?
    /// When it ended.
    public internal(set) var endedAt: Timestamp?
    /// Grows with every change, so that who saw one knows what comes after it.
    public internal(set) var version: Int64

    /// Where it stands.
    public var state: JobState { machine.state }
    /// How many attempts of this round were begun and count.
    public var attempt: Int { machine.attempt }
    /// How many attempts a round may have.
    public var attemptsMax: Int { machine.attemptsMax }
    /// How often it was begun afresh, from 1: part of every key under which its work is charged.
    public var round: Int { machine.round }
    /// Whether its worker is to stop.
    public var isStopAsked: Bool { machine.isStopAsked }
}

/// Proof that this process has a job: only a claim makes one, and it holds as long as nobody else claimed the job.
public struct JobLease: Sendable {
    /// The job as it was claimed.
    public let job: Job
    /// What every change under the lease must match; a later claim has another.
    let token: [UInt8]

    init(job: Job, token: [UInt8]) {
        self.job = job
        self.token = token
    }

    /// The name of the job.
    public var id: JobID { job.id }
}

/// Why attempts failed, in words that may be kept.
enum ProblemText {
    /// The first bytes of a text, cut between characters, without NUL, which PostgreSQL does not store.
    static func cut(_ text: String, _ bytesMax: Int) -> String {
        var kept = ""
        var bytes = 0
        for scalar in text.unicodeScalars where scalar != "\0" {
            bytes += UTF8.width(scalar)
            guard bytes <= bytesMax else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}
