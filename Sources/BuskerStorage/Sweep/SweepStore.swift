// Sightings, and how far a sweep is, in the tables.

import BuskerCore
import BuskerDatabase

/// Where a sweep is.
struct SweepPlace: Sendable, Hashable {
    /// The prefix that is being listed.
    let prefix: String
    /// The `next` of the last page.
    let after: String?

    /// One text: no prefix has a line feed.
    var text: String { prefix + "\n" + (after ?? "") }

    init(prefix: String, after: String?) {
        self.prefix = prefix
        self.after = after
    }

    init?(_ text: String) {
        guard let feed = text.utf8.firstIndex(of: 10) else { return nil }
        prefix = String(text[..<feed])
        let rest = text[text.utf8.index(after: feed)...]
        after = rest.isEmpty ? nil : String(rest)
    }
}

/// The one row that says how far the sweep in hand is.
struct SweepState: Sendable {
    var place: SweepPlace?
    /// Rows of files when the last sweep that was finished began.
    var rowsThen: Int64?
    var begun: Timestamp?
    /// When everything that was deleted is paid for at the rate of deletions.
    var spent: Timestamp
}

/// Reads and writes what sweeps know.
enum SweepStore {
    static func state(_ lock: SQL, in tx: ReadTransaction) throws -> SweepState {
        let row = try tx.first("SELECT place, rows_then, begun_us, spent_us FROM storage_sweep WHERE id = 1\(lock)")
        guard let row else { return SweepState(spent: Timestamp(microseconds: .min)) }
        return SweepState(
            place: try row.get(0, as: String?.self).flatMap { SweepPlace($0) }, rowsThen: try row.get(1),
            begun: try row.get(2), spent: try row.get(3))
    }

    static func save(_ state: SweepState, finished: Timestamp?, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO storage_sweep (id, place, rows_then, begun_us, finished_us, spent_us)
            VALUES (1, \(state.place?.text), \(state.rowsThen), \(state.begun), \(finished), \(state.spent))
            ON CONFLICT (id) DO UPDATE SET place = excluded.place, rows_then = excluded.rows_then,
            begun_us = excluded.begun_us, finished_us = COALESCE(excluded.finished_us, storage_sweep.finished_us),
            spent_us = excluded.spent_us
            """)
    }

    /// Every row, the gone ones among them: only a database that is not the one of the last sweep has fewer.
    static func rows(in tx: ReadTransaction) throws -> Int64 {
        try tx.value("SELECT count(*) FROM storage_file") ?? 0
    }

    /// What is known of the objects of a page, all from one moment.
    static func facts(_ objects: [ObjectInfo], in tx: ReadTransaction) throws -> [SweepFacts] {
        let keys = objects.map(\.key.text)
        var states: [ObjectKey: Set<String>] = [:]
        for row in try tx.rows("SELECT object_key, state FROM storage_file WHERE object_key IN \(list: keys)") {
            states[try ObjectKey(try row.get(0)), default: []].insert(try row.get(1))
        }
        let closed = try self.keys("SELECT object_key FROM storage_tombstone WHERE object_key IN \(list: keys)", in: tx)
        let moving = try self.keys(
            """
            SELECT source_key FROM storage_migration WHERE due_us IS NOT NULL AND source_key IN \(list: keys)
            UNION ALL
            SELECT target_key FROM storage_migration WHERE due_us IS NOT NULL AND target_key IN \(list: keys)
            """, in: tx)
        var sightings: [ObjectKey: (tag: String, first: Timestamp)] = [:]
        for row in try tx.rows(
            "SELECT object_key, tag, first_us FROM storage_sighting WHERE object_key IN \(list: keys)")
        {
            sightings[try ObjectKey(try row.get(0))] = (try row.get(1), try row.get(2))
        }
        let pieces = try UploadStore.pieces(among: keys, in: tx)
        return objects.map { object in
            let key = object.key
            var facts = SweepFacts(modified: object.modified)
            let states = states[key] ?? []
            facts.hadRow = states.contains(FileState.gone.rawValue)
            facts.isDying = states.contains(FileState.tombstoned.rawValue)
            facts.hasRow =
                pieces.contains(key.text)
                || states.contains { $0 != FileState.gone.rawValue && $0 != FileState.tombstoned.rawValue }
            facts.isClosed = closed.contains(key)
            facts.isMoving = moving.contains(key)
            if let sighting = sightings[key], sighting.tag == object.entityTag { facts.firstSeen = sighting.first }
            return facts
        }
    }

    /// Notes objects that were seen without a row; one that was written again begins anew.
    static func sight(_ objects: [(key: String, tag: String)], at now: Timestamp, in tx: Transaction) throws {
        for object in objects {
            try tx.execute(
                """
                INSERT INTO storage_sighting (object_key, tag, first_us) VALUES (\(object.key), \(object.tag), \(now))
                ON CONFLICT (object_key) DO UPDATE SET tag = excluded.tag, first_us = excluded.first_us
                WHERE storage_sighting.tag <> excluded.tag
                """)
        }
    }

    /// Forgets sightings of keys that something needs, or that are gone.
    static func forget(_ keys: [String], in tx: Transaction) throws {
        guard !keys.isEmpty else { return }
        try tx.execute("DELETE FROM storage_sighting WHERE object_key IN \(list: keys)")
    }

    static func firstSeen(_ key: String, in tx: ReadTransaction) throws -> Timestamp? {
        try tx.value("SELECT first_us FROM storage_sighting WHERE object_key = \(key)")
    }

    static func forget(before time: Timestamp, in tx: Transaction) throws {
        try tx.execute("DELETE FROM storage_sighting WHERE first_us < \(time)")
    }

    /// Closed keys whose bytes nobody saw go, and that no move will delete.
    static func openTombstones(_ limit: Int, after: String, in tx: ReadTransaction) throws -> [ObjectKey] {
        try tx.rows(
            """
            SELECT object_key FROM storage_tombstone t WHERE deleted_us IS NULL AND object_key > \(after)
            AND NOT EXISTS (SELECT 1 FROM storage_migration m WHERE m.due_us IS NOT NULL AND m.source_key = t.object_key)
            AND NOT EXISTS (SELECT 1 FROM storage_migration m WHERE m.due_us IS NOT NULL AND m.target_key = t.object_key)
            ORDER BY object_key LIMIT \(limit)
            """
        ).map { try ObjectKey(try $0.get(0)) }
    }

    private static func keys(_ sql: SQL, in tx: ReadTransaction) throws -> Set<ObjectKey> {
        Set(try tx.rows(sql).map { try ObjectKey(try $0.get(0)) })
    }
}
