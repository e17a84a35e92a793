// How a piece of an upload is taken in.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import HTTPTypes

/// Where an upload stands after a request.
struct TusEnd: Sendable {
    var offset: Int64
    var expires: Timestamp
    var file: FileRecord?
}

extension TusService {
    /// How long a lock lasts without a sign of its holder.
    private var lockTime: Duration { desk.limits.idleTime + .seconds(30) }

    /// Takes a piece in, and everything that follows from the last one.
    func append(
        _ id: FileID, _ owner: String, at offset: Int64, length: Int64?, _ checksum: TusChecksum?, _ body: HTTPBody
    ) async throws(TusFault) -> TusEnd {
        let lock = try await lock(id, owner, at: offset, length: length, coming: body.length)
        if !lock.row.isOpen {
            return TusEnd(offset: lock.row.received, expires: lock.row.expires, file: lock.file)
        }
        let writer = TusWriter(desk, limits, lock.row, checksum: checksum, lockTime: lockTime, pieces: lock.pieces)
        do throws(StorageError) {
            let received = try await writer.take(body)
            guard let size = lock.row.declaredSize, received == size else {
                await writer.unlock()
                return TusEnd(offset: received, expires: lock.row.expires)
            }
            let file = try await desk.join(id, token: writer.token)
            return TusEnd(offset: received, expires: lock.row.expires, file: file)
        } catch {
            if error.code == .badType {
                await desk.giveUp(id, token: writer.token)
            } else {
                await writer.unlock()
            }
            throw TusFault(error)
        }
    }

    private struct Lock: Sendable {
        let row: UploadRow
        let pieces: Int
        var file: FileRecord?
    }

    /// Takes the lock when the piece fits where the upload stands.
    private func lock(
        _ id: FileID, _ owner: String, at offset: Int64, length: Int64?, coming: Int64?
    ) async throws(TusFault) -> Lock {
        let token = desk.token()
        let now = desk.clock.now
        let lease = now.advanced(by: lockTime)
        let limits = limits
        let desk = desk
        do {
            return try await desk.database.write { tx in
                guard try UploadStore.find(id, owner: owner, in: tx) != nil else { throw TusFault.missing }
                let spent = try UploadQuota.lock(owner, at: now, in: tx)
                guard var row = try UploadStore.lock(id, in: tx), row.way == .resumable else { throw TusFault.missing }
                guard !row.isOpen || row.expires > now else { throw TusFault.expired }
                guard row.token == nil || row.lease <= now else { throw TusFault.locked }
                guard offset == row.received else {
                    throw TusFault(409, .conflict, "The upload stands at \(row.received), not at \(offset).")
                }
                guard row.isOpen else {
                    return Lock(row: row, pieces: 0, file: try FileStore.find(id, in: tx))
                }
                let category = try desk.category(row.category)
                if let length {
                    try Self.fix(length, of: &row, category, spent: spent, desk.limits, at: now, in: tx)
                }
                let most = row.declaredSize ?? category.unknownBytesMax
                guard (coming ?? 0) <= most - row.received else { throw TusFault(UploadRequest.tooLarge(most)) }
                let pieces = try UploadStore.pieces(id, in: tx).last?.number ?? 0
                guard pieces < limits.piecesMax else {
                    throw TusFault(400, .badRequest, "The upload has too many pieces; begin again with larger ones.")
                }
                let open = try UploadQuota.open(owner, at: now, in: tx)
                guard open.active < desk.limits.activeMax else {
                    throw TusFault(429, .rateLimited, "Too many uploads at the same time; wait for one to end.")
                }
                row.token = token
                row.lease = lease
                try UploadStore.save(row, in: tx)
                return Lock(row: row, pieces: pieces)
            }
        } catch let fault as TusFault {
            throw fault
        } catch {
            throw TusFault(StorageError(any: error))
        }
    }

    /// Sets the length that was to come later, once.
    private static func fix(
        _ length: Int64, of row: inout UploadRow, _ category: UploadCategory, spent: Int64, _ limits: UploadLimits,
        at now: Timestamp, in tx: Transaction
    ) throws {
        if let known = row.declaredSize {
            guard known == length else {
                throw TusFault(400, .badRequest, "The upload has \(known) bytes; that cannot be changed.")
            }
            return
        }
        guard length <= category.bytesMax else { throw TusFault(UploadRequest.tooLarge(category.bytesMax)) }
        guard length >= max(row.received, 1) else {
            throw TusFault(400, .badRequest, "\(row.received) bytes came already, or the length is nought.")
        }
        let others = max(0, spent - row.reserved)
        guard length <= limits.dayBytesMax - others else {
            throw TusFault(429, .rateLimited, "The bytes of this day are used up; come back tomorrow (UTC).")
        }
        try UploadQuota.set(row.owner, bytes: others + length, at: now, in: tx)
        row.reserved = length
        row.declaredSize = length
    }
}
