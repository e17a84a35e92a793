// A caller that waits for its closure.

import Synchronization

/// A closure that waits for its turn, whatever it returns.
protocol QueuedWork: AnyObject, Sendable {
    /// Claims the closure; false when its caller has gone.
    func begin() -> Bool
    /// Runs the closure; it may run again when others' failure undid it.
    ///
    /// - Returns: what it threw, if it threw.
    func run(on connection: SQLiteConnection) -> (any Error)?
    /// Wakes the caller with the closure's value, or with an error instead.
    func answer(instead error: (any Error)?)
}

/// A closure and the caller that waits for its value.
final class QueuedCall<Value: Sendable>: QueuedWork {
    private enum State {
        case made
        case waiting(CheckedContinuation<Value, any Error>)
        case begun(CheckedContinuation<Value, any Error>, Result<Value, any Error>?)
        case over
    }

    private let state = Mutex(State.made)
    private let body: @Sendable (SQLiteConnection) throws -> Value

    init(_ body: @escaping @Sendable (SQLiteConnection) throws -> Value) { self.body = body }

    /// Waits in `queue` for the value.
    func value(in queue: WorkQueue) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard wait(with: continuation) else { return continuation.resume(throwing: CancellationError()) }
                do throws(DatabaseError) {
                    try queue.add(self)
                } catch {
                    answer(instead: error)
                }
            }
        } onCancel: {
            if let continuation = cancel() {
                queue.remove(self)
                continuation.resume(throwing: CancellationError())
            }
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
    private func cancel() -> CheckedContinuation<Value, any Error>? {
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
            state = .begun(continuation, nil)
            return true
        }
    }

    func run(on connection: SQLiteConnection) -> (any Error)? {
        let result = Result { try body(connection) }
        state.withLock { state in
            if case .begun(let continuation, _) = state { state = .begun(continuation, result) }
        }
        guard case .failure(let error) = result else { return nil }
        return error
    }

    func answer(instead error: (any Error)?) {
        let left = state.withLock { state in
            defer { state = .over }
            return state
        }
        switch left {
        case .waiting(let continuation): continuation.resume(throwing: error ?? CancellationError())
        case .begun(let continuation, let result):
            if let error {
                continuation.resume(throwing: error)
            } else if let result {
                continuation.resume(with: result)
            } else {
                continuation.resume(throwing: DatabaseError(.failed, "The closure did not run."))
            }
        case .made, .over: break
        }
    }
}
