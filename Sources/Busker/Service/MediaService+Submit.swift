// How work begins: a price, a hold and a job in one transaction.

public import BuskerCore
import BuskerDatabase
public import BuskerJobs
public import BuskerLedger
import BuskerStorage

extension MediaService {
    /// What an order would cost now, line by line; nothing is written but the length of the sound.
    ///
    /// - Throws: ``MediaError`` with `notFound`, `badFile`, `paymentRequired` for a file that is sold by itself, `badOptions`,
    ///   `priceChanged` when there is no price, or `unavailable`.
    public func quote(_ order: MediaOrder) async throws(MediaError) -> Quote {
        try order.check()
        let work = try work(order.work)
        let sound = try await facts(for: order, work)
        let usages = try work.estimate(sound, options: order.options)
        do throws(LedgerError) {
            return try await rooms.ledger.quote(usages, card: work.card(for: order.options), account: order.account)
        } catch {
            throw MediaError(any: error)
        }
    }

    /// Takes an order on: checks the file, sets its price aside and enqueues the job, all in one transaction.
    ///
    /// - Returns: the job; the one that the same key made before, whatever became of it.
    /// - Throws: ``MediaError`` with `notFound` for another's file, `badFile`, `paymentRequired` for a file that is sold by itself,
    ///   `badOptions`, `insufficientCredits` with the figures, `priceChanged` beyond `atMost`, `locked`, `conflict` for a key of
    ///   another order, or `unavailable`.
    public func submit(_ order: MediaOrder) async throws(MediaError) -> MediaJob {
        try order.check()
        let work = try work(order.work)
        if let known = try await known(order) { return known }
        let sound = try await facts(for: order, work)
        let usages = try work.estimate(sound, options: order.options)
        do throws(MediaError) {
            let job = try await writing { [self] tx in
                if let known = try known(order, in: tx) { return known }
                return try begin(order, work, sound, usages, in: tx)
            }
            queue.wake(settings.queue)
            return job
        } catch {
            // Another request with the same key was first; nothing of this one remains.
            guard (error.underlying as? DatabaseError)?.code == .uniqueViolation, let known = try await known(order)
            else { throw error }
            return known
        }
    }

    /// Begins a job afresh that failed or was cancelled, with a hold of its own at the price of the first time.
    ///
    /// - Throws: ``MediaError`` with `notFound`, `wrongState`, `badFile` when its file is gone, `insufficientCredits`, `locked`.
    public func retry(_ id: JobID, of owner: String) async throws(MediaError) -> MediaJob {
        let now = clock.now
        let job = try await writing { [self] tx in
            guard var entry = try MediaStore.lock(id, in: tx), entry.isSeen(by: owner) else { throw MediaError.noJob }
            try admit(entry.account, in: tx)
            let job = try queue.requeue(id, of: owner, in: tx)
            if let file = entry.file { try use(file, owner: owner, for: id, until: now, in: tx) }
            try hold(&entry, round: job.round, in: tx)
            try MediaStore.save(entry, in: tx)
            return try MediaView.job(entry, in: tx)
        }
        queue.wake(settings.queue)
        return job
    }

    private func known(_ order: MediaOrder) async throws(MediaError) -> MediaJob? {
        guard order.key != nil else { return nil }
        return try await reading { [self] tx in try known(order, in: tx) }
    }

    private func known(_ order: MediaOrder, in tx: ReadTransaction) throws -> MediaJob? {
        guard let key = order.key, let entry = try MediaStore.find(owner: order.owner, key: key, in: tx) else {
            return nil
        }
        guard entry.request == order.digest else {
            throw MediaError(.conflict, "The key was used for another order; take a new one.")
        }
        return try MediaView.job(entry, in: tx)
    }

    /// Sets the price of a round aside.
    func hold(_ entry: inout MediaEntry, round: Int, atMost: Amount? = nil, in tx: Transaction) throws {
        let order = try entry.priced("hold", round: round, atMost: atMost)
        let bill = try rooms.ledger.hold(order, timeToLive: settings.holdTime, in: tx)
        entry.hold = bill.receipt?.hold
        entry.money = entry.hold == nil ? .none : .held
        entry.charged = nil
    }

    /// Says that a job needs a file, which keeps it from being swept.
    func use(_ file: FileID, owner: String, for job: JobID, until now: Timestamp, in tx: Transaction) throws {
        let record = try FileStore.lock(file, owner: owner, in: tx)
        try Self.checkUsable(record)
        if try !isOutput(record, in: tx) { try FileStore.attach(file, to: "\(job)", in: tx) }
        try FileStore.touch(file, usedUntil: now.advanced(by: settings.holdTime), in: tx)
    }

    /// Whether a job made the file: then it stays with that job, whatever else works on it.
    private func isOutput(_ record: FileRecord, in tx: ReadTransaction) throws -> Bool {
        guard let subject = record.subject, let maker = try? JobID(parsing: subject),
            let entry = try MediaStore.find(maker, in: tx)
        else { return false }
        return entry.file != record.id
    }

    /// Refuses a file that is not there, and one that is sold by itself: whoever may have it downloads it.
    private static func checkUsable(_ record: FileRecord) throws(MediaError) {
        guard record.isReadable else { throw unreadable(record) }
        try checkFree(record)
    }

    static func unreadable(_ record: FileRecord) -> MediaError {
        switch record.state {
        case .quarantined: MediaError(.badFile, "The file was refused when it was looked at; upload another.")
        case .uploading, .received, .scanning:
            MediaError(.badFile, "The file has not been looked at yet; wait a moment.")
        default: MediaError(.badFile, "The file was deleted; upload it again.")
        }
    }
}

extension MediaService {
    /// The label under which the facts of a sound are kept with its file.
    static let soundTag = "sound"

    /// What is known of what an order works on.
    func facts(for order: MediaOrder, _ work: any Work) async throws(MediaError) -> SoundFacts {
        switch (order.file, work.needsFile) {
        case (let file?, true): return try await facts(of: file, owner: order.owner)
        case (nil, false): return .none
        case (nil, true): throw MediaError(.badFile, "The work \(work.kind) needs a file; upload one first.")
        case (_?, false): throw MediaError(.badFile, "The work \(work.kind) needs no file; order it without one.")
        }
    }

    /// What is known of a file's sound; it is measured once.
    func facts(of id: FileID, owner: String) async throws(MediaError) -> SoundFacts {
        let record = try await reading { tx in try FileStore.find(id, owner: owner, in: tx) }
        guard let record else { throw .noFile }
        try Self.checkUsable(record)
        if let text = record.tags[Self.soundTag], let sound = try? MediaCoding.sound(text) { return sound }
        let sound: SoundFacts
        do throws(StorageError) {
            sound = try await rooms.meter.measure(try await rooms.store.get(record.key, GetOptions()))
        } catch {
            throw error.code == .badType
                ? MediaError(.badFile, error.detail, underlying: error) : MediaError(any: error)
        }
        try await writing { tx in
            var file = try FileStore.lock(id, owner: owner, in: tx)
            file.tags[Self.soundTag] = MediaCoding.sound(sound)
            try FileStore.save(file, in: tx)
        }
        return sound
    }
}

extension MediaEntry {
    /// Whether a person sees the job: nobody sees another's, or one that was deleted.
    func isSeen(by owner: String?) -> Bool {
        deletedAt == nil && owner.map { self.owner.utf8.elementsEqual($0.utf8) } ?? true
    }
}
