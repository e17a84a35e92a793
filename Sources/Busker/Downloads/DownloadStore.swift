// Links in the tables.

import BuskerCore
public import BuskerDatabase
import BuskerPayments

/// The tables of downloads, step by step; times are microseconds since 1970.
public enum DownloadSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "downloads", version: 1, name: "links") { d in
            [
                """
                CREATE TABLE download_link (
                    hash \(d.bytes) PRIMARY KEY, purchase \(d.bytes) NOT NULL, buyer TEXT NOT NULL,
                    object_key TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, issued_us \(d.integer) NOT NULL,
                    expires_us \(d.integer) NOT NULL, uses_left \(d.integer) NOT NULL CHECK (uses_left >= 0)
                )\(d.strictClustered)
                """,
                "CREATE INDEX download_link_purchase ON download_link (purchase)",
                "CREATE INDEX download_link_expires ON download_link (expires_us)",
            ]
        }
    ]
}

/// Reads and writes links.
enum DownloadStore {
    static func insert(_ grant: DownloadGrant, hash: [UInt8], uses: Int, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO download_link (hash, purchase, buyer, object_key, name, type, issued_us, expires_us, uses_left)
            VALUES (\(hash), \(grant.purchase), \(grant.buyer), \(grant.file.key), \(grant.file.name),
            \(grant.file.type), \(now), \(grant.expiresAt), \(uses))
            """)
    }

    /// The grant of a link, with one use less; nothing when there is no such link, and no grant when it is used up or over.
    static func use(_ hash: [UInt8], at now: Timestamp, in tx: Transaction) throws -> DownloadGrant? {
        let row = try tx.first(
            """
            UPDATE download_link SET uses_left = uses_left - 1
            WHERE hash = \(hash) AND expires_us > \(now) AND uses_left > 0
            RETURNING purchase, buyer, object_key, name, type, expires_us
            """)
        guard let row else { return nil }
        return DownloadGrant(
            purchase: try row.get(0), buyer: try row.get(1),
            file: try DownloadFile(key: try row.get(2), name: try row.get(3), type: try row.get(4)),
            expiresAt: try row.get(5))
    }

    /// Whose link it is; nothing when there is no such link.
    static func owner(of hash: [UInt8], in tx: ReadTransaction) throws -> (purchase: PurchaseID, buyer: String)? {
        guard let row = try tx.first("SELECT purchase, buyer FROM download_link WHERE hash = \(hash)") else {
            return nil
        }
        return (try row.get(0), try row.get(1))
    }

    static func revoke(_ purchase: PurchaseID, in tx: Transaction) throws {
        try tx.execute("DELETE FROM download_link WHERE purchase = \(purchase)")
    }

    /// Deletes up to `limit` links whose time is over.
    static func prune(_ limit: Int, at now: Timestamp, in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            DELETE FROM download_link WHERE hash IN (
                SELECT hash FROM download_link WHERE expires_us <= \(now) ORDER BY expires_us LIMIT \(limit))
            """)
    }
}
