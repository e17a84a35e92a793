// Rows whose bytes are to go: uploads that do not go on, and tombstones.

import BuskerCore
import BuskerDatabase

extension OrphanSweeper {
    /// Makes tombstones of uploads that expired, and deletes the bytes of tombstones.
    ///
    /// - Returns: whether the sweep goes on.
    func sweepRows(_ report: inout SweepReport) async throws(StorageError) -> Bool {
        let now = clock.now
        let old = now.advanced(by: .seconds(-limits.orphanSeconds))
        let stale: SQL = """
            state = 'uploading' AND (expires_us <= \(now) OR (expires_us IS NULL AND created_us <= \(old)))
            AND legal_hold IS NULL
            """
        try await eachFile(stale) { file throws(StorageError) in
            let found = try await report.isDry ? file : expire(file.id, now, old)
            if let found { report.add(.expire, found.key, size: nil, linesMax: limits.reportLinesMax) }
            return true
        }
        return try await eachFile("state = 'tombstoned'") { file throws(StorageError) in
            try await bury(file, &report)
        }
    }

    /// Calls `body` with every row that meets a condition, until it says no.
    @discardableResult
    private func eachFile(
        _ condition: SQL, _ body: (FileRecord) async throws(StorageError) -> Bool
    ) async throws(StorageError) -> Bool {
        var last: FileID?
        let limit = limits.pageKeys
        while true {
            let place: SQL = last.map { "AND id > \($0)" } ?? ""
            let files = try await reading { tx in
                try FileStore.rows("\(condition) \(place) ORDER BY id LIMIT \(limit)", in: tx)
            }
            for file in files where try await !body(file) { return false }
            guard let end = files.last else { return true }
            last = end.id
        }
    }

    /// Makes a tombstone of an upload, if it has not gone on since.
    private func expire(_ id: FileID, _ now: Timestamp, _ old: Timestamp) async throws(StorageError) -> FileRecord? {
        try await writing { tx in
            let file = try FileStore.lock(id, in: tx)
            let isOver = file.times.expires.map { $0 <= now } ?? (file.times.created <= old)
            guard file.state == .uploading, isOver, file.legalHold == nil else { return nil }
            let dead = try FileStore.save(try FileMachine.apply(.tombstone, to: file), in: tx)
            _ = try Tombstones.close(file.key, of: id, because: "upload expired", at: now, in: tx)
            try self.audit("sweep.expire", file.key, size: nil, file: id, at: now, in: tx)
            return dead
        }
    }

    /// Deletes the bytes of a tombstone, and says in its row that they are gone.
    private func bury(_ file: FileRecord, _ report: inout SweepReport) async throws(StorageError) -> Bool {
        let (id, now) = (file.id, clock.now)
        guard !report.isDry else {
            report.add(.vanish, file.key, size: file.size, linesMax: limits.reportLinesMax)
            return true
        }
        let until = try await writing { tx -> Timestamp? in
            if let until = try self.take(1, at: now, in: tx) { return until }
            _ = try Tombstones.close(file.key, of: id, because: "tombstone", at: now, in: tx)
            return nil
        }
        if let until {
            report.end = .paused(until: until)
            return false
        }
        try await abortParts(of: file.key)
        if let failure = try await store.delete([file.key]).first?.failure {
            report.failures += 1
            guard failure.code != .rateLimited, bears(report) else {
                report.end = .stopped
                return false
            }
            return true
        }
        try await writing { tx in
            let row = try FileStore.lock(id, in: tx)
            guard row.state == .tombstoned else { return }
            _ = try FileStore.save(try FileMachine.apply(.vanish, to: row), in: tx)
            try Tombstones.note(row.key, deleted: now, in: tx)
            try self.audit("sweep.vanish", row.key, size: row.size, file: id, sha256: row.sha256, at: now, in: tx)
        }
        report.add(.vanish, file.key, size: file.size, linesMax: limits.reportLinesMax)
        return true
    }

    /// Deletes the bytes of closed keys that nobody saw go.
    ///
    /// - Returns: whether the sweep goes on.
    func sweepTombstones(_ report: inout SweepReport) async throws(StorageError) -> Bool {
        var after = ""
        while true {
            let (last, limit, now) = (after, batch, clock.now)
            let keys = try await reading { tx in try SweepStore.openTombstones(limit, after: last, in: tx) }
            guard let end = keys.last else { return true }
            after = end.text
            guard !report.isDry else {
                for key in keys { report.add(.delete, key, size: nil, linesMax: limits.reportLinesMax) }
                continue
            }
            if let until = try await writing({ tx in try self.take(keys.count, at: now, in: tx) }) {
                report.end = .paused(until: until)
                return false
            }
            let objects = keys.map { ObjectInfo(key: $0, size: 0, entityTag: "", modified: now) }
            guard try await delete(objects, .delete, &report) else { return false }
        }
    }
}
