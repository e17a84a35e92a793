// The thread of one connection.

import BuskerDatabase
import Dispatch

/// A thread that takes closures from a pool and runs them on its connection.
final class Worker: Sendable {
    private let pool: Pool
    private let makeSession: @Sendable (DispatchSemaphore) -> Session
    private let bell = DispatchSemaphore(value: 0)
    private let closing = DispatchSemaphore(value: 0)

    init(_ pool: Pool, makeSession: @escaping @Sendable (DispatchSemaphore) -> Session) {
        self.pool = pool
        self.makeSession = makeSession
    }

    /// Starts the thread.
    ///
    /// - Parameter greet: is told whether the first connection came up; without it, the thread tries until it does.
    func start(_ greet: (@Sendable (Result<Void, DatabaseError>) -> Void)?) throws(DatabaseError) {
        try Threads.start { [self] in
            let session = makeSession(closing)
            if let greet {
                do throws(DatabaseError) {
                    try session.connect()
                    greet(.success(()))
                    serve(session)
                    pool.leave(self)
                } catch {
                    pool.leave(self)
                    greet(.failure(error))
                }
            } else {
                serve(session)
                pool.leave(self)
            }
        }
    }

    /// Tells the thread that something waits.
    func wake() { bell.signal() }

    /// Tells the thread not to sleep, because the database is being closed.
    func hurry() {
        closing.signal()
        bell.signal()
    }

    private func serve(_ session: Session) {
        var failures = 0
        while true {
            switch pool.turn(of: self, isReady: pool.hasWork && session.isReady) {
            case .run(let work):
                failures = 0
                guard work.begin() else { continue }
                let answer = work.run(on: session)
                answer()
            case .connect:
                do throws(DatabaseError) {
                    try session.connect()
                } catch {
                    guard pool.failedToConnect(error) else { continue }
                    let pause = 20 << min(failures, 6)
                    failures += 1
                    _ = closing.wait(timeout: .now() + .milliseconds(pause))
                }
            case .wait: bell.wait()
            case .end: return session.disconnect()
            }
        }
    }
}
