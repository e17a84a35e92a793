// Objects that no row has.

import BuskerCore
import BuskerDatabase

extension OrphanSweeper {
    /// An object whose time is up.
    struct Doomed: Sendable {
        let object: ObjectInfo
        let verdict: SweepVerdict
    }

    /// Goes through a prefix, page by page.
    ///
    /// - Returns: whether the sweep goes on.
    func sweepObjects(_ prefix: String, after: String?, _ report: inout SweepReport) async throws(StorageError) -> Bool
    {
        var after = after
        repeat {
            let page = try await store.list(ListRequest(prefix: prefix, after: after, limit: limits.pageKeys))
            let doomed = try await judge(page.objects, prefix, &report)
            for verdict in [SweepVerdict.delete, .quarantine] {
                var rest = doomed.filter { $0.verdict == verdict }[...]
                while !rest.isEmpty {
                    let some = Array(rest.prefix(verdict == .delete ? batch : 1))
                    rest = rest.dropFirst(some.count)
                    guard try await end(some, &report) else { return false }
                }
            }
            after = page.next
            if !report.isDry { try await move(to: SweepPlace(prefix: prefix, after: after)) }
        } while after != nil
        return true
    }

    /// Looks a page up in the database, notes what is seen without a row, and says what is to go.
    private func judge(
        _ objects: [ObjectInfo], _ prefix: String, _ report: inout SweepReport
    ) async throws(StorageError) -> [Doomed] {
        guard !objects.isEmpty else { return [] }
        let now = clock.now
        let isQuarantine = prefix.utf8.elementsEqual(quarantine.utf8)
        let owned = objects.filter { $0.key.text.utf8.starts(with: prefix.utf8) }
        let facts = try await reading { tx in try SweepStore.facts(owned, in: tx) }
        var (doomed, sighted, kept): ([Doomed], [ObjectInfo], [ObjectKey]) = ([], [], [])
        for (object, facts) in zip(owned, facts) {
            var facts = facts
            facts.isQuarantined = isQuarantine
            report.looked += 1
            let verdict = limits.verdict(facts, now: now)
            switch verdict {
            case .keep:
                report.kept += 1
                if facts.firstSeen != nil { kept.append(object.key) }
            case .sight:
                report.sighted += 1
                sighted.append(object)
            case .wait: report.waiting += 1
            case .delete, .quarantine: doomed.append(Doomed(object: object, verdict: verdict))
            }
        }
        if !report.isDry, !sighted.isEmpty || !kept.isEmpty {
            let (sightings, needed) = (sighted.map { (key: $0.key.text, tag: $0.entityTag) }, kept.map(\.text))
            try await writing { tx in
                try SweepStore.sight(sightings, at: now, in: tx)
                try SweepStore.forget(needed, in: tx)
            }
        }
        return doomed
    }

    /// Ends objects whose time is up.
    ///
    /// - Returns: whether the sweep goes on.
    private func end(_ doomed: [Doomed], _ report: inout SweepReport) async throws(StorageError) -> Bool {
        guard !report.isDry else {
            for one in doomed {
                let action: SweepReport.Action = one.verdict == .delete ? .delete : .quarantine
                report.add(action, one.object.key, size: one.object.size, linesMax: limits.reportLinesMax)
            }
            return true
        }
        let (begun, count) = (clock.now, doomed.count)
        if let until = try await writing({ tx in try self.take(count, at: begun, in: tx) }) {
            report.end = .paused(until: until)
            return false
        }
        var copies: [ObjectKey: (key: ObjectKey, sha256: ContentHash)] = [:]
        for one in doomed where one.verdict == .quarantine { copies[one.object.key] = try await putAside(one.object) }
        let (now, aside) = (clock.now, copies)
        let closed = try await writing { tx in try self.close(doomed, aside: aside, at: now, in: tx) }
        return try await delete(closed, copies.isEmpty ? .delete : .quarantine, &report)
    }

    /// Closes the keys of those that nothing needs at this moment either.
    private func close(
        _ doomed: [Doomed], aside: [ObjectKey: (key: ObjectKey, sha256: ContentHash)], at now: Timestamp,
        in tx: Transaction
    ) throws -> [ObjectInfo] {
        var closed: [ObjectInfo] = []
        for one in doomed {
            let key = one.object.key
            guard try !MigrationStore.needs(key, in: tx), try UploadStore.pieces(among: [key.text], in: tx).isEmpty,
                try Tombstones.close(key, of: nil, because: "orphan", at: now, in: tx)
            else { continue }
            let copy = aside[key]
            try audit(
                "sweep.\(one.verdict.rawValue)", key, to: copy?.key, size: one.object.size, sha256: copy?.sha256,
                at: now, in: tx)
            closed.append(one.object)
        }
        return closed
    }

    /// Deletes objects whose keys are closed.
    ///
    /// - Returns: whether the sweep goes on.
    func delete(
        _ objects: [ObjectInfo], _ action: SweepReport.Action, _ report: inout SweepReport
    ) async throws(StorageError) -> Bool {
        guard !objects.isEmpty else { return true }
        let now = clock.now
        let sizes = Dictionary(objects.map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first })
        let results = try await store.delete(objects.map(\.key))
        let gone = results.filter { $0.failure == nil }.map(\.key)
        try await writing { tx in
            for key in gone { try Tombstones.note(key, deleted: now, in: tx) }
            try SweepStore.forget(gone.map(\.text), in: tx)
        }
        for key in gone { report.add(action, key, size: sizes[key], linesMax: limits.reportLinesMax) }
        report.failures += results.count - gone.count
        let isSlowedDown = results.contains { $0.failure?.code == .rateLimited }
        guard !isSlowedDown, bears(report) else {
            report.end = .stopped
            return false
        }
        return true
    }

    /// Copies an object into quarantine, and makes sure that the copy is the same; another one is made
    /// where it is not.
    private func putAside(_ object: ObjectInfo) async throws(StorageError) -> (key: ObjectKey, sha256: ContentHash) {
        var (size, sum) = (Int64(0), ContentHash.Summing())
        let content = try await store.get(object.key, GetOptions(ifMatch: object.entityTag))
        try await content.body.eachPiece { piece throws(StorageError) in
            size += Int64(piece.count)
            sum.add(piece)
        }
        guard size == object.size else {
            throw StorageError(.badAnswer, "The store ended its answer early; sweep again.")
        }
        for attempt in 0..<limits.copiesMax {
            let name = ContentHash(of: Array("\(object.key)\n\(object.entityTag)\n\(attempt)".utf8))
            let key = try ObjectKey(quarantine + name.description)
            do throws(StorageError) {
                try await store.copyOnce(object.key, to: key)
            } catch {
                guard error.code == .alreadyExists else { throw error }
            }
            if try await BytesCheck.hold(key, size: size, sha256: sum.hash, in: store) { return (key, sum.hash) }
        }
        throw StorageError(.badDigest, "The copies in quarantine are not what was copied; nothing was deleted.")
    }

    private func move(to place: SweepPlace) async throws(StorageError) {
        try await writing { tx in
            var state = try SweepStore.state(tx.dialect.forUpdate, in: tx)
            state.place = place
            try SweepStore.save(state, finished: nil, in: tx)
        }
    }
}
