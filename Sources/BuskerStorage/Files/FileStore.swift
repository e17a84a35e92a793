// Rows of files in the tables.

public import BuskerCore
public import BuskerDatabase

/// Reads and writes rows of files, in transactions of the caller.
///
/// Every change adds one to the version of the row. The functions throw ``StorageError``, or what the database throws.
public enum FileStore {
    static let columns: SQL = """
        id, owner, kind, subject, name, content_type, object_key, size, sha256, state, standing, payment, near, far, tags,
        created_us, received_us, paid_us, delivered_us, downloaded_us, finished_us, expires_us, orphaned_us,
        owner_deleted_us, linked_until_us, used_until_us, deleted_us, legal_hold, version
        """

    /// Inserts a row, before the first byte is written to its key.
    ///
    /// - Throws: ``StorageError`` with `alreadyExists` when the id or the key belongs to another row, a tombstone among them;
    ///   `tooLarge` for too many tags.
    public static func insert(_ file: FileRecord, in tx: Transaction) throws {
        let tags = try FileTags.text(file.tags)
        let t = file.times
        try Tombstones.admit(file.key, in: tx)
        do throws(DatabaseError) {
            try tx.execute(
                """
                INSERT INTO storage_file (\(columns)) VALUES (\(file.id), \(file.owner), \(file.kind), \(file.subject),
                \(file.name), \(file.contentType), \(file.key.text), \(file.size), \(file.sha256?.bytes),
                \(file.state.rawValue), \(file.standing.rawValue), \(file.payment.rawValue), \(file.near.rawValue),
                \(file.far.rawValue), \(tags), \(t.created), \(t.received), \(t.paid), \(t.delivered), \(t.downloaded),
                \(t.finished), \(t.expires), \(t.orphaned), \(t.ownerDeleted), \(t.linkedUntil), \(t.usedUntil),
                \(t.deleted), \(file.legalHold), \(file.version))
                """)
        } catch {
            throw taken(error)
        }
    }

    /// The row of a file, whoever owns it.
    public static func find(_ id: FileID, in tx: ReadTransaction) throws -> FileRecord? {
        try first("id = \(id)", in: tx)
    }

    /// The row of a file of this owner; another's is not found.
    public static func find(_ id: FileID, owner: String, in tx: ReadTransaction) throws -> FileRecord? {
        try first("id = \(id) AND owner = \(owner)", in: tx)
    }

    /// The row whose bytes are at a key; rows of files that are gone are not found.
    public static func find(key: ObjectKey, in tx: ReadTransaction) throws -> FileRecord? {
        try first("object_key = \(key.text) AND state <> 'gone'", in: tx)
    }

    /// The row, held until the transaction is over.
    ///
    /// - Throws: ``StorageError`` with `notFound`.
    public static func lock(_ id: FileID, in tx: Transaction) throws -> FileRecord {
        guard let file = try first("id = \(id)\(tx.dialect.forUpdate)", in: tx) else { throw StorageError.noFile }
        return file
    }

    /// The row of this owner, held until the transaction is over; another's is not found.
    ///
    /// - Throws: ``StorageError`` with `notFound`.
    public static func lock(_ id: FileID, owner: String, in tx: Transaction) throws -> FileRecord {
        let file = try first("id = \(id) AND owner = \(owner)\(tx.dialect.forUpdate)", in: tx)
        guard let file else { throw StorageError.noFile }
        return file
    }

    /// Writes a row that was changed, if nobody changed it since it was read.
    ///
    /// - Parameters:
    ///   - file: the row with the version that was seen.
    ///   - tx: the transaction.
    /// - Returns: the row with its new version.
    /// - Throws: ``StorageError`` with `conflict` when the version is another, `badState` when ``FileMachine`` has no event
    ///   from the stored state to the new one, `alreadyExists` when another row has the new key.
    @discardableResult
    public static func save(_ file: FileRecord, in tx: Transaction) throws -> FileRecord {
        let tags = try FileTags.text(file.tags)
        let t = file.times
        let isAlive = file.state != .tombstoned && file.state != .gone
        if isAlive { try Tombstones.admit(file.key, in: tx) }
        let before = FileMachine.states(before: file.state).map(\.rawValue).sorted()
        let changed: Int
        do throws(DatabaseError) {
            changed = try tx.execute(
                """
                UPDATE storage_file SET subject = \(file.subject), content_type = \(file.contentType),
                object_key = \(file.key.text), size = \(file.size), sha256 = \(file.sha256?.bytes),
                state = \(file.state.rawValue), standing = \(file.standing.rawValue),
                payment = \(file.payment.rawValue), near = \(file.near.rawValue), far = \(file.far.rawValue),
                tags = \(tags), received_us = \(t.received), paid_us = \(t.paid), delivered_us = \(t.delivered),
                downloaded_us = \(t.downloaded), finished_us = \(t.finished), expires_us = \(t.expires),
                orphaned_us = \(t.orphaned), owner_deleted_us = \(t.ownerDeleted), linked_until_us = \(t.linkedUntil),
                used_until_us = \(t.usedUntil), deleted_us = \(t.deleted), legal_hold = \(file.legalHold),
                version = version + 1
                WHERE id = \(file.id) AND version = \(file.version) AND state IN \(list: before)
                """)
        } catch {
            throw taken(error)
        }
        guard changed > 0 else { throw try reason(for: file, in: tx) }
        var saved = file
        saved.version += 1
        return saved
    }

    private static func taken(_ error: DatabaseError) -> any Error {
        guard error.code == .uniqueViolation else { return error }
        return StorageError(.alreadyExists, "Another file has this id or this key; a key is used once.")
    }

    /// Why a row was not written.
    private static func reason(for file: FileRecord, in tx: Transaction) throws -> StorageError {
        guard let stored = try find(file.id, in: tx) else { return StorageError.noFile }
        guard stored.version == file.version else {
            return StorageError(.conflict, "The file was changed since it was read; read it again.")
        }
        return StorageError(
            .badState, "A file that is \(stored.state.rawValue) cannot become \(file.state.rawValue).")
    }

    static func first(_ condition: SQL, in tx: ReadTransaction) throws -> FileRecord? {
        try tx.first("SELECT \(columns) FROM storage_file WHERE \(condition)").map(record)
    }

    /// Rows that meet a condition, which may go on with an order and a limit.
    package static func rows(_ condition: SQL, in tx: ReadTransaction) throws -> [FileRecord] {
        try tx.rows("SELECT \(columns) FROM storage_file WHERE \(condition)").map(record)
    }

    static func record(_ row: Row) throws -> FileRecord {
        guard let state = FileState(rawValue: try row.get(9)), let standing = FileStanding(rawValue: try row.get(10)),
            let payment = FilePayment(rawValue: try row.get(11)), let near = TierState(rawValue: try row.get(12)),
            let far = TierState(rawValue: try row.get(13)), let tags = FileTags.tags(try row.get(14))
        else { throw StorageError.strangeRow("file") }
        return FileRecord(
            id: try row.get(0), owner: try row.get(1), kind: try row.get(2), subject: try row.get(3),
            name: try row.get(4), contentType: try row.get(5), key: try ObjectKey(try row.get(6)),
            size: try row.get(7), sha256: try row.get(8, as: [UInt8]?.self).map { try ContentHash(bytes: $0) },
            state: state, standing: standing, payment: payment, near: near, far: far, tags: tags,
            times: try times(row), legalHold: try row.get(27), version: try row.get(28))
    }

    private static func times(_ row: Row) throws -> FileTimes {
        var times = FileTimes(created: try row.get(15))
        times.received = try row.get(16)
        times.paid = try row.get(17)
        times.delivered = try row.get(18)
        times.downloaded = try row.get(19)
        times.finished = try row.get(20)
        times.expires = try row.get(21)
        times.orphaned = try row.get(22)
        times.ownerDeleted = try row.get(23)
        times.linkedUntil = try row.get(24)
        times.usedUntil = try row.get(25)
        times.deleted = try row.get(26)
        return times
    }
}

extension StorageError {
    static let noFile = StorageError(.notFound, "There is no such file.")

    package static func strangeRow(_ what: String) -> StorageError {
        StorageError(.databaseFailed, "A stored \(what) cannot be read; was it written by a newer release?")
    }

    /// What a failure looks like from the room of storage.
    package init(any error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError:
            self.init(.databaseFailed, "The database failed; repeat the same call. \(error.detail)")
        case is CancellationError: self.init(.cancelled, "The task was cancelled.")
        case let error as TextError: self.init(.badRequest, error.detail)
        default: self.init(.unavailable, "Something that storage needs failed; try again.")
        }
    }
}
