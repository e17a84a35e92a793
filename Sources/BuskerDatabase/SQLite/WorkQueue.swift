// What waits for a connection.

import Synchronization

/// Closures in the order in which they came, and the connections that are free to run them.
final class WorkQueue: Sendable {
    private struct State {
        var waiting: [any QueuedWork] = []
        var head = 0
        var idle: [Lane]
        var isClosed = false
    }

    private let state: Mutex<State>
    private let length: Int
    private let drain: @Sendable (WorkQueue, Lane) -> Void

    /// Makes a queue whose `lanes` run `drain` whenever something has come.
    init(_ lanes: [Lane], length: Int, drain: @escaping @Sendable (WorkQueue, Lane) -> Void) {
        state = Mutex(State(idle: lanes))
        self.length = length
        self.drain = drain
    }

    /// Adds to the end and wakes a connection, if one is free.
    func add(_ work: any QueuedWork) throws(DatabaseError) {
        let answer = state.withLock { state -> Result<Lane?, DatabaseError> in
            guard !state.isClosed else { return .failure(DatabaseError(.closed, "The database was closed.")) }
            guard state.waiting.count - state.head < length else {
                return .failure(
                    DatabaseError(.limit, "\(length) closures wait already; nothing was changed. Try again later."))
            }
            state.waiting.append(work)
            return .success(state.idle.popLast())
        }
        guard let lane = try answer.get() else { return }
        lane.run { [self] in drain(self, lane) }
    }

    /// Takes from the front; nothing when all is done, and then the lane counts as free.
    func take(_ most: Int, for lane: Lane) -> ArraySlice<any QueuedWork> {
        state.withLock { state in
            let end = min(state.head + most, state.waiting.count)
            let taken = state.waiting[state.head..<end]
            state.head = end
            if state.head == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: state.waiting.count <= 1024)
                state.head = 0
            } else if state.head >= 1024 {
                state.waiting.removeFirst(state.head)
                state.head = 0
            }
            if taken.isEmpty { state.idle.append(lane) }
            return taken
        }
    }

    /// Forgets a closure whose caller has gone.
    func remove(_ work: any QueuedWork) {
        state.withLock { state in
            guard let at = state.waiting[state.head...].firstIndex(where: { $0 === work }) else { return }
            state.waiting.remove(at: at)
        }
    }

    /// Refuses what comes; what waits is still carried out.
    func close() { state.withLock { $0.isClosed = true } }
}
