// What somebody wants done.

public import BuskerCore

/// What somebody wants done, and by which rules.
public struct JobRequest: Sendable {
    /// The name under which a handler is found.
    public var kind: String
    /// What the handler is told; the host encodes it.
    public var args: [UInt8]
    /// The queue to wait in.
    public var queue: String
    /// For whom it is done; empty for nobody, who has no limit.
    public var owner: String
    /// Which jobs of the queue come first.
    public var priority: JobPriority
    /// When it may begin; at once when there is none.
    public var runAt: Timestamp?
    /// While a job with this key waits or runs, another request with it finds that one; 1...255 bytes.
    public var uniqueKey: String?
    /// How often it is tried, 1...1,000; as the limits say when there is none.
    public var attemptsMax: Int?
    /// The wait between attempts; as the limits say when there is none.
    public var backoff: Backoff?
    /// How long one attempt may take; as the limits say when there is none.
    public var timeLimit: Duration?

    /// Makes a request.
    public init(
        kind: String, args: [UInt8] = [], queue: String = "default", owner: String = "",
        priority: JobPriority = .normal, runAt: Timestamp? = nil, uniqueKey: String? = nil, attemptsMax: Int? = nil,
        backoff: Backoff? = nil, timeLimit: Duration? = nil
    ) {
        self.kind = kind
        self.args = args
        self.queue = queue
        self.owner = owner
        self.priority = priority
        self.runAt = runAt
        self.uniqueKey = uniqueKey
        self.attemptsMax = attemptsMax
        self.backoff = backoff
        self.timeLimit = timeLimit
    }

    /// Makes a request whose arguments are JSON.
    public init(kind: String, json args: JSON, queue: String = "default", owner: String = "") {
        self.init(kind: kind, args: args.bytes, queue: queue, owner: owner)
    }

    /// The job that the request makes.
    ///
    /// - Throws: ``JobError`` with `badRequest`.
    func job(_ id: JobID, at now: Timestamp, limits: JobLimits) throws(JobError) -> Job {
        for name in [kind, queue] + [uniqueKey, owner.isEmpty ? nil : owner].compactMap(\.self) {
            guard JobLimits.isName(name) else {
                throw JobError(
                    .badRequest,
                    "A kind, queue, owner or unique key has 1 to \(JobLimits.nameBytesMax) bytes and no control characters."
                )
            }
        }
        guard args.count <= limits.argsBytesMax else {
            throw JobError(
                .badRequest,
                "The arguments have more than \(limits.argsBytesMax) bytes: store them and pass their name.")
        }
        let attempts = attemptsMax ?? limits.attemptsMax
        guard (1...1000).contains(attempts) else { throw JobError(.badRequest, "A job has 1 to 1,000 attempts.") }
        let time = timeLimit ?? limits.timeLimit
        guard (Duration.seconds(1) ... .seconds(30 * 86_400)).contains(time) else {
            throw JobError(.badRequest, "An attempt may take from a second to 30 days.")
        }
        return Job(
            id: id, queue: queue, kind: kind, args: args, owner: owner, priority: priority, uniqueKey: uniqueKey,
            backoff: backoff ?? limits.backoff, timeLimit: time, createdAt: now,
            machine: JobMachine(attemptsMax: attempts), runAt: runAt ?? now, progress: .none, version: 1)
    }
}

/// What a request came to.
public struct Enqueued: Sendable, Hashable {
    /// The job that was made, or the one with the same unique key that waits or runs.
    public let id: JobID
    /// Whether the job is new.
    public let isNew: Bool
}
