// How much the job room takes on.

/// The bounds of jobs; each is held at its documented range.
public struct JobLimits: Sendable, Hashable {
    /// How long a worker keeps a job without a sign of life, 1 s...1 h.
    public let lease: Duration
    /// How often a job is tried when its request does not say, 1...1,000.
    public let attemptsMax: Int
    /// The wait between attempts when the request does not say.
    public let backoff: Backoff
    /// How long one attempt may take when the request does not say, 1 s...30 days.
    public let timeLimit: Duration
    /// The most bytes of a job's arguments, and of its result, 0...1,048,576.
    public let argsBytesMax: Int
    /// The most bytes of an error's text that is kept, 16...4,096.
    public let problemBytesMax: Int
    /// The most jobs that one call claims, 1...1,000.
    public let claimMax: Int
    /// The most owners that one claim in a queue with rules looks at; the next claim goes on behind them, 1...10,000.
    public let ownersMax: Int
    /// The most lapsed jobs that one rescue takes, 1...1,000.
    public let rescueMax: Int
    /// The most rows of a page, and of one bulk requeue, 1...1,000.
    public let pageRowsMax: Int
    /// Whether other processes are told of new jobs within the transaction, where the database can.
    ///
    /// On PostgreSQL transactions that notify commit one after the other: leave it out where hundreds of jobs come each second.
    public let tellsOfNew: Bool
    /// Whether other processes are told of every change of a job; else they look once in a while.
    public let tellsOfChanges: Bool

    /// Makes bounds; numbers outside their range are moved to its nearer end.
    public init(
        lease: Duration = .seconds(60), attemptsMax: Int = 10, backoff: Backoff = Backoff(),
        timeLimit: Duration = .seconds(3600), argsBytesMax: Int = 65_536, problemBytesMax: Int = 500,
        claimMax: Int = 100, ownersMax: Int = 1000, rescueMax: Int = 100, pageRowsMax: Int = 200,
        tellsOfNew: Bool = true, tellsOfChanges: Bool = false
    ) {
        self.lease = min(max(lease, .seconds(1)), .seconds(3600))
        self.attemptsMax = min(max(attemptsMax, 1), 1000)
        self.backoff = backoff
        self.timeLimit = min(max(timeLimit, .seconds(1)), .seconds(30 * 86_400))
        self.argsBytesMax = min(max(argsBytesMax, 0), 1 << 20)
        self.problemBytesMax = min(max(problemBytesMax, 16), 4096)
        self.claimMax = min(max(claimMax, 1), 1000)
        self.ownersMax = min(max(ownersMax, 1), 10_000)
        self.rescueMax = min(max(rescueMax, 1), 1000)
        self.pageRowsMax = min(max(pageRowsMax, 1), 1000)
        self.tellsOfNew = tellsOfNew
        self.tellsOfChanges = tellsOfChanges
    }

    /// The longest name of a queue, kind, owner or worker, and the longest unique key, in bytes.
    public static let nameBytesMax = 255

    /// Whether a text may be stored as a name: not empty, not too long, no control characters.
    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...nameBytesMax).contains(bytes.count) && !bytes.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
