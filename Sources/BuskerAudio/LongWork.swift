// Runs long computations beside the threads that serve requests.

import Synchronization

/// Long blocking work for `async` callers: on a thread of its own, ended early when the task is cancelled.
enum LongWork {
    /// Tells work that nobody waits for it any more.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)

        var isCancelled: Bool { flag.load(ordering: .relaxed) }

        func cancel() { flag.store(true, ordering: .relaxed) }
    }

    /// Runs `body` on a new thread and waits without blocking; `body` looks at the cancellation now and then.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable (Cancellation) throws(AudioError) -> Value
    ) async throws(AudioError) -> Value {
        let cancellation = Cancellation()
        let result: Result<Value, AudioError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do throws(AudioError) {
                    try Threads.start { continuation.resume(returning: outcome(of: body, cancellation)) }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    private static func outcome<Value>(
        of body: (Cancellation) throws(AudioError) -> Value, _ cancellation: Cancellation
    ) -> Result<Value, AudioError> {
        do throws(AudioError) {
            return .success(try body(cancellation))
        } catch {
            return .failure(error)
        }
    }
}
