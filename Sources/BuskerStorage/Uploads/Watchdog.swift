// Ends what stands still or takes too long.

import Synchronization

/// Watches a transfer by a clock that measures.
struct Watchdog: Sendable {
    let clock: any Clock<Duration>
    let idle: Duration
    let total: Duration

    /// Where the work says that it goes on.
    final class Pulse: Sendable {
        private let last: Mutex<Duration>
        fileprivate let elapsed: @Sendable () -> Duration

        fileprivate init(_ elapsed: @escaping @Sendable () -> Duration) {
            self.elapsed = elapsed
            last = Mutex(.zero)
        }

        /// Something came.
        func beat() {
            let now = elapsed()
            last.withLock { $0 = now }
        }

        fileprivate var lastBeat: Duration { last.withLock { $0 } }
    }

    private enum Outcome<Value: Sendable>: Sendable {
        case ended(Result<Value, StorageError>)
        case late(StorageError)
        case stopped
    }

    /// Begins to measure.
    func pulse() -> Pulse { Pulse(Self.stopwatch(clock)) }

    /// Runs the work; when it stands still or takes too long its task is cancelled, and what it is worth is thrown away.
    ///
    /// - Throws: ``StorageError`` of the work, or `timedOut`.
    func run<Value: Sendable>(
        _ pulse: Pulse, _ work: @escaping @Sendable () async throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = await withTaskGroup(of: Outcome<Value>.self) { group in
            group.addTask {
                do throws(StorageError) { return .ended(.success(try await work())) } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask { await watch(pulse) }
            var late: StorageError?
            while let outcome = await group.next() {
                switch outcome {
                case .ended(let result):
                    group.cancelAll()
                    if case .failure = result, let late { return .failure(late) }
                    return result
                case .late(let error):
                    late = error
                    group.cancelAll()
                case .stopped: break
                }
            }
            return .failure(late ?? StorageError.cancellation)
        }
        return try result.get()
    }

    private func watch<Value>(_ pulse: Pulse) async -> Outcome<Value> {
        while true {
            let now = pulse.elapsed()
            let due = min(pulse.lastBeat + idle, total)
            if now >= due {
                return .late(
                    StorageError(
                        .timedOut,
                        now >= total ? "The upload took longer than is allowed." : "The sender stood still; try again.")
                )
            }
            do { try await clock.sleep(for: due - now) } catch { return .stopped }
        }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
