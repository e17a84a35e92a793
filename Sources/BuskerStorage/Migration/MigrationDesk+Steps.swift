// One step of a move after the other.

public import BuskerCore
import BuskerDatabase

extension MigrationDesk {
    /// Carries a move out as far as it goes now.
    ///
    /// - Throws: ``StorageError`` with `notFound`, or what a step met; the journal knows it and when to try again.
    @discardableResult
    public func advance(_ id: MigrationID) async throws(StorageError) -> FileMigration {
        while true {
            guard let migration = try await migration(id) else { throw .noMigration }
            do throws(StorageError) {
                guard try await step(migration) else {
                    return try await self.migration(id) ?? migration
                }
            } catch {
                if error.code != .cancelled { try await fail(migration, error) }
                throw error
            }
        }
    }

    /// Carries out what is to be done next.
    ///
    /// - Returns: whether the journal should be looked at again at once.
    private func step(_ migration: FileMigration) async throws(StorageError) -> Bool {
        switch MigrationMachine(migration).effect {
        case .copy(let source, let target):
            try await note(try await copy(source, to: target), migration)
        case .verify(let key, let size, let sha256):
            let isRight = try await BytesCheck.hold(key, size: size, sha256: sha256, in: store)
            try await note(isRight ? .verified : .mismatched, migration)
        case .commit: try await point(migration)
        case .wait: return try await look(migration)
        case .delete(let key): try await delete(key, migration)
        case .rest: return false
        }
        return true
    }

    /// Makes the copy; one that is there already is as good, because what is read back counts.
    private func copy(_ source: ObjectKey, to target: ObjectKey) async throws(StorageError) -> MigrationEvent {
        do throws(StorageError) {
            try await store.copyOnce(source, to: target)
            return .copied
        } catch {
            if error.code == .alreadyExists { return .copied }
            guard error.code == .notFound, case .absent = await store.head(source) else { throw error }
            return .sourceLost
        }
    }

    /// Points the row at the copy, if it is still the row that the move was begun for.
    private func point(_ seen: FileMigration) async throws(StorageError) {
        let now = clock.now
        do {
            try await database.write { tx in try self.point(seen, at: now, in: tx) }
        } catch let error as StorageError where error.code == .badState {
            try await note(.cancelled, seen)
        } catch {
            throw StorageError(any: error)
        }
    }

    private func point(_ seen: FileMigration, at now: Timestamp, in tx: Transaction) throws {
        let migration = try MigrationStore.lock(seen.id, in: tx)
        guard migration.version == seen.version else { return }
        var machine = MigrationMachine(migration)
        guard var file = try FileStore.rows("id = \(migration.file)\(tx.dialect.forUpdate)", in: tx).first,
            file.isReadable, file.key == migration.source, file.sha256 == migration.sha256, file.size == migration.size
        else {
            _ = try machine.apply(.overtaken)
            _ = try save(machine.migration, at: now, due: 0, in: tx)
            return try audit("migration.return", machine.migration, "overtaken", at: now, in: tx)
        }
        guard file.version == migration.rowVersion else {
            _ = try machine.apply(.rebased(rowVersion: file.version))
            _ = try save(machine.migration, at: now, due: limits.leaseSeconds, in: tx)
            return
        }
        let reader = due(limits.readerSeconds, after: now)
        let until = [reader, file.times.linkedUntil, file.times.usedUntil].compactMap(\.self).max() ?? reader
        file.key = migration.target
        file.standing = .permanent
        file = try FileStore.save(file, in: tx)
        try commit(file, migration, tx)
        _ = try machine.apply(.committed(waitUntil: until))
        _ = try save(machine.migration, at: now, due: limits.leaseSeconds, in: tx)
        try audit("migration.commit", machine.migration, "committed", at: now, in: tx)
    }

    /// Looks whether anybody may still use the source.
    private func look(_ seen: FileMigration) async throws(StorageError) -> Bool {
        let now = clock.now
        return try await writing { tx in
            let migration = try MigrationStore.lock(seen.id, in: tx)
            guard migration.version == seen.version else { return true }
            var machine = MigrationMachine(migration)
            let end = self.due(self.limits.waitDaysMax * 86_400, after: migration.begun)
            if now >= migration.waitUntil ?? now, now < end,
                let used = try FileStore.find(migration.file, in: tx)?.times.usedUntil, used > now
            {
                _ = try machine.apply(.extended(until: used))
            } else {
                _ = try machine.apply(.looked(now: now))
            }
            let isReleased = machine.migration.step == .released
            let next = machine.migration.waitUntil ?? now
            var changed = machine.migration
            changed.changed = now
            _ = try MigrationStore.save(changed, due: isReleased ? now : next, in: tx)
            return isReleased
        }
    }

    /// Closes a key for ever and deletes its bytes.
    private func delete(_ key: ObjectKey, _ seen: FileMigration) async throws(StorageError) {
        let now = clock.now
        let isClosed = try await writing { tx -> Bool? in
            guard try MigrationStore.lock(seen.id, in: tx).version == seen.version else { return nil }
            return try Tombstones.close(key, of: seen.file, because: "migration \(seen.id)", at: now, in: tx)
        }
        guard let isClosed else { return }
        guard isClosed else {
            throw StorageError(.badState, "A row points at bytes that a migration would delete; nothing was deleted.")
        }
        if let failure = try await store.delete([key]).first?.failure { throw failure }
        let event: MigrationEvent = seen.step == .released ? .sourceDeleted : .targetDeleted
        try await writing { tx in
            let migration = try MigrationStore.lock(seen.id, in: tx)
            guard migration.version == seen.version else { return }
            var machine = MigrationMachine(migration)
            _ = try machine.apply(event)
            try Tombstones.note(key, deleted: now, in: tx)
            _ = try self.save(machine.migration, at: now, due: 0, in: tx)
            let result = machine.migration.step.rawValue
            try self.audit("migration.end", machine.migration, result, at: now, in: tx)
        }
    }

    /// Writes what happened to the journal, unless somebody else went on with it meanwhile.
    private func note(_ event: MigrationEvent, _ seen: FileMigration) async throws(StorageError) {
        let now = clock.now
        try await writing { tx in
            let migration = try MigrationStore.lock(seen.id, in: tx)
            guard migration.version == seen.version else { return }
            var machine = MigrationMachine(migration)
            _ = try machine.apply(event)
            var changed = machine.migration
            changed.attempts = 0
            if changed.step != .returning { changed.problem = nil }
            _ = try self.save(changed, at: now, due: self.limits.leaseSeconds, in: tx)
            if changed.step == .returning {
                try self.audit("migration.return", changed, changed.problem ?? "", at: now, in: tx)
            }
        }
    }

    /// Writes what went wrong, and when to try again.
    private func fail(_ seen: FileMigration, _ error: StorageError) async throws(StorageError) {
        let now = clock.now
        try await writing { tx in
            guard var migration = try MigrationStore.find("id = \(seen.id)\(tx.dialect.forUpdate)", in: tx),
                migration.version == seen.version
            else { return }
            migration.attempts += 1
            migration.problem = error.description
            _ = try self.save(migration, at: now, due: self.limits.wait(after: migration.attempts), in: tx)
        }
    }
}
