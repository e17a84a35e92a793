// One connection and the thread that may use it.

import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// A connection that GRDB opened, with the queue on which everything about it happens.
final class Lane: Sendable {
    private let queue: DatabaseQueue
    private let connection: Mutex<SQLiteConnection?>
    private let lock: FileLock?

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - path: a path, a URI that begins with `file:`, or `:memory:`.
    ///   - lock: what is let go once the connection is closed.
    init(
        _ path: String, isReader: Bool, lock: FileLock? = nil, setup: SQLiteSetup, limits: DatabaseLimits
    ) throws(DatabaseError) {
        self.lock = lock
        var configuration = Configuration()
        configuration.label = isReader ? "busker.sqlite.reader" : "busker.sqlite.writer"
        configuration.readonly = isReader
        configuration.busyMode = .timeout(Double(setup.busyMilliseconds) / 1000)
        configuration.foreignKeysEnabled = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let address = try queue.writeWithoutTransaction { database in
                try setup.apply(to: database, path: path, isReader: isReader, limits: limits)
                return UInt(bitPattern: unsafe database.sqliteConnection)
            }
            guard let handle = unsafe OpaquePointer(bitPattern: address) else {
                throw DatabaseError(.failed, "The database could not be opened.")
            }
            self.queue = queue
            let checkpointing = isReader ? nil : setup.checkpointing
            connection = Mutex(
                unsafe SQLiteConnection(handle, mayWrite: !isReader, limits: limits, checkpointing: checkpointing))
        } catch let error as GRDB.DatabaseError {
            throw SQLiteErrors(limit: limits.errorText)
                .make(error.extendedResultCode.rawValue, error.message ?? "The database cannot be opened")
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw DatabaseError(.failed, "The database cannot be opened.")
        }
    }

    deinit { connection.withLock { $0?.finalize() } }

    /// Runs `body` on the lane's own thread, after what was asked before.
    func run(_ body: @escaping @Sendable () -> Void) { queue.asyncWriteWithoutTransaction { _ in body() } }

    /// Lends the connection, on the lane's thread; nothing when it was closed.
    func withConnection<T: Sendable>(_ body: @Sendable (SQLiteConnection) -> T) -> T? {
        connection.withLock { connection in connection.map(body) }
    }

    /// Closes the connection once what was asked before is done.
    func close() async {
        await withCheckedContinuation { continuation in
            run { [self] in
                connection.withLock { connection in
                    connection?.finalize()
                    connection = nil
                }
                DispatchQueue.global().async { [self] in
                    try? queue.close()
                    lock?.release()
                    continuation.resume()
                }
            }
        }
    }
}
