// What was done to a file once and for all.

import BuskerCore
import BuskerDatabase
import BuskerStorage

/// Reads and writes the names of steps that were carried out.
enum MarkStore {
    static func steps(of files: [FileID], in tx: ReadTransaction) throws -> [FileID: Set<String>] {
        guard !files.isEmpty else { return [:] }
        var found: [FileID: Set<String>] = [:]
        for row in try tx.rows("SELECT file, step FROM retention_done WHERE file IN \(list: files)") {
            found[try row.get(0), default: []].insert(try row.get(1))
        }
        return found
    }

    static func mark(_ file: FileID, _ step: String, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO retention_done (file, step, at_us) VALUES (\(file), \(step), \(now))
            ON CONFLICT (file, step) DO NOTHING
            """)
    }

    static func forget(_ file: FileID, in tx: Transaction) throws {
        try tx.execute("DELETE FROM retention_done WHERE file = \(file)")
    }
}
