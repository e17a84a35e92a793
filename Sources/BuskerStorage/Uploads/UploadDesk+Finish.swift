// What becomes of an upload whose bytes are there.

public import BuskerCore
import BuskerDatabase
import BuskerHTTP

extension UploadDesk {
    /// Notes that all bytes of a stream are there.
    func receive(_ upload: UploadRow, _ intake: UploadIntake) async throws(StorageError) -> FileRecord {
        guard let type = intake.type else { throw StorageError(.badState, "Nobody looked at the first bytes.") }
        return try await receive(
            upload.id, token: upload.token, type: type.name, size: intake.count, sha256: intake.hash)
    }

    /// Notes that all bytes are there, unless somebody else took the upload over or gave it up.
    func receive(
        _ id: FileID, token: [UInt8]?, type: String, size: Int64, sha256: ContentHash
    ) async throws(StorageError) -> FileRecord {
        let now = clock.now
        return try await write { tx in
            guard let owner = try UploadStore.find(id, in: tx)?.owner else { throw Self.lost }
            let spent = try UploadQuota.lock(owner, at: now, in: tx)
            guard var row = try UploadStore.lock(id, in: tx), row.isOpen, row.token == token else { throw Self.lost }
            var file = try FileStore.lock(id, in: tx)
            file.size = size
            file.sha256 = sha256
            file.contentType = type
            file = try FileMachine.apply(.receive, to: file)
            file.times.received = now
            file.times.expires = nil
            if file.subject == nil { file.times.orphaned = now }
            try UploadQuota.set(owner, bytes: spent - row.reserved + size, at: now, in: tx)
            row.isOpen = false
            row.token = nil
            // Whoever received it looks at it first; a sweep waits a minute.
            row.lease = now.advanced(by: .seconds(60))
            row.received = size
            row.reserved = size
            try UploadStore.save(row, in: tx)
            return try FileStore.save(file, in: tx)
        }
    }

    static let lost = StorageError(
        .conflict, "The upload was given up or taken over by another request; ask how far it is and go on.")

    /// Looks at a file that was received, or again at one that was quarantined because nobody could look.
    ///
    /// - Returns: the file, accepted or quarantined; why it was quarantined says ``problem(of:owner:)``.
    /// - Throws: ``StorageError`` with `notFound`, `badState` for a file in another state, `conflict` while somebody looks.
    @discardableResult
    public func scan(_ id: FileID) async throws(StorageError) -> FileRecord {
        let token = token()
        let now = clock.now
        let until = now.advanced(by: limits.scanTime)
        let (file, category) = try await write { tx in
            guard var row = try UploadStore.lock(id, in: tx) else { throw StorageError.noFile }
            let file = try FileStore.lock(id, in: tx)
            guard file.state != .scanning || row.lease <= now else {
                throw StorageError(.conflict, "Somebody looks at the file already.")
            }
            row.token = token
            row.lease = until
            row.problem = nil
            try UploadStore.save(row, in: tx)
            return (try FileStore.save(FileMachine.apply(.scan, to: file), in: tx), row.category)
        }
        let problem = await look(at: file, category)
        let later = clock.now
        return try await shielded { [self] () -> Result<FileRecord, StorageError> in
            do {
                return .success(
                    try await database.write { tx in
                        try Self.judge(id, token: token, problem: problem, at: later, in: tx)
                    })
            } catch {
                return .failure(StorageError(any: error))
            }
        }.get()
    }

    /// Why a file was quarantined; nothing when it was not, or when its upload was long ago.
    ///
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public func problem(of id: FileID, owner: String) async throws(StorageError) -> String? {
        try await read { tx in try UploadStore.find(id, owner: owner, in: tx)?.problem }
    }

    private static func judge(
        _ id: FileID, token: [UInt8], problem: String?, at now: Timestamp, in tx: Transaction
    ) throws -> FileRecord {
        guard var row = try UploadStore.lock(id, in: tx), row.token == token else { throw lost }
        let file = try FileStore.lock(id, in: tx)
        row.token = nil
        row.lease = now
        row.problem = problem
        try UploadStore.save(row, in: tx)
        return try FileStore.save(FileMachine.apply(problem == nil ? .accept : .quarantine, to: file), in: tx)
    }

    /// What is wrong with a content; nothing when it is certainly right.
    private func look(at file: FileRecord, _ name: String) async -> String? {
        do throws(StorageError) {
            let category = try category(name)
            if let scanner {
                let content = try await store.get(file.key, GetOptions())
                guard content.info.size == file.size else { return "The store has another size than was received." }
                switch await scanner.scan(content.body, size: content.info.size) {
                case .clean: break
                case .infected(let virus): return "A virus was found: \(Self.shortened(virus))"
                case .failed(let cause): return "Nobody could look for viruses: \(Self.shortened(cause))"
                }
            }
            guard let inspector else { return nil }
            let content = try await store.get(file.key, GetOptions())
            switch await inspector.inspect(content, type: file.contentType, budget: category.budget) {
            case .passed: return nil
            case .refused(let cause): return "The content was refused: \(Self.shortened(cause))"
            case .failed(let cause): return "The content could not be opened: \(Self.shortened(cause))"
            }
        } catch {
            return "The content could not be read: \(error.code)"
        }
    }

    private static func shortened(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(300).map(Character.init))
    }
}
