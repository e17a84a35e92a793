// A caller that waits for its closure.

import BuskerDatabase
import Synchronization

/// A closure that waits for a connection, whatever it returns.
protocol PendingWork: AnyObject, Sendable {
    /// When it is no longer worth waiting.
    var deadline: ContinuousClock.Instant { get }
    /// Claims the closure; false when its caller has gone.
    func begin() -> Bool
    /// Runs the closure, and returns what wakes its caller.
    func run(on session: Session) -> @Sendable () -> Void
    /// Wakes the caller with an error, unless the closure was claimed.
    func refuse(_ error: DatabaseError)
}

/// A closure and the caller that waits for its value.
final class PendingCall<Value: Sendable>: PendingWork {
    private enum State {
        case made
        case waiting(CheckedContinuation<Value, any Error>)
        case begun(CheckedContinuation<Value, any Error>)
        case over
    }

    let deadline: ContinuousClock.Instant
    private let state = Mutex(State.made)
    private let body: @Sendable (Session) throws -> Value

    init(deadline: ContinuousClock.Instant, _ body: @escaping @Sendable (Session) throws -> Value) {
        self.deadline = deadline
        self.body = body
    }

    /// Waits in a pool for the value.
    func value(in pool: Pool) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard wait(with: continuation) else { return continuation.resume(throwing: CancellationError()) }
                do throws(DatabaseError) { try pool.add(self) } catch { refuse(error) }
            }
        } onCancel: {
            guard let continuation = leave() else { return }
            pool.remove(self)
            continuation.resume(throwing: CancellationError())
        }
    }

    private func wait(with continuation: CheckedContinuation<Value, any Error>) -> Bool {
        state.withLock { state in
            guard case .made = state else { return false }
            state = .waiting(continuation)
            return true
        }
    }

    /// Takes the caller out when its closure has not begun.
    private func leave() -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            switch state {
            case .made:
                state = .over
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .begun, .over: return nil
            }
        }
    }

    func begin() -> Bool {
        state.withLock { state in
            guard case .waiting(let continuation) = state else { return false }
            state = .begun(continuation)
            return true
        }
    }

    func run(on session: Session) -> @Sendable () -> Void {
        let result = Result { try body(session) }
        let left = state.withLock { state in
            defer { state = .over }
            return state
        }
        guard case .begun(let continuation) = left else { return {} }
        return { continuation.resume(with: result) }
    }

    func refuse(_ error: DatabaseError) { leave()?.resume(throwing: error) }
}
