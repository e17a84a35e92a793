// What is done for uploads when nobody asks.

public import BuskerCore
import BuskerDatabase

/// What a sweep did.
public struct UploadSweep: Sendable, Hashable {
    /// Uploads given up because their time was over.
    public var given = 0
    /// Uploads put together whose last request could not.
    public var joined = 0
    /// Files looked at, whose look had not begun or had not ended.
    public var scanned = 0
    /// Uploads forgotten because they ended long ago; their files stay.
    public var forgotten = 0
}

extension UploadDesk {
    /// Gives up uploads whose time is over, looks at files that nobody looked at, forgets old keys; safe to run anywhere, often.
    ///
    /// - Parameters:
    ///   - limit: how many of each.
    ///   - remembered: how long the key of an upload that ended answers its file.
    /// - Throws: ``StorageError`` with `databaseFailed`.
    @discardableResult
    public func sweep(limit: Int = 100, remembered: Duration = .seconds(30 * 86_400)) async throws(StorageError)
        -> UploadSweep
    {
        let now = clock.now
        var sweep = UploadSweep()
        for id in try await read({ tx in try UploadStore.expired(limit, at: now, in: tx) }) {
            let token = try await read { tx in try UploadStore.find(id, in: tx).map { ($0.isOpen, $0.token, $0.lease) }
            }
            guard let (isOpen, token, lease) = token, isOpen, lease <= now else { continue }
            await giveUp(id, token: token)
            sweep.given += 1
        }
        for id in try await read({ tx in try UploadStore.whole(limit, at: now, in: tx) }) {
            if try await joinLate(id, at: now) { sweep.joined += 1 }
        }
        for id in try await read({ tx in try UploadStore.unseen(limit, at: now, in: tx) }) {
            do throws(StorageError) {
                try await scan(id)
                sweep.scanned += 1
            } catch {
                guard error.code == .conflict || error.code == .badState || error.code == .notFound else { throw error }
            }
        }
        let before = now.advanced(by: .zero - remembered)
        sweep.forgotten = try await write { tx in try UploadStore.prune(limit, before: before, in: tx) }
        return sweep
    }

    /// Puts an upload together whose last request could not, unless somebody does.
    private func joinLate(_ id: FileID, at now: Timestamp) async throws(StorageError) -> Bool {
        let token = token()
        let isOurs = try await write { [limits] tx in
            guard var row = try UploadStore.lock(id, in: tx), row.isOpen, row.lease <= now else { return false }
            row.token = token
            row.lease = now.advanced(by: limits.totalTime)
            try UploadStore.save(row, in: tx)
            return true
        }
        guard isOurs else { return false }
        do throws(StorageError) {
            _ = try await join(id, token: token)
            return true
        } catch {
            // Another digest may be one bad answer of the store; an upload that stays so ends with its time.
            if error.code == .badType {
                await giveUp(id, token: token)
            } else {
                await release(id, token: token)
            }
            return false
        }
    }

    /// Ends an upload of this owner that has not ended.
    ///
    /// - Throws: ``StorageError`` with `notFound`, `badState` when all of it came already, `conflict` while bytes come.
    public func abort(_ id: FileID, owner: String) async throws(StorageError) {
        let now = clock.now
        let row = try await read { tx in try UploadStore.find(id, owner: owner, in: tx) }
        guard let row else { throw StorageError.noFile }
        guard row.isOpen else { throw StorageError(.badState, "All of the upload came already; delete the file.") }
        guard row.lease <= now else {
            throw StorageError(.conflict, "Bytes of the upload are coming; try again later.")
        }
        await giveUp(id, token: row.token)
    }
}
