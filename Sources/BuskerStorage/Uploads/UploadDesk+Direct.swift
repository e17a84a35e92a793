// Uploads that go straight into the store.

public import BuskerCore
import BuskerDatabase
import BuskerHTTP

extension UploadDesk {
    /// How long after the end of its address an upload may still be promoted.
    private static let grace: Duration = .seconds(3600)

    /// Signs an address for one content, whose length and hash are known; see ``promote(_:owner:)``.
    ///
    /// The key is this host's. The store refuses another length, type or hash, and a second content, as far as it checks what
    /// is signed; promotion checks all of it again.
    /// - Throws: ``StorageError`` with `badRequest` without length and hash, `unsupported` where the store has no addresses,
    ///   and as ``upload(_:_:looksAtOnce:progress:)``.
    public func ticket(_ request: UploadRequest, lives: PresignExpiry = .quarterHour) async throws(StorageError)
        -> UploadTicket
    {
        let (row, file) = try await beginDirect(request, .direct, lives)
        do throws(StorageError) {
            let binding = PresignBinding(
                contentType: file.contentType, exactLength: row.declaredSize, createOnly: true,
                sha256: row.sha256?.bytes)
            let address = try store.presign(.put, file.key, PresignOptions(expires: lives, binding: binding))
            return UploadTicket(
                file: file.id, address: address, expires: file.times.created.advanced(by: .seconds(lives.seconds)))
        } catch {
            await giveUp(row.id, token: nil)
            throw error
        }
    }

    /// Begins an upload in parts; see ``partAddress(_:number:owner:)`` and ``promote(_:owner:)``.
    ///
    /// - Throws: ``StorageError`` as ``ticket(_:lives:)``.
    public func partsTicket(_ request: UploadRequest, lives: PresignExpiry = .quarterHour) async throws(StorageError)
        -> UploadPartsTicket
    {
        let (row, file) = try await beginDirect(request, .directParts, lives)
        do throws(StorageError) {
            let size = try PartSize(objectOf: row.declaredSize ?? 0)
            let options = PutOptions(mode: .create, contentType: file.contentType)
            let upload = try await store.beginMultipart(file.key, options)
            try await write { tx in
                guard var row = try UploadStore.lock(row.id, in: tx), row.isOpen else { throw Self.lost }
                row.parts = upload.upload
                try UploadStore.save(row, in: tx)
            }
            return UploadPartsTicket(
                file: file.id, partSize: size.bytes, parts: Int(size.count),
                expires: file.times.created.advanced(by: .seconds(lives.seconds)))
        } catch {
            await giveUp(row.id, token: nil)
            throw error
        }
    }

    /// Signs the address of one part, bound to its exact length.
    ///
    /// The key, the store's name of the upload and the time limit are those of the rows, never the client's.
    /// - Throws: ``StorageError`` with `notFound`, `badState` when the time is over, `badRequest` for a part that the upload has
    ///   not.
    public func partAddress(_ id: FileID, number: Int, owner: String) async throws(StorageError) -> PresignedRequest {
        let (row, file) = try await read { tx in
            (try UploadStore.find(id, owner: owner, in: tx), try FileStore.find(id, owner: owner, in: tx))
        }
        guard let row, let file, let parts = row.parts, row.way == .directParts else { throw StorageError.noFile }
        let left = clock.now.microseconds(until: row.expires) / 1_000_000 - Self.grace.components.seconds
        guard row.isOpen, left > 0 else {
            throw StorageError(.badState, "The time of the upload is over; begin another.")
        }
        let total = row.declaredSize ?? 0
        let size = try PartSize(objectOf: total)
        guard let range = size.range(of: Int64(number), in: total) else {
            throw StorageError(.badRequest, "The upload has the parts 1 to \(size.count).")
        }
        let expires = try PresignExpiry(seconds: min(left, PresignExpiry.quarterHour.seconds))
        return try store.presign(
            .part(upload: parts, number: number), file.key,
            PresignOptions(expires: expires, binding: PresignBinding(exactLength: Int64(range.count))))
    }

    /// Takes in what was put at the address of a ticket: looks whether it is there, at its first bytes, at every
    /// byte's hash, and has it looked at like every upload.
    ///
    /// Repeat it when the store was out of reach.
    ///
    /// - Returns: the file, accepted or quarantined; also when it was promoted before.
    /// - Throws: ``StorageError`` with `notFound`, `badState` while nothing is there yet, `conflict` while it is being promoted,
    ///   `badLength`, `badType` or `badDigest` when it is not what was promised, which gives it up; or what the store says.
    public func promote(_ id: FileID, owner: String) async throws(StorageError) -> FileRecord {
        let token = token()
        let now = clock.now
        let until = now.advanced(by: limits.totalTime + .seconds(60))
        let (row, file) = try await write { tx in
            guard try UploadStore.find(id, owner: owner, in: tx) != nil,
                var row = try UploadStore.lock(id, in: tx), row.way == .direct || row.way == .directParts
            else { throw StorageError.noFile }
            let file = try FileStore.lock(id, in: tx)
            guard row.isOpen else { return (row, file) }
            guard row.token == nil || row.lease <= now else {
                throw StorageError(.conflict, "The upload is being promoted already.")
            }
            row.token = token
            row.lease = until
            try UploadStore.save(row, in: tx)
            return (row, file)
        }
        guard row.isOpen else { return file }
        do throws(StorageError) {
            let intake = try await verify(row, file)
            guard let type = intake.type else { throw StorageError(.badState, "Nobody looked at the first bytes.") }
            let received = try await receive(
                id, token: token, type: type.name, size: intake.count, sha256: intake.hash)
            return try await scan(received.id)
        } catch {
            if [.badLength, .badType, .badDigest].contains(error.code) {
                await giveUp(id, token: token)
            } else {
                await release(id, token: token)
            }
            throw error
        }
    }

    private func beginDirect(
        _ request: UploadRequest, _ way: UploadWay, _ lives: PresignExpiry
    ) async throws(StorageError) -> (UploadRow, FileRecord) {
        guard request.size != nil, request.sha256 != nil else {
            throw StorageError(.badRequest, "An upload past this host needs its length and its SHA-256.")
        }
        guard Duration.seconds(lives.seconds) <= limits.resumeTime else {
            throw StorageError(.badExpiry, "The address would live longer than an upload may wait.")
        }
        let begun = try await begin(request, way: way, lives: .seconds(lives.seconds) + Self.grace)
        guard case .new(let row, let file) = begun else {
            throw StorageError(.alreadyExists, "A content was uploaded under this key; use a new key for a new upload.")
        }
        return (row, file)
    }

    /// Reads what is there as if it came through this host.
    private func verify(_ row: UploadRow, _ file: FileRecord) async throws(StorageError) -> UploadIntake {
        if row.way == .directParts { try await complete(row, file) }
        switch await store.head(file.key) {
        case .absent: throw StorageError(.badState, "Nothing was put at the address yet.")
        case .unknown(let cause): throw cause
        case .present(let info):
            guard info.size == row.declaredSize else {
                throw StorageError(.badLength, "\(info.size) bytes are there instead of \(row.declaredSize ?? 0).")
            }
        }
        let request = UploadRequest(
            owner: row.owner, category: try category(row.category), name: file.name, contentType: row.declaredType,
            size: row.declaredSize, sha256: row.sha256)
        let front = try await store.get(file.key, GetOptions(range: .bytes(0..<Int64(MediaSniffer.bytesMax))))
        let head = try await Self.collect(front.body, upTo: MediaSniffer.bytesMax)
        _ = try request.category.check(head: head, declared: row.declaredType, name: DisplayName(file.name))
        let intake = UploadIntake(request) { _ in }
        let content = try await store.get(file.key, GetOptions(ifMatch: front.info.entityTag))
        try await content.body.eachPiece { piece throws(StorageError) in _ = try intake.take(piece) }
        _ = try intake.end()
        return intake
    }

    private static func collect(_ body: HTTPBody, upTo most: Int) async throws(StorageError) -> [UInt8] {
        var bytes: [UInt8] = []
        try await body.eachPiece { piece throws(StorageError) in bytes += piece.prefix(max(0, most - bytes.count)) }
        return bytes
    }

    /// Makes one object of the parts, unless that was done before.
    private func complete(_ row: UploadRow, _ file: FileRecord) async throws(StorageError) {
        guard let name = row.parts else { throw StorageError(.badState, "The upload in parts was never begun.") }
        let upload = try store.resumeMultipart(
            file.key, upload: name, PutOptions(mode: .create, contentType: file.contentType))
        let parts: [UploadPart]
        do throws(StorageError) { parts = try await upload.parts() } catch {
            guard error.code == .notFound, case .present = await store.head(file.key) else { throw error }
            return
        }
        let size = try PartSize(objectOf: row.declaredSize ?? 0)
        guard parts.map(\.number) == Array(1...Int(size.count)) else {
            throw StorageError(.badState, "\(parts.count) of \(size.count) parts are there; put the others first.")
        }
        guard parts.reduce(0, { $0 + $1.size }) == row.declaredSize else {
            throw StorageError(.badLength, "The parts have other lengths than were promised.")
        }
        _ = try await upload.complete(parts)
    }

    /// Gives the lock of an upload back, if it is still held.
    func release(_ id: FileID, token: [UInt8]) async {
        let now = clock.now
        await shielded { [self] in
            do {
                try await database.write { tx in
                    guard var row = try UploadStore.lock(id, in: tx), row.isOpen, row.token == token else { return }
                    row.token = nil
                    row.lease = now
                    try UploadStore.save(row, in: tx)
                }
            } catch {
                return  // The lease ends by itself.
            }
        }
    }
}
