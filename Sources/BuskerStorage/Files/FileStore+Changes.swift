// What happens to files while they are kept.

public import BuskerCore
public import BuskerDatabase

extension FileStore {
    /// Lets a file belong to something, which takes it from the orphans; one of another subject moves.
    ///
    /// - Throws: ``StorageError`` with `notFound`, or `badState` for a tombstone, a file that is gone or that was deleted.
    @discardableResult
    public static func attach(_ id: FileID, to subject: String, in tx: Transaction) throws -> FileRecord {
        try change(
            id, "subject = \(subject), orphaned_us = \(Timestamp?.none)", onlyIf: "deleted_us IS NULL AND \(alive)",
            "attached; it was deleted", in: tx)
    }

    /// Takes a file from what it belonged to; it is an orphan from `now`, or from when it became one.
    ///
    /// - Throws: ``StorageError`` with `notFound` or `badState`.
    @discardableResult
    public static func detach(_ id: FileID, at now: Timestamp, in tx: Transaction) throws -> FileRecord {
        try change(
            id, "subject = \(String?.none), orphaned_us = COALESCE(orphaned_us, \(now))", onlyIf: alive,
            "detached; it was deleted", in: tx)
    }

    /// Notes what became of the money; a payment sets the time of paying unless an earlier one still stands or is disputed.
    ///
    /// - Throws: ``StorageError`` with `notFound`, or `badState` when money comes for a tombstone or a file that is gone: give
    ///   it back.
    @discardableResult
    public static func mark(
        _ id: FileID, payment: FilePayment, at now: Timestamp, in tx: Transaction
    ) throws -> FileRecord {
        guard payment == .paid else {
            return try change(id, "payment = \(payment.rawValue)", onlyIf: "1 = 1", "marked", in: tx)
        }
        let standing = [FilePayment.paid, .disputed].map(\.rawValue)
        let since: SQL = """
            CASE WHEN paid_us IS NOT NULL AND payment IN \(list: standing) THEN paid_us
            ELSE \(later("paid_us", now)) END
            """
        return try change(
            id, "payment = \(payment.rawValue), paid_us = \(since)", onlyIf: alive, "paid for; it was deleted", in: tx)
    }

    /// Deletes a file in a way that can be undone; again does nothing.
    ///
    /// - Throws: ``StorageError`` with `notFound`, or `badState` under a legal hold and for tombstones.
    @discardableResult
    public static func delete(_ id: FileID, at now: Timestamp, in tx: Transaction) throws -> FileRecord {
        try change(
            id, "deleted_us = COALESCE(deleted_us, \(now))", onlyIf: "legal_hold IS NULL AND \(alive)",
            "deleted; it is under a legal hold or was deleted for good", in: tx)
    }

    /// Undoes a deletion.
    ///
    /// - Throws: ``StorageError`` with `notFound`, or `badState` for tombstones and files that are gone.
    @discardableResult
    public static func undelete(_ id: FileID, in tx: Transaction) throws -> FileRecord {
        try change(
            id, "deleted_us = \(Timestamp?.none)", onlyIf: alive, "undeleted; it was deleted for good", in: tx)
    }

    /// Forbids deletion for a reason; nothing lifts the hold.
    ///
    /// - Throws: ``StorageError`` with `notFound`, or `badState` for tombstones and files that are gone.
    @discardableResult
    public static func hold(_ id: FileID, because reason: String?, in tx: Transaction) throws -> FileRecord {
        try change(
            id, "legal_hold = \(reason)", onlyIf: alive, "held; it was deleted for good", in: tx)
    }

    /// Notes what was done with a file; times of promises only move forward.
    ///
    /// - Parameters:
    ///   - id: the file.
    ///   - linkedUntil: an address was given out that works until then.
    ///   - usedUntil: a job or a migration needs it until then.
    ///   - downloaded: it was downloaded then; the first time sets `delivered`, too.
    ///   - finished: the work that made it, or that it was made for, ended then.
    ///   - tx: the transaction.
    /// - Throws: ``StorageError`` with `notFound`, or `badState` for a tombstone, a file that is gone or that was deleted.
    @discardableResult
    public static func touch(
        _ id: FileID, linkedUntil: Timestamp? = nil, usedUntil: Timestamp? = nil, downloaded: Timestamp? = nil,
        finished: Timestamp? = nil, in tx: Transaction
    ) throws -> FileRecord {
        var what: SQL = "version = version + 1"
        if let linkedUntil { what = "\(what), linked_until_us = \(later("linked_until_us", linkedUntil))" }
        if let usedUntil { what = "\(what), used_until_us = \(later("used_until_us", usedUntil))" }
        if let downloaded {
            what = """
                \(what), downloaded_us = \(later("downloaded_us", downloaded)),
                delivered_us = COALESCE(delivered_us, \(downloaded))
                """
        }
        if let finished { what = "\(what), finished_us = \(later("finished_us", finished))" }
        return try update(id, what, onlyIf: "deleted_us IS NULL AND \(alive)", "used; it was deleted", in: tx)
    }

    /// Notes that an owner went away.
    ///
    /// - Returns: how many files that concerns.
    @discardableResult
    public static func ownerLeft(_ owner: String, at now: Timestamp, in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            UPDATE storage_file SET owner_deleted_us = \(now), version = version + 1
            WHERE owner = \(owner) AND owner_deleted_us IS NULL AND \(alive)
            """)
    }

    static let alive: SQL = "state NOT IN ('tombstoned', 'gone')"

    private static func later(_ column: SQL, _ time: Timestamp) -> SQL {
        "CASE WHEN \(column) > \(time) THEN \(column) ELSE \(time) END"
    }

    private static func change(
        _ id: FileID, _ what: SQL, onlyIf condition: SQL, _ verb: String, in tx: Transaction
    ) throws -> FileRecord {
        try update(id, "version = version + 1, \(what)", onlyIf: condition, verb, in: tx)
    }

    private static func update(
        _ id: FileID, _ what: SQL, onlyIf condition: SQL, _ verb: String, in tx: Transaction
    ) throws -> FileRecord {
        let row = try tx.first(
            "UPDATE storage_file SET \(what) WHERE id = \(id) AND \(condition) RETURNING \(columns)")
        if let row { return try record(row) }
        guard try find(id, in: tx) != nil else { throw StorageError.noFile }
        throw StorageError(.badState, "The file cannot be \(verb).")
    }
}
