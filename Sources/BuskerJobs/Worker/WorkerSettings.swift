// How a worker works.

/// How a worker works; each value is held at its documented range.
public struct WorkerSettings: Sendable, Hashable {
    /// The queues to take jobs from, in turns.
    public let queues: [String]
    /// The most jobs at once, 1...1,000.
    public let jobsMax: Int
    /// How often to look for jobs without being told, 10 ms...1 min; half as much again by luck.
    public let poll: Duration
    /// How often a handler's progress is written, 10 ms...1 min.
    public let progressEvery: Duration
    /// How often jobs are taken from workers that died, and schedules looked at, 10 ms...10 min.
    public let careEvery: Duration
    /// How long a handler may go on that was told to stop, before the job goes on without it, 0...10 min.
    public let stopTime: Duration
    /// How often the end of a job is written again after the database failed, 0...20.
    public let retriesMax: Int

    /// Makes settings; numbers outside their range are moved to its nearer end.
    public init(
        queues: [String] = ["default"], jobsMax: Int = 4, poll: Duration = .seconds(2),
        progressEvery: Duration = .seconds(1), careEvery: Duration = .seconds(15), stopTime: Duration = .seconds(10),
        retriesMax: Int = 5
    ) {
        func held(_ time: Duration, _ low: Duration, _ high: Duration) -> Duration { min(max(time, low), high) }
        self.queues = queues
        self.jobsMax = min(max(jobsMax, 1), 1000)
        self.poll = held(poll, .milliseconds(10), .seconds(60))
        self.progressEvery = held(progressEvery, .milliseconds(10), .seconds(60))
        self.careEvery = held(careEvery, .milliseconds(10), .seconds(600))
        self.stopTime = held(stopTime, .zero, .seconds(600))
        self.retriesMax = min(max(retriesMax, 0), 20)
    }
}

/// What a worker tells whoever writes a log.
public enum JobNotice: Sendable {
    /// A job was begun.
    case started(Job)
    /// An attempt was settled: the job as it stands now.
    case settled(Job)
    /// The lease was lost, and what was done is dropped.
    case lost(JobID)
    /// An attempt could not be settled because the database failed; a rescue will find the job.
    case unsettled(JobID, JobError)
    /// Jobs were taken from workers that died.
    case rescued([Job])
    /// The host refused the end of these jobs.
    case refused([JobID])
    /// Looking for jobs, or looking after them, failed; it is tried again.
    case failed(JobError)
}
