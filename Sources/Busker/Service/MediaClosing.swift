// What becomes of the money when a job ends without a result.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerStorage

/// Frees what was set aside for a job that failed or was cancelled, in the transaction in which it ends; so too for one that was done
/// after its owner had deleted it, before its worker could hear of that.
struct MediaClosing: Sendable {
    let ledger: Ledger
    let clock: any WallClock

    func close(_ end: JobEnd, in tx: Transaction) throws {
        let job = end.job
        guard var entry = try MediaStore.lock(job.id, in: tx), job.state != .completed || entry.deletedAt != nil else {
            return
        }
        let now = clock.now
        if entry.money == .held, let hold = entry.hold {
            try release(hold, of: entry, round: job.round, in: tx)
            entry.money = .released
            try MediaStore.save(entry, in: tx)
        }
        try MediaShelf.clear(of: job.id, in: tx)
        if let file = entry.file { try finish(file, at: now, in: tx) }
    }

    /// Frees a hold; one whose time was over is free already.
    private func release(
        _ hold: HoldID, of entry: MediaEntry, round: Int, in tx: Transaction
    ) throws(LedgerError) {
        let key = try IdempotencyKey("\(entry.id):\(round):release")
        do throws(LedgerError) {
            _ = try ledger.release(hold, job: "\(entry.id)", key: key, in: tx)
        } catch {
            guard error.code == .holdExpired || error.code == .holdClosed else { throw error }
        }
    }

    /// Says that the work on a file is over, from which its time is counted.
    private func finish(_ file: FileID, at now: Timestamp, in tx: Transaction) throws {
        guard let record = try FileStore.find(file, in: tx), record.isReadable else { return }
        try FileStore.touch(file, finished: now, in: tx)
    }
}
