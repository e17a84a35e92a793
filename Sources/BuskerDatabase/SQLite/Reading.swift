// Closures that read, each on a snapshot of its own.

/// Runs what waits to read, one closure after another, each in a transaction that sees one state.
enum Reading {
    /// Runs closures until nothing waits.
    static func drain(_ queue: WorkQueue, _ lane: Lane) {
        while let work = queue.take(1, for: lane).first {
            guard work.begin() else { continue }
            let answered: Void? = lane.withConnection { connection in
                do throws(DatabaseError) {
                    try connection.begin(.beginToRead)
                } catch {
                    return work.answer(instead: error)
                }
                let error = work.run(on: connection)
                connection.endReading()
                work.answer(instead: error)
            }
            if answered == nil { work.answer(instead: DatabaseError(.closed, "The database was closed.")) }
        }
    }
}
