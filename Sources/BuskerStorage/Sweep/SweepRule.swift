// What a sweep does with one object, decided from facts alone.

package import BuskerCore

/// What is known of an object that a sweep met.
package struct SweepFacts: Sendable, Hashable {
    /// A row that is neither a tombstone nor gone has its key.
    package var hasRow = false
    /// A row that is a tombstone has its key; it is deleted with its row.
    package var isDying = false
    /// A move that is not over copies from its key or to it.
    package var isMoving = false
    /// Its key was closed for ever.
    package var isClosed = false
    /// A row had its key once.
    package var hadRow = false
    /// It lies in quarantine.
    package var isQuarantined = false
    /// When it was first seen without a row, in this form.
    package var firstSeen: Timestamp?
    /// When it was written, by the store's clock.
    package var modified: Timestamp

    package init(modified: Timestamp) { self.modified = modified }
}

/// What is to be done with it.
package enum SweepVerdict: String, Sendable, Hashable, CaseIterable {
    /// Something needs it.
    case keep
    /// It was not seen without a row before; note it.
    case sight
    /// It was, but not for long enough.
    case wait
    /// Nothing will ever need it, and it is known what it was: close its key and delete it.
    case delete
    /// Nobody knows what it is: put it aside first.
    case quarantine
}

extension SweepLimits {
    /// What is to be done with an object; only facts from one moment count, and the key is closed before anything goes.
    package func verdict(_ facts: SweepFacts, now: Timestamp) -> SweepVerdict {
        if facts.hasRow || facts.isDying || facts.isMoving { return .keep }
        if facts.isClosed { return .delete }
        let age = facts.modified.microseconds(until: now)
        if facts.isQuarantined {
            return age >= Duration.seconds(quarantineDays * 86_400).microseconds64 ? .delete : .keep
        }
        guard let firstSeen = facts.firstSeen else { return .sight }
        guard firstSeen.microseconds(until: now) >= Duration.seconds(sightingSeconds).microseconds64,
            age >= Duration.seconds(orphanSeconds).microseconds64
        else { return .wait }
        return facts.hadRow ? .delete : .quarantine
    }
}
