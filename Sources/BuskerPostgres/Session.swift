// A thread's connection, and the closures that run on it.

import BuskerDatabase
import Dispatch

/// A connection that comes and goes, and the rules by which a closure runs again; used by one thread.
final class Session {
    private let server: ConnectionString
    private let limits: PostgresLimits
    private let luck: Luck
    private let closing: DispatchSemaphore
    private(set) var link: Link?

    /// - Parameter closing: signalled when the database is being closed, so that nobody sleeps then.
    init(to server: ConnectionString, limits: PostgresLimits, luck: Luck, closing: DispatchSemaphore) {
        self.server = server
        self.limits = limits
        self.luck = luck
        self.closing = closing
    }

    /// Connects, unless a connection is there that works.
    func connect() throws(DatabaseError) {
        if let link, link.isAlive() { return }
        link = nil
        link = try Link(to: server, limits: limits)
    }

    /// Whether the connection works, as far as one can tell without asking.
    var isReady: Bool { link?.isAlive() ?? false }

    /// Lets go of the connection.
    func disconnect() {
        try? link?.readForgotten()
        link = nil
    }

    /// Runs a closure that reads.
    func read<T>(_ body: (ReadTransaction) throws -> T) throws -> T {
        try run(.read) { try body(ReadTransaction($0)) }
    }

    /// Runs a closure that writes.
    func write<T>(_ body: (Transaction) throws -> T) throws -> T {
        try run(.write) { try body(Transaction($0)) }
    }

    private func run<T>(_ mode: OpenTransaction.Mode, _ body: (OpenTransaction) throws -> T) throws -> T {
        var retries = 0
        var mayReconnect = true
        while true {
            try connect()
            guard let link else { throw DatabaseError(.closed, "There is no connection.") }
            let transaction = OpenTransaction(on: link, mode)
            var committing = false
            do {
                let value = try body(transaction)
                committing = true
                do throws(Failure) { try transaction.commit() } catch { throw error.error }
                transaction.end()
                return value
            } catch {
                transaction.end()
                guard let failure = transaction.failure else { throw error }
                if failure.isLost { self.link = nil }
                if failure.isLost, !transaction.hasAnswered, !committing || failure.isUnsent, mayReconnect {
                    mayReconnect = false
                    continue
                }
                guard failure.mayPass, !failure.isLost, retries < limits.retries else { throw error }
                if failure.isStale { link.cache.removeAll() }
                pause(retries)
                retries += 1
            }
        }
    }

    /// Waits a moment that doubles with every retry, so that those who lost a race do not meet again.
    private func pause(_ retries: Int) {
        let longest = 4_000 << min(retries, 6)
        _ = closing.wait(timeout: .now() + .microseconds(luck.number(in: longest / 4...longest)))
    }
}
