// Jobs that begin by the calendar.

public import BuskerCore
import BuskerDatabase

/// A job that begins by the calendar.
public struct JobSchedule: Sendable {
    /// Its name, by which processes know that they mean the same.
    public let name: String
    /// When it is due.
    public let cron: CronExpression
    /// Where that is meant.
    public let zone: any CronZone
    /// The job of a moment.
    public let request: @Sendable (Timestamp) -> JobRequest

    /// Makes a schedule.
    public init(
        _ name: String, _ cron: CronExpression, in zone: any CronZone = FixedZone.utc,
        request: @escaping @Sendable (Timestamp) -> JobRequest
    ) {
        self.name = name
        self.cron = cron
        self.zone = zone
        self.request = request
    }

    func next(after moment: Timestamp) -> Timestamp? {
        func open(_ zone: some CronZone) -> Timestamp? { cron.next(after: moment, in: zone) }
        return open(zone)
    }

    /// The last moment in `(from, to]` that is due.
    ///
    /// It looks at the last hour first, then at the last day, month and year, so that it never steps through many.
    func last(after from: Timestamp, through to: Timestamp) -> Timestamp? {
        let hour: Int64 = 3_600_000_000
        for window in [hour, 24 * hour, 32 * 24 * hour, 366 * 24 * hour, .max] {
            var found: Timestamp?
            var edge = max(from, to.advanced(byMicroseconds: -window))
            while let next = next(after: edge), next <= to { (found, edge) = (next, next) }
            if found != nil || to.advanced(byMicroseconds: -window) <= from { return found }
        }
        return nil
    }
}

/// Begins jobs by the calendar, each due moment once over all processes.
///
/// A schedule that is new begins with the next moment. After a pause only the last moment that was missed is made up for. While a clock
/// that went back catches up, nothing is due.
public struct JobSchedules: Sendable {
    /// Where the jobs go.
    public let queue: JobQueue
    /// The schedules.
    public let schedules: [JobSchedule]

    /// Makes schedules.
    ///
    /// - Throws: ``JobError`` with `badRequest` when a name is none or is there twice.
    public init(_ queue: JobQueue, _ schedules: [JobSchedule]) throws(JobError) {
        let names = schedules.map(\.name)
        guard names.allSatisfy({ JobLimits.isName($0) }), Set(names).count == names.count else {
            throw JobError(.badRequest, "Every schedule needs a name of its own.")
        }
        self.queue = queue
        self.schedules = schedules
    }

    /// Begins what is due; a schedule whose job cannot be made does not stop those behind it.
    ///
    /// - Returns: the jobs that were made.
    /// - Throws: ``JobError``: the first that a schedule met, after all of them had their turn.
    @discardableResult
    public func tick() async throws(JobError) -> [JobID] {
        let now = queue.clock.now
        var made: [JobID] = []
        var problem: JobError?
        for schedule in schedules {
            do throws(JobError) {
                guard let (id, name) = try await begin(schedule, now) else { continue }
                made.append(id)
                queue.wake(name)
            } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return made
    }

    /// The job of the last moment that is due, and its queue.
    private func begin(_ schedule: JobSchedule, _ now: Timestamp) async throws(JobError) -> (JobID, String)? {
        let queue = queue
        return try await queue.writing { tx in
            let last: Timestamp? = try tx.value("SELECT last_us FROM jobs_schedule WHERE name = \(schedule.name)")
            guard let last else {
                try tx.execute(
                    """
                    INSERT INTO jobs_schedule (name, last_us) VALUES (\(schedule.name), \(now))
                    ON CONFLICT (name) DO NOTHING
                    """)
                return nil
            }
            guard let due = schedule.last(after: last, through: now) else { return nil }
            let isOurs = try tx.execute(
                "UPDATE jobs_schedule SET last_us = \(due) WHERE name = \(schedule.name) AND last_us < \(due)")
            guard isOurs == 1 else { return nil }
            let request = schedule.request(due)
            return (try queue.enqueue(request, in: tx).id, request.queue)
        }
    }

    /// When the next moment of any schedule is due.
    func next(after moment: Timestamp) -> Timestamp? { schedules.compactMap { $0.next(after: moment) }.min() }
}
