// How results reach whoever paid for them, and nobody else.

public import BuskerCore
import BuskerDatabase
public import BuskerJobs
public import BuskerStorage

extension MediaService {
    /// An output of a job by its name, for its owner.
    ///
    /// - Throws: ``MediaError`` with `notFound`, `wrongState` before the job was done, `expired` when its time was over,
    ///   `paymentRequired` for what is sold by itself, `locked` while a payment of the account is fought over or spent credit was taken back.
    public func output(_ name: String, of id: JobID, owner: String) async throws(MediaError) -> FileRecord {
        let job = try await delivered(id, of: owner)
        guard let file = job.outputs.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw job.outputs.isEmpty ? Self.over : .noFile
        }
        try Self.checkFree(file)
        return file
    }

    /// The bytes of a file that ``output(_:of:owner:)`` found.
    ///
    /// - Throws: ``MediaError`` with `expired`, `paymentRequired` or `unavailable`; the body throws when the bytes are not what was
    ///   stored.
    public func open(_ file: FileRecord, range: ObjectRange? = nil) async throws(MediaError) -> ObjectContent {
        try Self.checkFree(file)
        return try await read(file, range)
    }

    /// The bytes of a file that ``DownloadShop`` let out.
    ///
    /// - Throws: ``MediaError`` with `expired` when the proof is older than its grant, or the file is gone; or `unavailable`.
    public func open(_ paid: PaidFile, range: ObjectRange? = nil) async throws(MediaError) -> ObjectContent {
        guard paid.grant.expiresAt > clock.now else {
            throw MediaError(.expired, "The proof of payment is too old; ask for the file again.")
        }
        return try await read(paid.file, range)
    }

    private func read(_ file: FileRecord, _ range: ObjectRange?) async throws(MediaError) -> ObjectContent {
        let content: ObjectContent
        do throws(StorageError) {
            let options = GetOptions(range: range)
            if let store = rooms.store as? TieredStore, let tiered = TieredFile(belonging: file) {
                content = try await store.get(tiered, options).content
            } else {
                content = try await rooms.store.get(file.key, options)
            }
        } catch {
            throw error.code == .notFound ? Self.over : MediaError(any: error)
        }
        guard content.info.size == file.size else {
            throw MediaError(.unavailable, "The stored file is not what it should be.")
        }
        return content
    }

    /// All outputs of some kinds in one zip.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - owner: whose it must be.
    ///   - kinds: the kinds of outputs that are in it.
    /// - Throws: as ``output(_:of:owner:)``.
    public func zip(of id: JobID, owner: String, kinds: Set<String> = ["stem"]) async throws(MediaError) -> StoredZip {
        let job = try await delivered(id, of: owner)
        let files = job.outputs.filter { kinds.contains($0.kind) }
        guard !files.isEmpty else { throw job.outputs.isEmpty ? Self.over : .noFile }
        for file in files { try Self.checkFree(file) }
        return try StoredZip(files, in: rooms.store, time: job.job.endedAt ?? job.job.createdAt)
    }

    /// Notes that outputs were handed out, from which retention counts.
    ///
    /// - Throws: ``MediaError`` with `databaseFailed`.
    public func noteDownload(_ files: [FileID]) async throws(MediaError) {
        let now = clock.now
        try await writing { tx in
            for id in files {
                guard let file = try FileStore.find(id, in: tx), file.isReadable else { continue }
                try FileStore.touch(id, downloaded: now, in: tx)
            }
        }
    }

    /// Refuses a file that is sold by itself.
    static func checkFree(_ file: FileRecord) throws(MediaError) {
        guard file.isSold else { return }
        throw MediaError(.paymentRequired, "The file is sold by itself; pay for it first.")
    }

    private static let over = MediaError(.expired, "The files of the job were deleted when their time was over.")
}

extension FileRecord {
    /// Whether it is an output that is sold by itself.
    public var isSold: Bool { tags[MediaShelf.soldTag] == "sold" }
}
