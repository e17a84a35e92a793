// A few threads for calls that block, and a queue that ends.

import Synchronization

/// Runs calls that compute long or block on threads of their own, so that no thread that serves requests waits for them.
///
/// A thread begins when there is work for it and ends when there is none. What comes when the queue is full is turned away.
package final class OwnThreads: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
        var first = 0

        var count: Int { waiting.count - first }

        mutating func next() -> (@Sendable () -> Void)? {
            guard first < waiting.count else {
                waiting.removeAll(keepingCapacity: true)
                first = 0
                return nil
            }
            first += 1
            if first >= 64, first * 2 >= waiting.count {
                waiting.removeFirst(first - 1)
                first = 1
            }
            return waiting[first - 1]
        }
    }

    private final class Desk: Sendable {
        let state = Mutex(State())
    }

    private let desk = Desk()
    private let threadsMax: Int
    private let waitingMax: Int

    /// At most so many threads, at least one, and so many calls that wait for one.
    package init(threadsMax: Int, waitingMax: Int) {
        self.threadsMax = max(1, threadsMax)
        self.waitingMax = max(0, waitingMax)
    }

    /// Runs `body` on a thread; nothing when too many wait or the system gives no thread.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            if !take({ continuation.resume(returning: body()) }) { continuation.resume(returning: nil) }
        }
    }

    private enum Place {
        case thread
        case queue
        case none
    }

    private func take(_ job: @escaping @Sendable () -> Void) -> Bool {
        let place = desk.state.withLock { state -> Place in
            if state.running < threadsMax {
                state.running += 1
                return .thread
            }
            guard state.count < waitingMax else { return .none }
            state.waiting.append(job)
            return .queue
        }
        guard place == .thread else { return place == .queue }
        if start(job) { return true }
        return desk.state.withLock { state in
            state.running -= 1
            guard state.running > 0, state.count < waitingMax else { return false }
            state.waiting.append(job)
            return true
        }
    }

    private func start(_ job: @escaping @Sendable () -> Void) -> Bool {
        let desk = desk
        return OwnThread.start {
            var next: (@Sendable () -> Void)? = job
            while let job = next {
                job()
                next = desk.state.withLock { state in
                    let next = state.next()
                    if next == nil { state.running -= 1 }
                    return next
                }
            }
        }
    }
}
