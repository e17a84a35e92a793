// Jobs as their owner sees them.

public import BuskerCore
import BuskerDatabase
public import BuskerJobs
public import BuskerStorage

extension MediaService {
    /// A job; of nobody else when an owner is named.
    ///
    /// - Throws: ``MediaError`` with `notFound`, also when it is another's or was deleted.
    public func job(_ id: JobID, of owner: String?) async throws(MediaError) -> MediaJob {
        try await reading { tx in try MediaView.job(id, of: owner, in: tx) }
    }

    /// Jobs, the newest first; a page may have fewer than were asked for although another follows, where jobs were deleted.
    ///
    /// - Parameters:
    ///   - owner: whose; everybody's when there is none.
    ///   - state: only those in this state.
    ///   - page: which page.
    /// - Throws: ``MediaError`` with `badCursor`.
    public func jobs(
        of owner: String?, state: JobState? = nil, page: PageRequest = PageRequest()
    ) async throws(MediaError) -> Page<MediaJob> {
        let found: Page<Job>
        do throws(JobError) {
            found = try await queue.jobs(
                JobFilter(owner: owner, state: state, queue: settings.queue), page: page)
        } catch {
            throw MediaError(any: error)
        }
        let jobs = try await reading { tx in
            try found.items.compactMap { job -> MediaJob? in
                guard let entry = try MediaStore.find(job.id, in: tx), entry.isSeen(by: owner) else { return nil }
                return try MediaView.job(entry, job, in: tx)
            }
        }
        return Page(items: jobs, next: found.next)
    }

    /// Says that the owner does not want a job any more: one that waits ends at once, one that runs is told to stop.
    ///
    /// - Throws: ``MediaError`` with `notFound`.
    @discardableResult
    public func cancel(_ id: JobID, of owner: String) async throws(MediaError) -> MediaJob {
        _ = try await job(id, of: owner)
        do throws(JobError) {
            try await queue.cancel(id, of: owner)
        } catch {
            throw MediaError(any: error)
        }
        return try await job(id, of: owner)
    }

    /// Deletes a job with all that came of it; one that has not ended is cancelled first.
    ///
    /// The file it worked on stays. What was paid stays paid. Nobody reads the outputs from now on; retention deletes their bytes.
    /// - Throws: ``MediaError`` with `notFound`; `wrongState` for an output under a legal hold.
    public func delete(_ id: JobID, of owner: String) async throws(MediaError) {
        let before = try await cancel(id, of: owner)
        try await writing { [clock] tx in
            guard var entry = try MediaStore.lock(id, in: tx), entry.isSeen(by: owner) else { throw MediaError.noJob }
            // Read under the lock, so that a job that was done first also ended first.
            let now = clock.now
            entry.deletedAt = now
            try MediaStore.save(entry, in: tx)
            for file in try MediaView.outputs(before.id, of: entry, in: tx) {
                try FileStore.delete(file.id, at: now, in: tx)
            }
        }
    }

    /// Deletes a file that its owner uploaded.
    ///
    /// - Throws: ``MediaError`` with `notFound`, or `wrongState` while a job works on it.
    public func deleteUpload(_ id: FileID, of owner: String) async throws(MediaError) {
        let now = clock.now
        try await writing { tx in
            let file = try FileStore.lock(id, owner: owner, in: tx)
            guard file.times.deleted == nil, file.state != .gone else { throw MediaError.noFile }
            guard try !MediaStore.isUsed(id, in: tx) else {
                throw MediaError(.wrongState, "A job works on the file; cancel it first.")
            }
            try FileStore.delete(id, at: now, in: tx)
        }
    }

    /// What happens to a job from now on, until it ends.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - owner: whose it must be.
    ///   - version: the last state that was seen, zero for none.
    ///   - clock: what waits, such as `ContinuousClock()`.
    /// - Throws: ``MediaError`` with `notFound`.
    public func events(
        of id: JobID, owner: String, after version: Int64 = 0, clock: any Clock<Duration>
    ) async throws(MediaError) -> JobEvents {
        _ = try await job(id, of: owner)
        return queue.events(of: id, owner: owner, after: version, clock: clock)
    }

    /// How far a job is; callers that ask at the same time share one snapshot, which begins after each of them asked.
    ///
    /// - Throws: ``MediaError`` with `notFound`, also when it is another's or was deleted.
    public func status(_ id: JobID, of owner: String?) async throws(MediaError) -> MediaStatus {
        try await looks.status(of: id, owner: owner, in: database)
    }

    /// How many jobs wait before this one, at most 1,000; nothing when it does not wait.
    ///
    /// - Throws: ``MediaError`` with `databaseFailed`.
    public func waiting(before job: MediaJob) async throws(MediaError) -> Int? {
        guard job.job.state == .pending else { return nil }
        return try await reading { tx in try JobQueue.waiting(before: job.job, in: tx) }
    }
}

/// Puts together what several rooms know of a job.
enum MediaView {
    static func job(_ id: JobID, of owner: String?, in tx: ReadTransaction) throws -> MediaJob {
        guard let entry = try MediaStore.find(id, in: tx), entry.isSeen(by: owner) else { throw MediaError.noJob }
        return try job(entry, in: tx)
    }

    static func job(_ entry: MediaEntry, in tx: ReadTransaction) throws -> MediaJob {
        guard let job = try JobQueue.job(entry.id, in: tx) else { throw MediaError.noJob }
        return try self.job(entry, job, in: tx)
    }

    static func job(_ entry: MediaEntry, _ job: Job, in tx: ReadTransaction) throws -> MediaJob {
        MediaJob(
            job: job, owner: entry.owner, account: entry.account, work: entry.work, options: entry.options,
            file: entry.file, cost: entry.cost, charged: entry.charged, money: entry.money,
            outputs: job.state == .completed ? try outputs(entry.id, of: entry, in: tx) : [])
    }

    /// The label that says where an output stands among the outputs of its job.
    static let placeTag = "place"

    /// The files that came of a job, in the order of the work.
    static func outputs(_ id: JobID, of entry: MediaEntry, in tx: ReadTransaction) throws -> [FileRecord] {
        let besides: SQL = entry.file.map { "AND id <> \($0)" } ?? ""
        return try FileStore.rows(
            """
            subject = \("\(id)") AND owner = \(entry.owner) \(besides) AND state = 'accepted'
            AND deleted_us IS NULL ORDER BY id
            """, in: tx
        ).sorted { place($0) < place($1) }
    }

    private static func place(_ file: FileRecord) -> Int { file.tags[placeTag].flatMap { Int($0) } ?? .max }
}
