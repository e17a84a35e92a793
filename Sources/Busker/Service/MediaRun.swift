// The steps of one attempt at a job of the service.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerStorage
import Logging

/// Does the jobs of one kind of work.
struct MediaRun: JobHandler {
    let service: MediaService
    let work: any Work

    var kind: String { work.kind }

    func run(_ context: JobContext) async throws -> JobOutcome {
        let entry = try await begin(context.job)
        let folder = try await WorkFolder(in: service.settings.workFolder, for: context.job.id, ids: service.ids)
        let result = await attempt(context, entry, folder)
        await folder.remove()
        switch result {
        case .success(let outcome): return outcome
        case .failure(let error): throw Self.fault(error)
        }
    }

    private func attempt(
        _ context: JobContext, _ entry: MediaEntry, _ folder: WorkFolder
    ) async -> Result<JobOutcome, any Error> {
        do {
            return .success(try await service.attempt(self, context, entry, folder))
        } catch {
            return .failure(error)
        }
    }

    static func task(
        _ entry: MediaEntry, _ folder: WorkFolder, _ input: String?, _ context: JobContext
    ) -> WorkTask {
        let report: @Sendable (Double, String) -> Void = { share, stage in
            // What is stored afterwards is the last hundredth.
            let share = share > 0 ? min(share, 1) : 0  // what is no number is no progress
            context.report(JobProgress(millionths: Int64(share * 990_000), stage: stage))
        }
        return WorkTask(
            job: entry.id, folder: folder.path, input: input, sound: entry.sound, options: entry.options, report: report
        )
    }

    /// What the attempt works on; sees to it that the credit is set aside until the attempt is over.
    private func begin(_ job: Job) async throws -> MediaEntry {
        let service = service
        return try await service.database.write { tx in try service.begin(job, in: tx) }
    }

    /// Brings the sound into the folder, whole and unchanged, where there is one.
    func fetch(_ entry: MediaEntry, into folder: WorkFolder) async throws -> String? {
        guard let file = entry.file else { return nil }
        let record = try await service.database.read { tx in try FileStore.find(file, in: tx) }
        guard let record, record.isReadable else {
            throw WorkFault(.storeFailed, "The file was deleted before the work began.", isFinal: true)
        }
        let content = try await service.rooms.store.get(record.key, GetOptions())
        let (path, hash) = try await folder.write(content.body, as: "input")
        guard hash == record.sha256 else {
            throw WorkFault(
                .storeFailed, "The stored file is not what was uploaded; it will be tried again.", isFinal: false)
        }
        return path
    }

    /// What a thrown error says to the owner of the job.
    private static func fault(_ error: any Error) -> any Error {
        switch error {
        case let fault as WorkFault: JobFault(fault.description, isFinal: fault.isFinal)
        case let error as StorageError: JobFault("\(WorkFault.Code.storeFailed): \(error.detail)")
        case let error as MediaError: JobFault("\(error.code): \(error.detail)", isFinal: true)
        case let error as LedgerError:
            JobFault(
                "\(error.code == .insufficient ? .insufficientCredits : WorkFault.Code.failed): \(error.detail)",
                isFinal: error.code == .insufficient)
        default: error
        }
    }
}

extension MediaService {
    fileprivate func begin(_ job: Job, in tx: Transaction) throws -> MediaEntry {
        let over = clock.now.advanced(by: job.timeLimit).advanced(by: .seconds(600))
        guard var entry = try MediaStore.lock(job.id, in: tx) else {
            throw JobFault("failed: The service does not know the job.", isFinal: true)
        }
        if entry.money == .held, let id = entry.hold, let hold = try rooms.ledger.hold(id, in: tx),
            hold.state != .active || hold.expiresAt < over
        {
            try renew(&entry, job, hold, in: tx)
        }
        if let file = entry.file { try FileStore.touch(file, usedUntil: over, in: tx) }
        return entry
    }

    /// Sets the price of a round aside anew whose hold is over, or would be before the attempt is.
    fileprivate func renew(_ entry: inout MediaEntry, _ job: Job, _ hold: HoldRecord, in tx: Transaction) throws {
        if hold.state == .active {
            try rooms.ledger.release(
                hold.id, job: "\(entry.id)", key: try IdempotencyKey("\(hold.id):renew"), in: tx)
        }
        var order = try entry.priced("hold", round: job.round)
        order.key = try IdempotencyKey("\(hold.id):again")
        let bill = try rooms.ledger.hold(order, timeToLive: settings.holdTime, in: tx)
        entry.hold = bill.receipt?.hold
        entry.money = entry.hold == nil ? .none : .held
        try MediaStore.save(entry, in: tx)
    }
}

extension MediaService {
    /// Spends the hold for what was really used, or charges the account where there is no hold.
    ///
    /// What was really used may cost more than was held: the account pays that too. Where it cannot, it pays what it was told.
    func pay(
        _ entry: MediaEntry, _ job: Job, for usages: [Usage]?, in tx: Transaction
    ) throws -> Amount {
        guard let usages, usages != entry.usages else { return try spend(entry, job, nil, in: tx) }
        switch Result(catching: { () throws(LedgerError) in try spend(entry, job, usages, in: tx) }) {
        case .success(let amount): return amount
        case .failure(let error):
            guard error.code == .insufficient else { throw error }
            log.warning("A job costs more than its account has", metadata: ["job": "\(job.id)"])
            return try spend(entry, job, nil, in: tx)
        }
    }

    private func spend(
        _ entry: MediaEntry, _ job: Job, _ usages: [Usage]?, in tx: Transaction
    ) throws(LedgerError) -> Amount {
        let ledger = rooms.ledger
        let charge = try entry.priced("charge", round: job.round, usages: usages)
        guard let hold = entry.hold else { return try ledger.charge(charge, in: tx).amount }
        let verb = usages == nil ? "capture" : "capture-used"
        let capture = try entry.priced(verb, round: job.round, usages: usages)
        switch Result(catching: { () throws(LedgerError) in try ledger.capture(hold, for: capture, in: tx).amount }) {
        case .success(let amount): return amount
        case .failure(let error):
            // A hold that ended on its own pays nothing any more: then the account does.
            guard error.code == .holdExpired || error.code == .holdClosed else { throw error }
            return try ledger.charge(charge, in: tx).amount
        }
    }

    /// Makes an output readable whose bytes were stored and hashed before; what is sold by itself is not paid with the work.
    func appear(_ id: FileID, at now: Timestamp, in tx: Transaction) throws {
        var file = try FileMachine.apply(.receive, to: try FileStore.lock(id, in: tx))
        file.times.received = now
        file.times.expires = nil
        file.times.finished = now
        if file.tags[MediaShelf.soldTag] == nil {
            file.times.paid = now
            file.payment = .paid
        }
        file = try FileStore.save(file, in: tx)
        try FileStore.save(try FileMachine.apply(.vouch, to: file), in: tx)
    }
}
