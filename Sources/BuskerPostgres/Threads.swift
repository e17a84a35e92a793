// Threads of our own, outside the pool that serves requests.

import BuskerCore
import BuskerDatabase

/// Starts the threads that wait for the server, so that no thread of the host does.
enum Threads {
    /// Runs `body` on a new thread, which ends with it.
    static func start(_ body: @escaping @Sendable () -> Void) throws(DatabaseError) {
        guard OwnThread.start(body) else {
            throw DatabaseError(
                .limit, "The system gave no thread for a connection; fewer connections, or a higher limit, help.")
        }
    }
}
