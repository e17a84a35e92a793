// Puts what work made where it can be handed out.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerStorage

/// Stores the outputs of one attempt: a row for each before its first byte, under keys that no other attempt has.
///
/// Until the job is completed the rows say that bytes are coming, so that nobody reads them, and they expire: what an attempt
/// leaves behind that was lost is swept like an upload that does not go on.
struct MediaShelf: Sendable {
    let service: MediaService
    let job: Job
    let owner: String
    let sold: Set<String>

    /// The label of outputs of jobs whose files are sold: `open` for what everybody may have before, `sold` for what is paid.
    static let soldTag = "sale"

    /// - Returns: the rows, whose bytes are there.
    func store(_ files: [WorkFile], from folder: WorkFolder) async throws -> [FileID] {
        guard Set(files.map(\.name)).count == files.count else {
            throw WorkFault(.failed, "Two results have one name.", isFinal: true)
        }
        var measured: [FolderFile] = []
        for file in files { measured.append(try await folder.measure(file.path)) }
        let records = try await announce(files, measured)
        do {
            for (record, file) in zip(records, measured) { try await put(record, file, from: folder) }
        } catch {
            await withdraw(records)
            throw error
        }
        return records.map(\.id)
    }

    private func announce(_ files: [WorkFile], _ measured: [FolderFile]) async throws -> [FileRecord] {
        let now = service.clock.now
        var times = FileTimes(created: now)
        times.expires = now.advanced(by: job.timeLimit).advanced(by: .seconds(3_600))
        let attempt = service.ids.make(FileKind.self)
        var records: [FileRecord] = []
        for (place, (file, facts)) in zip(files, measured).enumerated() {
            let name = DisplayName(file.name)
            var tags = file.tags
            tags[MediaView.placeTag] = "\(place)"
            tags[StoredZip.sumTag] = facts.crc32
            if !sold.isEmpty { tags[Self.soldTag] = sold.contains(file.kind) ? "sold" : "open" }
            let ending = name.ending.map { ".\($0)" } ?? ""
            let key = try ObjectKey("\(service.settings.prefix)\(job.id)/\(attempt)/\(place)\(ending)")
            records.append(
                FileRecord(
                    id: service.ids.make(), owner: owner, kind: file.kind, subject: "\(job.id)", name: name.text,
                    contentType: file.contentType, key: key, size: facts.size, sha256: facts.sha256, tags: tags,
                    times: times))
        }
        let rows = records
        try await service.database.write { tx in for row in rows { try FileStore.insert(row, in: tx) } }
        return records
    }

    private func put(_ record: FileRecord, _ file: FolderFile, from folder: WorkFolder) async throws {
        let options = PutOptions(
            mode: .create, contentType: record.contentType, length: file.size, sha256: file.sha256)
        try await service.rooms.store.put(record.key, try await folder.body(of: file), options)
    }

    /// Takes back what was announced, as far as that is possible now; what is left expires.
    private func withdraw(_ records: [FileRecord]) async {
        let service = service
        await Task {
            try? await service.database.write { tx in
                for record in records {
                    let row = try FileStore.lock(record.id, in: tx)
                    try FileStore.save(try FileMachine.apply(.tombstone, to: row), in: tx)
                }
            }
            _ = try? await service.rooms.store.delete(records.map(\.key))
        }.value
    }
}

extension MediaShelf {
    /// Makes tombstones of what attempts at a job left that did not come to anything, in the transaction in which it ends.
    ///
    /// - Parameters:
    ///   - kept: the rows of the attempt that did.
    ///   - job: the job.
    ///   - tx: the transaction.
    static func clear(besides kept: [FileID] = [], of job: JobID, in tx: Transaction) throws {
        let subject = "\(job)"
        for row in try FileStore.rows("subject = \(subject) AND state = 'uploading' ORDER BY id", in: tx) {
            guard !kept.contains(row.id) else { continue }
            try FileStore.save(try FileMachine.apply(.tombstone, to: try FileStore.lock(row.id, in: tx)), in: tx)
        }
    }
}
