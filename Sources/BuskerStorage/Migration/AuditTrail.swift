// The audit of storage: lines that hold each other.

public import BuskerCore
public import BuskerDatabase

/// Writes and checks the audit; its rows can be neither changed nor deleted by statements, and a change behind the
/// database's back breaks the chain of hashes.
public enum AuditTrail {
    private static let columns: SQL = """
        seq, at_us, who, plan, rule, action, file, before_place, after_place, sha256, size, result, previous, hash
        """
    private static let list = "storage.audit"
    static let rowsAtOnce = 500

    /// The last line.
    private struct Head: Sendable {
        let sequence: Int64
        let hash: [UInt8]
    }

    /// Writes a line in the transaction of what it tells of.
    ///
    /// - Throws: ``StorageError``, or what the database throws.
    @discardableResult
    public static func append(_ entry: AuditEntry, in tx: Transaction) throws -> AuditRecord {
        try tx.execute(
            """
            INSERT INTO storage_audit_head (id, seq, hash) VALUES (1, 0, \([UInt8](repeating: 0, count: 32)))
            ON CONFLICT (id) DO NOTHING
            """)
        guard let head = try head(tx.dialect.forUpdate, in: tx) else { throw StorageError.strangeRow("audit head") }
        let sequence = head.sequence + 1
        let hash = AuditRecord.hash(sequence, entry, after: head.hash)
        try tx.execute(
            """
            INSERT INTO storage_audit (\(columns)) VALUES (\(sequence), \(entry.at), \(entry.who), \(entry.plan),
            \(entry.rule), \(entry.action), \(entry.file), \(entry.before?.text), \(entry.after?.text),
            \(entry.sha256?.bytes), \(entry.size), \(entry.result), \(head.hash), \(hash))
            """)
        try tx.execute("UPDATE storage_audit_head SET seq = \(sequence), hash = \(hash) WHERE id = 1")
        return AuditRecord(sequence: sequence, entry: entry, previous: head.hash, hash: hash)
    }

    /// Lines, the newest first; all, or those of one file.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for a cursor of another list.
    public static func list(
        file: FileID? = nil, page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws -> Page<AuditRecord> {
        let after: Int64? = try StoragePages.place(page, in: list)
        let place: SQL = after.map { "AND seq < \($0)" } ?? ""
        let whose: SQL = file.map { "file = \($0)" } ?? "1 = 1"
        let rows = try tx.rows(
            "SELECT \(columns) FROM storage_audit WHERE \(whose) \(place) ORDER BY seq DESC LIMIT \(page.limit + 1)")
        return try StoragePages.page(try rows.map(record), page, in: list) { $0.sequence }
    }

    /// Goes through the whole chain, some rows at a time, and names the first line that is broken.
    ///
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public static func verify(_ database: any Database) async throws(StorageError) -> AuditVerdict {
        var (last, hash) = (Int64(0), [UInt8](repeating: 0, count: 32))
        do {
            let first = Head(sequence: 0, hash: hash)
            let end = try await database.read { tx in try head("", in: tx) ?? first }
            while true {
                let (from, before) = (last, hash)
                let rows = try await database.read { tx in
                    try tx.rows(
                        """
                        SELECT \(columns) FROM storage_audit WHERE seq > \(from) AND seq <= \(end.sequence)
                        ORDER BY seq LIMIT \(rowsAtOnce)
                        """)
                }
                if rows.isEmpty { break }
                if let broken = check(rows, after: from, before) { return broken }
                last = try rows[rows.count - 1].get(0)
                hash = try rows[rows.count - 1].get(13)
            }
            guard last == end.sequence else { return .broken(at: last + 1, why: "The last lines are missing.") }
            guard hash == end.hash else { return .broken(at: last, why: "The last line is not the one of the head.") }
            return .whole(last)
        } catch {
            throw StorageError(any: error)
        }
    }

    private static func check(_ rows: [Row], after last: Int64, _ hash: [UInt8]) -> AuditVerdict? {
        var (last, hash) = (last, hash)
        for row in rows {
            guard let record = try? record(row) else {
                return .broken(at: last + 1, why: "The line cannot be read.")
            }
            guard record.sequence == last + 1 else { return .broken(at: last + 1, why: "The line is missing.") }
            guard record.previous == hash else {
                return .broken(at: record.sequence, why: "The line does not hold the hash of the one before.")
            }
            guard record.hash == AuditRecord.hash(record.sequence, record.entry, after: hash) else {
                return .broken(at: record.sequence, why: "The line is not what was hashed.")
            }
            (last, hash) = (record.sequence, record.hash)
        }
        return nil
    }

    private static func head(_ lock: SQL, in tx: ReadTransaction) throws -> Head? {
        try tx.first("SELECT seq, hash FROM storage_audit_head WHERE id = 1\(lock)").map { row in
            Head(sequence: try row.get(0), hash: try row.get(1))
        }
    }

    private static func record(_ row: Row) throws -> AuditRecord {
        let entry = AuditEntry(
            at: try row.get(1), who: try row.get(2), action: try row.get(5), result: try row.get(11),
            plan: try row.get(3), rule: try row.get(4), file: try row.get(6),
            before: try row.get(7, as: String?.self).map { try ObjectKey($0) },
            after: try row.get(8, as: String?.self).map { try ObjectKey($0) },
            sha256: try row.get(9, as: [UInt8]?.self).map { try ContentHash(bytes: $0) }, size: try row.get(10))
        return AuditRecord(
            sequence: try row.get(0), entry: entry, previous: try row.get(12), hash: try row.get(13))
    }
}

/// Pages of the lists of storage.
enum StoragePages {
    /// Where a page begins.
    static func place<Key: CursorKey>(_ page: PageRequest, in list: String) throws(StorageError) -> Key? {
        do throws(TextError) {
            return try page.after?.position(in: list, as: Key.self)
        } catch {
            throw StorageError(.badRequest, error.detail)
        }
    }

    /// A page of rows of which one more than asked for was read.
    static func page<Item: Sendable>(
        _ items: [Item], _ page: PageRequest, in list: String, by key: (Item) -> some CursorKey
    ) throws(StorageError) -> Page<Item> {
        guard items.count > page.limit else { return Page(items: items, next: nil) }
        let items = Array(items.prefix(page.limit))
        do throws(TextError) {
            return Page(items: items, next: try Cursor(list: list, after: key(items[items.count - 1])))
        } catch {
            throw StorageError(.badRequest, error.detail)
        }
    }
}
