// How often and how long a request is tried.

/// The bounds of trying again; each is held at its documented range.
public struct HTTPRetryLimits: Sendable, Hashable {
    /// The most attempts of one request, the first included, 1...10.
    public let attemptsMax: Int
    /// The longest wait before the second attempt, 1 ms...1 minute; it doubles with every attempt.
    public let waitFirst: Duration
    /// The longest wait of our own choice, 1 ms...1 hour.
    public let waitMax: Duration
    /// The longest wait that another server may ask for, 0...1 hour; when it asks for more, its answer is final.
    public let askedWaitMax: Duration
    /// The time for all attempts and waits together, 1 ms...1 day.
    public let deadline: Duration
    /// How many retries may follow each other while nothing but retries is sent, 0...10,000.
    public let budgetRetries: Int
    /// How many retries a new request adds to the budget, in per cent of one, 0...1,000.
    ///
    /// With 20 a server that is down sees at most a fifth more requests than usual.
    public let budgetPercent: Int
    /// The most bytes of an answer that are read to find out whether it asks for another attempt, 0...1,048,576.
    public let errorBytesMax: Int

    /// Makes bounds; numbers outside their range are moved to its nearer end.
    public init(
        attemptsMax: Int = 3, waitFirst: Duration = .milliseconds(500), waitMax: Duration = .seconds(5),
        askedWaitMax: Duration = .seconds(60), deadline: Duration = .seconds(180), budgetRetries: Int = 10,
        budgetPercent: Int = 20, errorBytesMax: Int = 65_536
    ) {
        self.attemptsMax = min(max(attemptsMax, 1), 10)
        self.waitFirst = min(max(waitFirst, .milliseconds(1)), .seconds(60))
        self.waitMax = min(max(waitMax, .milliseconds(1)), .seconds(3600))
        self.askedWaitMax = min(max(askedWaitMax, .zero), .seconds(3600))
        self.deadline = min(max(deadline, .milliseconds(1)), .seconds(86_400))
        self.budgetRetries = min(max(budgetRetries, 0), 10_000)
        self.budgetPercent = min(max(budgetPercent, 0), 1000)
        self.errorBytesMax = min(max(errorBytesMax, 0), 1 << 20)
    }

    /// Three attempts within three minutes, waits of at most 0.5, 1, 2 … 5 seconds, a fifth more requests in an outage.
    public static let standard = HTTPRetryLimits()

    /// One attempt.
    public static let once = HTTPRetryLimits(attemptsMax: 1)

    /// The longest wait before an attempt, the second being number 2.
    package func waitBefore(attempt: Int) -> Duration {
        var wait = min(waitFirst, waitMax)
        for _ in 2..<max(attempt, 2) where wait < waitMax { wait = min(wait * 2, waitMax) }
        return wait
    }
}
