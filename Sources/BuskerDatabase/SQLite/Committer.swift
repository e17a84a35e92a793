// Many closures, one commit.

/// Takes everything that waits, runs each closure in its own savepoint, commits once, then answers.
///
/// While a commit runs the next group gathers; there is no timer.
struct Committer: Sendable {
    let groupSize: Int

    /// Runs groups until nothing waits.
    func drain(_ queue: WorkQueue, _ lane: Lane) {
        while true {
            let group = queue.take(groupSize, for: lane)
            guard !group.isEmpty else { return }
            let ran: Void? = lane.withConnection { connection in
                let started = group.filter { $0.begin() }
                if started.count == 1 { alone(started[0], on: connection) } else { together(started, on: connection) }
            }
            if ran == nil {
                for work in group { work.answer(instead: DatabaseError(.closed, "The database was closed.")) }
            }
        }
    }

    /// One closure has the whole transaction and needs no savepoint.
    private func alone(_ work: any QueuedWork, on connection: SQLiteConnection) {
        do throws(DatabaseError) {
            try connection.begin(.beginToWrite)
        } catch {
            return work.answer(instead: error)
        }
        if let error = failure(of: work, on: connection) {
            connection.rollBack()
            work.answer(instead: error)
        } else {
            work.answer(instead: commit(connection))
        }
    }

    private func together(_ group: [any QueuedWork], on connection: SQLiteConnection) {
        guard !group.isEmpty else { return }
        do throws(DatabaseError) {
            try connection.begin(.beginToWrite)
        } catch {
            for work in group { work.answer(instead: error) }
            return
        }
        var kept: [any QueuedWork] = []
        var refused: [(any QueuedWork, any Error)] = []
        for (at, work) in group.enumerated() {
            guard let error = outcome(of: work, on: connection) else {
                kept.append(work)
                continue
            }
            refused.append((work, error))
            guard connection.transactionLoss != nil else { continue }
            connection.rollBack()
            for (work, error) in refused { work.answer(instead: error) }
            for work in kept + group[(at + 1)...] { alone(work, on: connection) }
            return
        }
        let error = commit(connection)
        for work in kept { work.answer(instead: error) }
        for (work, error) in refused { work.answer(instead: error) }
    }

    /// Runs a closure in a savepoint; when it fails, nothing of it remains.
    private func outcome(of work: any QueuedWork, on connection: SQLiteConnection) -> (any Error)? {
        do {
            try connection.beginClosure()
            if let error = failure(of: work, on: connection) {
                if connection.transactionLoss == nil { try connection.undoClosure() }
                return error
            }
            try connection.keepClosure()
            return nil
        } catch {
            if connection.transactionLoss == nil { connection.abandon(error) }
            return error
        }
    }

    private func failure(of work: any QueuedWork, on connection: SQLiteConnection) -> (any Error)? {
        let error = work.run(on: connection)
        if let loss = connection.transactionLoss ?? connection.unnoticedFailure { return error ?? loss }
        if error == nil, connection.hasBrokenReferences {
            return DatabaseError(.foreignKeyViolation, "A row refers to another that is not there.")
        }
        return error
    }

    /// Commits, and says what to answer when that failed.
    private func commit(_ connection: SQLiteConnection) -> DatabaseError? {
        do throws(DatabaseError) {
            try connection.commit()
            return nil
        } catch {
            connection.rollBack()
            return DatabaseError(
                .unknownOutcome,
                "The commit failed and may or may not have happened; repeat the operation under the same key. \(error.detail)"
            )
        }
    }
}
