// The life of a file's content.

/// What happens to the content of a file, and which state follows.
///
/// ```text
/// uploading → received → scanning → accepted | quarantined
/// anything but gone → tombstoned → gone
/// ```
/// Soft deletion is apart from it: a time in the row, which can be undone until the tombstone.
public enum FileMachine {
    /// What can happen.
    public enum Event: String, Sendable, Hashable, CaseIterable {
        /// All bytes came and were hashed.
        case receive
        /// Somebody begins to look at them; also again, after a look that did not end or that was not possible.
        case scan
        /// They are what they should be.
        case accept
        /// They are not, or could not be looked at.
        case quarantine
        /// This host made the content itself and answers for it, so that nobody needs to look.
        case vouch
        /// The bytes are about to be deleted.
        case tombstone
        /// The bytes are gone.
        case vanish
    }

    /// The state after an event; nothing when it cannot happen then.
    public static func state(after event: Event, in state: FileState) -> FileState? {
        switch (event, state) {
        case (.receive, .uploading): .received
        case (.scan, .received), (.scan, .scanning), (.scan, .quarantined): .scanning
        case (.accept, .scanning), (.vouch, .received): .accepted
        case (.quarantine, .received), (.quarantine, .scanning): .quarantined
        case (.tombstone, .gone): nil
        case (.tombstone, _): .tombstoned
        case (.vanish, .tombstoned): .gone
        default: nil
        }
    }

    /// The row after an event.
    ///
    /// - Throws: ``StorageError`` with `badState` when it cannot happen in this state, when `receive` has no size or hash, or
    ///   when `tombstone` meets a legal hold.
    public static func apply(_ event: Event, to file: FileRecord) throws(StorageError) -> FileRecord {
        guard let next = state(after: event, in: file.state) else {
            throw StorageError(.badState, "A file that is \(file.state.rawValue) cannot \(event.rawValue).")
        }
        if event == .receive, file.size == nil || file.sha256 == nil {
            throw StorageError(.badState, "A file is received when its size and its hash are known.")
        }
        if event == .tombstone, file.legalHold != nil {
            throw StorageError(.badState, "The file is under a legal hold; release the hold first.")
        }
        var changed = file
        changed.state = next
        return changed
    }

    /// The states from which a row may come to this one by one event, or by a change that leaves the state.
    public static func states(before state: FileState) -> Set<FileState> {
        var before: Set<FileState> = [state]
        for candidate in FileState.allCases {
            if Event.allCases.contains(where: { self.state(after: $0, in: candidate) == state }) {
                before.insert(candidate)
            }
        }
        return before
    }
}
