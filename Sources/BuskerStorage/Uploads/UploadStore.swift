// Uploads in the tables.

import BuskerCore
import BuskerDatabase

/// How the bytes of an upload come.
enum UploadWay: String, Sendable {
    /// In one request.
    case stream
    /// In many requests, by tus.
    case resumable
    /// Past this host, to a signed address.
    case direct
    /// Past this host, in parts.
    case directParts = "direct_parts"
}

/// An upload as the database knows it, beside the row of its file.
struct UploadRow: Sendable {
    let id: FileID
    let owner: String
    var key: String?
    let category: String
    let way: UploadWay
    let declaredType: String?
    var declaredSize: Int64?
    let sha256: ContentHash?
    var reserved: Int64
    var received: Int64 = 0
    var isOpen = true
    /// Who may write now; nobody when there is none or the lease is over.
    var token: [UInt8]?
    var lease: Timestamp
    var expires: Timestamp
    /// The store's name of an upload in parts.
    var parts: String?
    var metadata: String?
    var problem: String?
}

/// A piece of an upload that is kept by itself until all have come.
struct UploadPiece: Sendable {
    let number: Int
    let size: Int64
    let sha256: ContentHash
    /// Who wrote it; part of its key, so that two writers of one number never meet.
    let token: [UInt8]
}

/// Reads and writes uploads.
enum UploadStore {
    private static let columns: SQL = """
        id, owner, upload_key, category, way, declared_type, declared_size, declared_sha256, reserved, received, is_open,
        token, lease_us, expires_us, parts, metadata, problem
        """

    static func insert(_ u: UploadRow, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO storage_upload (\(columns)) VALUES (\(u.id), \(u.owner), \(u.key), \(u.category),
            \(u.way.rawValue), \(u.declaredType), \(u.declaredSize), \(u.sha256?.bytes), \(u.reserved), \(u.received),
            \(u.isOpen), \(u.token), \(u.lease), \(u.expires), \(u.parts), \(u.metadata), \(u.problem))
            """)
    }

    static func save(_ u: UploadRow, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE storage_upload SET declared_size = \(u.declaredSize), reserved = \(u.reserved),
            received = \(u.received), is_open = \(u.isOpen), token = \(u.token), lease_us = \(u.lease),
            expires_us = \(u.expires), parts = \(u.parts), problem = \(u.problem) WHERE id = \(u.id)
            """)
    }

    /// Keeps an upload for whoever has the token.
    static func renew(_ id: FileID, token: [UInt8]?, until: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE storage_upload SET lease_us = \(until)
            WHERE id = \(id) AND is_open = 1 AND token = \(token) AND lease_us < \(until)
            """)
    }

    static func delete(_ id: FileID, in tx: Transaction) throws {
        try tx.execute("DELETE FROM storage_upload_part WHERE upload = \(id)")
        try tx.execute("DELETE FROM storage_upload WHERE id = \(id)")
    }

    static func find(_ id: FileID, owner: String, in tx: ReadTransaction) throws -> UploadRow? {
        try first("id = \(id) AND owner = \(owner)", in: tx)
    }

    static func find(_ id: FileID, in tx: ReadTransaction) throws -> UploadRow? { try first("id = \(id)", in: tx) }

    /// The upload, held until the transaction is over.
    static func lock(_ id: FileID, in tx: Transaction) throws -> UploadRow? {
        try first("id = \(id)\(tx.dialect.forUpdate)", in: tx)
    }

    static func lock(owner: String, key: String, in tx: Transaction) throws -> UploadRow? {
        try first("owner = \(owner) AND upload_key = \(key)\(tx.dialect.forUpdate)", in: tx)
    }

    /// Uploads that nobody will finish.
    static func expired(_ limit: Int, at now: Timestamp, in tx: ReadTransaction) throws -> [FileID] {
        try tx.rows(
            """
            SELECT id FROM storage_upload WHERE is_open = 1 AND expires_us <= \(now) AND lease_us <= \(now)
            ORDER BY expires_us LIMIT \(limit)
            """
        ).map { try $0.get(0) }
    }

    /// Uploads in many requests of which all came, but which nobody put together.
    static func whole(_ limit: Int, at now: Timestamp, in tx: ReadTransaction) throws -> [FileID] {
        try tx.rows(
            """
            SELECT id FROM storage_upload WHERE is_open = 1 AND way = 'resumable' AND received = declared_size
            AND lease_us <= \(now) AND expires_us > \(now) ORDER BY id LIMIT \(limit)
            """
        ).map { try $0.get(0) }
    }

    /// Files that came but at which nobody looks.
    static func unseen(_ limit: Int, at now: Timestamp, in tx: ReadTransaction) throws -> [FileID] {
        try tx.rows(
            """
            SELECT f.id FROM storage_file f JOIN storage_upload u ON u.id = f.id
            WHERE f.state IN ('received', 'scanning') AND u.lease_us <= \(now) ORDER BY f.id LIMIT \(limit)
            """
        ).map { try $0.get(0) }
    }

    /// Forgets keys of uploads that ended long ago.
    static func prune(_ limit: Int, before: Timestamp, in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            DELETE FROM storage_upload WHERE id IN (
                SELECT u.id FROM storage_upload u JOIN storage_file f ON f.id = u.id
                WHERE u.is_open = 0 AND u.lease_us <= \(before) AND f.state NOT IN ('received', 'scanning')
                ORDER BY u.id LIMIT \(limit))
            """)
    }

    static func add(_ piece: UploadPiece, to id: FileID, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO storage_upload_part (upload, number, size, sha256, token)
            VALUES (\(id), \(piece.number), \(piece.size), \(piece.sha256.bytes), \(piece.token))
            """)
    }

    static func pieces(_ id: FileID, in tx: ReadTransaction) throws -> [UploadPiece] {
        try tx.rows("SELECT number, size, sha256, token FROM storage_upload_part WHERE upload = \(id) ORDER BY number")
            .map {
                UploadPiece(
                    number: try $0.get(0), size: try $0.get(1), sha256: try ContentHash(bytes: try $0.get(2)),
                    token: try $0.get(3))
            }
    }

    /// Those of the keys under which an upload that goes on may have a piece.
    static func pieces(among keys: [String], in tx: ReadTransaction) throws -> Set<String> {
        let owners = keys.compactMap { key in UploadDesk.owner(ofPiece: key).map { (key: key, id: $0) } }
        guard !owners.isEmpty else { return [] }
        let open = try tx.rows(
            "SELECT id FROM storage_upload WHERE is_open = 1 AND id IN \(list: Array(Set(owners.map(\.id))))")
        let ids = Set(try open.map { try $0.get(0, as: FileID.self) })
        return Set(owners.filter { ids.contains($0.id) }.map(\.key))
    }

    private static func first(_ condition: SQL, in tx: ReadTransaction) throws -> UploadRow? {
        try tx.first("SELECT \(columns) FROM storage_upload WHERE \(condition)").map(row)
    }

    private static func row(_ row: Row) throws -> UploadRow {
        guard let way = UploadWay(rawValue: try row.get(4)) else { throw StorageError.strangeRow("upload") }
        return UploadRow(
            id: try row.get(0), owner: try row.get(1), key: try row.get(2), category: try row.get(3), way: way,
            declaredType: try row.get(5), declaredSize: try row.get(6),
            sha256: try row.get(7, as: [UInt8]?.self).map { try ContentHash(bytes: $0) }, reserved: try row.get(8),
            received: try row.get(9), isOpen: try row.get(10), token: try row.get(11), lease: try row.get(12),
            expires: try row.get(13), parts: try row.get(14), metadata: try row.get(15), problem: try row.get(16))
    }
}

/// What an owner may still upload.
enum UploadQuota {
    private static let dayLength: Int64 = 86_400_000_000

    /// Holds the owner's row until the transaction is over, so that nobody else counts at the same time.
    static func lock(_ owner: String, at now: Timestamp, in tx: Transaction) throws -> Int64 {
        let today = now.microseconds / dayLength
        try tx.execute(
            """
            INSERT INTO storage_upload_owner (owner, day, bytes) VALUES (\(owner), \(today), 0)
            ON CONFLICT (owner) DO NOTHING
            """)
        let row = try tx.first(
            "SELECT day, bytes FROM storage_upload_owner WHERE owner = \(owner)\(tx.dialect.forUpdate)")
        guard let row else { throw StorageError.strangeRow("quota") }
        return try row.get(0, as: Int64.self) == today ? try row.get(1) : 0
    }

    static func set(_ owner: String, bytes: Int64, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE storage_upload_owner SET day = \(now.microseconds / dayLength), bytes = \(max(bytes, 0))
            WHERE owner = \(owner)
            """)
    }

    /// How many uploads are under way, and how many wait to go on.
    static func open(_ owner: String, at now: Timestamp, in tx: Transaction) throws -> (active: Int, pending: Int) {
        let row = try tx.first(
            """
            SELECT CAST(COALESCE(sum(CASE WHEN lease_us > \(now) THEN 1 ELSE 0 END), 0) AS bigint), count(*)
            FROM storage_upload WHERE owner = \(owner) AND is_open = 1
            """)
        guard let row else { return (0, 0) }
        return (try row.get(0), try row.get(1))
    }
}
