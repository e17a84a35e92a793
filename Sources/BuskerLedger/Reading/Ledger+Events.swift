// The outbox: what somebody should hear of.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// The events that wait, in their order.
    ///
    /// An event waits until it is marked as done, so a reader that stops half-way gets it again: at least once. For several
    /// readers at a time there is ``handleEvents(limit:_:)``.
    ///
    /// - Parameters:
    ///   - sequence: only later ones; zero for all.
    ///   - limit: at most so many, held at ``LedgerLimits/pageRowsMax``.
    /// - Throws: ``LedgerError`` with `databaseFailed` or `cancelled`.
    public func events(after sequence: Int64 = 0, limit: Int = 100) async throws(LedgerError) -> [LedgerEvent] {
        let limit = held(limit)
        return try await reading { tx in try EventReader.waiting(after: sequence, limit: limit, in: tx) }
    }

    /// The events that wait, as the transaction sees them.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func events(
        after sequence: Int64 = 0, limit: Int = 100, in tx: ReadTransaction
    ) throws(LedgerError) -> [LedgerEvent] {
        try ReadFailure.guarded { try EventReader.waiting(after: sequence, limit: held(limit), in: tx) }
    }

    /// Marks events as done; one that is done already stays as it is.
    ///
    /// - Returns: how many were not done before.
    /// - Throws: ``LedgerError`` with `limit` for more than ``LedgerLimits/pageRowsMax`` events, `unknownOutcome`,
    ///   `databaseFailed` or `cancelled`.
    @discardableResult
    public func markDone(_ sequences: [Int64]) async throws(LedgerError) -> Int {
        try checkCount(sequences)
        let now = clock.now
        return try await writing { tx in try EventReader.markDone(sequences, at: now, in: tx) }
    }

    /// Marks events as done in a transaction of the host's, so that this commits with what was made of them.
    ///
    /// - Throws: ``LedgerError`` with `limit` or `databaseFailed`.
    @discardableResult
    public func markDone(_ sequences: [Int64], in tx: Transaction) throws(LedgerError) -> Int {
        try checkCount(sequences)
        return try ReadFailure.guarded { try EventReader.markDone(sequences, at: clock.now, in: tx) }
    }

    /// Takes the first events that wait, marking them as done in the same transaction.
    ///
    /// Of several that take at the same time each gets other events; each gets its own in their order.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func takeEvents(limit: Int = 100, in tx: Transaction) throws(LedgerError) -> [LedgerEvent] {
        try ReadFailure.guarded { try EventReader.take(limit: held(limit), at: clock.now, in: tx) }
    }

    /// Takes the first events that wait and gives each to `body`; they are done when everything `body` wrote is durable.
    ///
    /// When `body` throws, nothing it wrote remains and all of them wait again. Several hosts may do this at the same time.
    ///
    /// - Parameters:
    ///   - limit: at most so many, held at ``LedgerLimits/pageRowsMax``.
    ///   - body: makes rows of the host's own from an event, such as a mail to send; it may run again after a lost race.
    /// - Returns: how many events there were.
    /// - Throws: ``LedgerError`` with `unknownOutcome`, `databaseFailed` or `cancelled`; what `body` throws.
    @discardableResult
    public func handleEvents(
        limit: Int = 100, _ body: @escaping @Sendable (LedgerEvent, Transaction) throws -> Void
    ) async throws -> Int {
        let (limit, now) = (held(limit), clock.now)
        do {
            return try await database.write { tx in
                let events = try EventReader.take(limit: limit, at: now, in: tx)
                for event in events { try body(event, tx) }
                return events.count
            }
        } catch let error as DatabaseError {
            throw ReadFailure.named(error)
        } catch is CancellationError {
            throw ReadFailure.named(CancellationError())
        }
    }

    /// Deletes events that were done before a moment.
    ///
    /// - Returns: how many were deleted.
    /// - Throws: ``LedgerError`` with `unknownOutcome`, `databaseFailed` or `cancelled`.
    @discardableResult
    public func pruneEvents(doneBefore moment: Timestamp) async throws(LedgerError) -> Int {
        var pruned = 0
        while true {
            let count = try await writing { tx in try EventReader.prune(before: moment, in: tx) }
            pruned += count
            if count < EventReader.pruneMax { return pruned }
        }
    }

    private func held(_ limit: Int) -> Int { min(max(limit, 1), limits.pageRowsMax) }

    private func checkCount(_ sequences: [Int64]) throws(LedgerError) {
        guard sequences.count <= limits.pageRowsMax else {
            throw LedgerError(.limit, "At most \(limits.pageRowsMax) events are marked at once; mark them in parts.")
        }
    }
}
