// A door that one side opens and the other waits at.

import Dispatch
import Synchronization

/// A door that stays open once opened; tasks wait at it without a thread, closures of transactions with theirs.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    /// Makes a door that is shut.
    public init() {}

    /// Opens it, for good.
    public func open() {
        let waiting = state.withLock { state in
            defer { state = State(isOpen: true) }
            return state.waiting
        }
        for one in waiting { one.resume() }
        semaphore.signal()
    }

    /// Waits with the thread: for closures only.
    public func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    /// Waits without a thread: for tasks.
    public func opened() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
