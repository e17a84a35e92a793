// The life of a migration.

package import BuskerCore

/// What happened to a migration.
package enum MigrationEvent: Sendable, Hashable {
    /// The copy was made, or was there already: what counts is what is read back.
    case copied
    /// There is no source to copy.
    case sourceLost
    /// What was read back has the right size and hash.
    case verified
    /// What was read back is something else, or nothing.
    case mismatched
    /// The row changed since, but is still the same file in the same place.
    case rebased(rowVersion: Int64)
    /// The row is not, or not any more, a file that could be moved.
    case overtaken
    /// The row points at the copy; the source stays until then.
    case committed(waitUntil: Timestamp)
    /// Somebody may use the source for longer.
    case extended(until: Timestamp)
    /// Time has passed, and nobody uses the source longer than its wait.
    case looked(now: Timestamp)
    /// The source is gone.
    case sourceDeleted
    /// Somebody wants the file to stay where it was.
    case cancelled
    /// The copy is gone, and its key is closed for ever.
    case targetDeleted
}

/// What is to be done next; each can be repeated, also after it was done.
package enum MigrationEffect: Sendable, Hashable {
    /// Copy, but only where nothing is.
    case copy(ObjectKey, to: ObjectKey)
    /// Read the copy back and compare it.
    case verify(ObjectKey, size: Int64, sha256: ContentHash)
    /// In one transaction: point the row, if it has this version, at the copy, and write the audit.
    case commit(rowVersion: Int64)
    /// Look at the row's links and uses then.
    case wait(until: Timestamp)
    /// Close the key for ever, if no row points at it, then delete the bytes.
    case delete(ObjectKey)
    /// Nothing.
    case rest
}

/// The life of a migration: intended → copied → verified → committed → released → done; before it is committed it can
/// also be given up: returning → returned.
///
/// After a crash the effect of the step that was finished last is carried out again.
package struct MigrationMachine: Sendable {
    /// The migration as it stands.
    package private(set) var migration: FileMigration

    package init(_ migration: FileMigration) { self.migration = migration }

    /// What is to be done next.
    package var effect: MigrationEffect {
        switch migration.step {
        case .intended: .copy(migration.source, to: migration.target)
        case .copied: .verify(migration.target, size: migration.size, sha256: migration.sha256)
        case .verified: .commit(rowVersion: migration.rowVersion)
        case .committed: .wait(until: migration.waitUntil ?? migration.changed)
        case .released: .delete(migration.source)
        case .returning: .delete(migration.target)
        case .done, .returned: .rest
        }
    }

    /// Takes in what happened and says what is to be done next.
    ///
    /// - Throws: ``StorageError`` with `badState` when it cannot happen at this step; nothing has changed then.
    package mutating func apply(_ event: MigrationEvent) throws(StorageError) -> MigrationEffect {
        switch (migration.step, event) {
        case (.intended, .copied): migration.step = .copied
        case (.copied, .verified): migration.step = .verified
        case (.intended, .sourceLost): giveUp("The source is gone.")
        case (.copied, .mismatched): giveUp("What was read back is not what the file's row says.")
        case (.verified, .overtaken), (.intended, .overtaken), (.copied, .overtaken):
            giveUp("The file was changed, deleted or moved meanwhile.")
        case (.intended, .cancelled), (.copied, .cancelled), (.verified, .cancelled): giveUp("It was cancelled.")
        case (.returning, .cancelled), (.returned, .cancelled): break
        case (.verified, .rebased(let version)) where version > migration.rowVersion: migration.rowVersion = version
        case (.verified, .committed(let until)):
            migration.step = .committed
            migration.waitUntil = until
        case (.committed, .extended(let until)): migration.waitUntil = max(migration.waitUntil ?? until, until)
        case (.committed, .looked(let now)):
            if now >= migration.waitUntil ?? now { migration.step = .released }
        case (.released, .sourceDeleted): migration.step = .done
        case (.returning, .targetDeleted): migration.step = .returned
        default: throw Self.refusal(migration.step, event)
        }
        return effect
    }

    private mutating func giveUp(_ why: String) {
        migration.step = .returning
        migration.problem = why
    }

    private static func refusal(_ step: MigrationStep, _ event: MigrationEvent) -> StorageError {
        if event == .cancelled, step.isCommitted {
            return StorageError(
                .badState, "The migration is committed and can only go forward; move the file back with a new one.")
        }
        return StorageError(.badState, "A migration that is \(step.rawValue) does not take this event; look again.")
    }
}
