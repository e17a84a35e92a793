// How an upload begins and how it is given up.

import BuskerCore
import BuskerDatabase

/// What the first transaction of an upload found.
enum UploadBeginning: Sendable {
    /// The rows of a new upload, whose first byte may come.
    case new(UploadRow, FileRecord)
    /// The file that came under the same key before.
    case known(FileRecord)
}

extension UploadDesk {
    /// Writes the rows of an upload before its first byte.
    func begin(
        _ request: UploadRequest, way: UploadWay, metadata: String? = nil, sizeIsDeferred: Bool = false,
        lives: Duration? = nil
    ) async throws(StorageError) -> UploadBeginning {
        try request.check()
        let now = clock.now
        let token = way == .stream ? token() : nil
        let lease = way == .stream ? now.advanced(by: limits.leaseTime) : now
        let over = now.advanced(by: way == .stream ? limits.totalTime + .seconds(60) : lives ?? limits.resumeTime)
        let id = ids.make(FileKind.self)
        let key = try ObjectKey("incoming/\(id)")
        let row = UploadRow(
            id: id, owner: request.owner, key: request.key, category: request.category.name, way: way,
            declaredType: request.contentType, declaredSize: request.size, sha256: request.sha256,
            reserved: sizeIsDeferred ? request.category.unknownBytesMax : request.bytesMax, token: token, lease: lease,
            expires: over, metadata: metadata)
        var times = FileTimes(created: now)
        times.expires = row.expires
        let type = try request.category.promised(declared: request.contentType, name: DisplayName(request.name))
        let file = FileRecord(
            id: id, owner: request.owner, kind: request.kind, subject: request.subject,
            name: DisplayName(request.name).text, contentType: type?.name ?? "application/octet-stream", key: key,
            size: request.size, tags: request.tags, times: times)
        let limits = limits
        let (beginning, dead) = try await write { tx in
            let spent = try UploadQuota.lock(row.owner, at: now, in: tx)
            let (known, dead, freed) = try Self.find(row, at: now, in: tx)
            if let known { return (UploadBeginning.known(known), dead) }
            try Self.admit(row, spent: spent - freed, limits, at: now, in: tx)
            try FileStore.insert(file, in: tx)
            try UploadStore.insert(row, in: tx)
            return (.new(row, file), dead)
        }
        if let dead { await clear(dead) }
        return beginning
    }

    /// The file that came under the key; or the attempt that died under it, with the bytes that it had reserved.
    private static func find(
        _ row: UploadRow, at now: Timestamp, in tx: Transaction
    ) throws -> (known: FileRecord?, dead: UploadRow?, freed: Int64) {
        guard let key = row.key, let old = try UploadStore.lock(owner: row.owner, key: key, in: tx) else {
            return (nil, nil, 0)
        }
        guard old.isOpen else {
            let file = try FileStore.find(old.id, in: tx)
            if let file, file.state != .tombstoned, file.state != .gone { return (file, nil, 0) }
            try UploadStore.delete(old.id, in: tx)
            return (nil, nil, 0)
        }
        guard old.way == row.way, old.lease <= now, row.way == .stream else {
            throw StorageError(.conflict, "An upload under this key is under way; wait for it or use another key.")
        }
        try bury(old, in: tx)
        return (nil, old, old.reserved)
    }

    private static func admit(
        _ row: UploadRow, spent: Int64, _ limits: UploadLimits, at now: Timestamp, in tx: Transaction
    ) throws {
        let open = try UploadQuota.open(row.owner, at: now, in: tx)
        guard open.active < limits.activeMax || row.lease <= now, open.pending < limits.pendingMax else {
            throw StorageError(.rateLimited, "Too many uploads at the same time; end one first.")
        }
        guard row.reserved <= limits.dayBytesMax - spent else {
            throw StorageError(.rateLimited, "The bytes of this day are used up; come back tomorrow (UTC).")
        }
        try UploadQuota.set(row.owner, bytes: spent + row.reserved, at: now, in: tx)
    }

    /// Says again and again that an upload is under way, until its task is cancelled.
    func keep(_ upload: UploadRow) async {
        while (try? await timer.sleep(for: limits.leaseTime / 3)) != nil {
            let until = clock.now.advanced(by: limits.leaseTime)
            _ = try? await database.write { tx in
                try UploadStore.renew(upload.id, token: upload.token, until: until, in: tx)
            }
        }
    }

    /// Gives an upload up that nobody will finish: its rows first, then its bytes.
    ///
    /// With a token only when nobody else has taken it over; what is received already stays.
    func giveUp(_ id: FileID, token: [UInt8]?, received: Int64? = nil) async {
        let now = clock.now
        await shielded { [self] in
            do {
                let dead = try await database.write { tx -> UploadRow? in
                    guard let owner = try UploadStore.find(id, in: tx)?.owner else { return nil }
                    let spent = try UploadQuota.lock(owner, at: now, in: tx)
                    guard let row = try UploadStore.lock(id, in: tx), row.isOpen, row.token == token else { return nil }
                    try Self.bury(row, in: tx)
                    try UploadQuota.set(
                        owner, bytes: spent - max(0, row.reserved - (received ?? row.received)), at: now, in: tx)
                    return row
                }
                if let dead {
                    await clear(dead)
                } else {
                    try await clearLate(id)
                }
            } catch {
                return  // The sweep finds it when its time is over.
            }
        }
    }

    /// Sets the tombstone and forgets the upload; bytes may be deleted once this is committed.
    static func bury(_ row: UploadRow, in tx: Transaction) throws {
        let file = try FileStore.lock(row.id, in: tx)
        if file.state != .tombstoned, file.state != .gone {
            try FileStore.save(FileMachine.apply(.tombstone, to: file), in: tx)
        }
        try UploadStore.delete(row.id, in: tx)
    }

    /// Deletes the bytes of an upload whose tombstone is set; what cannot be deleted now is left to the sweeper of tombstones.
    func clear(_ row: UploadRow) async {
        do {
            let file = try await database.read { tx in try FileStore.find(row.id, in: tx) }
            guard let file, file.state == .tombstoned else { return }
            if let parts = row.parts {
                try await store.resumeMultipart(file.key, upload: parts, PutOptions()).abort()
            }
            try await deletePieces(of: row.id)
            let deletions = try await store.delete([file.key])
            guard deletions.allSatisfy({ $0.failure == nil }) else { return }
            _ = try await database.write { tx in
                try FileStore.save(FileMachine.apply(.vanish, to: FileStore.lock(row.id, in: tx)), in: tx)
            }
        } catch {
            return
        }
    }

    /// Deletes what a sender wrote that was believed dead, after its file was buried; the key was this attempt's alone.
    private func clearLate(_ id: FileID) async throws {
        let file = try await database.read { tx in try FileStore.find(id, in: tx) }
        guard let file, file.state == .tombstoned || file.state == .gone else { return }
        _ = try await store.delete([file.key])
    }

    /// Deletes the objects of pieces, named by their prefix, so that those are found too whose rows were never written.
    func deletePieces(of id: FileID) async throws(StorageError) {
        while true {
            let page = try await store.list(ListRequest(prefix: Self.piecePrefix(id), limit: 1000))
            guard !page.objects.isEmpty else { return }
            let deletions = try await store.delete(page.objects.map(\.key))
            if let failure = deletions.first(where: { $0.failure != nil })?.failure { throw failure }
        }
    }

    static func piecePrefix(_ id: FileID) -> String { "incoming/\(id).parts/" }

    /// The upload whose piece a key is; nothing for other keys.
    static func owner(ofPiece key: String) -> FileID? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "incoming", parts[1].hasSuffix(".parts") else { return nil }
        return try? FileID(parsing: String(parts[1].dropLast(6)))
    }

    static func pieceKey(_ id: FileID, _ piece: UploadPiece) throws(StorageError) -> ObjectKey {
        try ObjectKey("\(piecePrefix(id))\(piece.number)-\(Hexadecimal.text(piece.token))")
    }
}
