// Lets the tasks of one world take turns at every call that leaves them.

import Synchronization

/// At most one task of a world runs at a time; each gives its turn back before a call to the database, the store or a provider.
///
/// Which thread a task runs on therefore changes nothing: the order of all calls follows from whom the conductor lets go on.
final class Stage: Sendable {
    /// The number of the task that plays; nothing for what runs to its end in one go.
    @TaskLocal static var player: Int?

    private struct State {
        var turns: [Int: Int] = [:]
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
        var conductor: CheckedContinuation<Bool, Never>?

        mutating func takeConductor() -> CheckedContinuation<Bool, Never>? {
            defer { conductor = nil }
            return conductor
        }
    }

    private let state = Mutex(State())

    /// The players that wait for a turn, by their numbers.
    var players: [Int] { state.withLock { $0.waiting.keys.sorted() } }

    /// Takes one turn; waits for the conductor when there is none left.
    func pass() async {
        guard let me = Self.player else { return }
        let mayGo = state.withLock { state in
            let left = state.turns[me, default: 0]
            state.turns[me] = left - 1
            return left > 0
        }
        guard !mayGo else { return }
        await withCheckedContinuation { continuation in
            let conductor = state.withLock { state in
                state.waiting[me] = continuation
                return state.takeConductor()
            }
            conductor?.resume(returning: false)
        }
    }

    /// Lets a new player begin with some turns; true when it came to its end.
    func begin(_ number: Int, turns: Int, _ body: @escaping @Sendable () async -> Void) async -> Bool {
        await withCheckedContinuation { conductor in
            state.withLock { state in
                state.conductor = conductor
                state.turns[number] = turns
                state.tasks[number] = Task {
                    await Self.$player.withValue(number) { await body() }
                    self.end(number)
                }
            }
        }
    }

    /// Lets a player go on for some turns; true when it came to its end.
    func go(_ number: Int, turns: Int) async -> Bool {
        await withCheckedContinuation { conductor in
            let waiting = state.withLock { state in
                state.conductor = conductor
                state.turns[number] = turns
                return state.waiting.removeValue(forKey: number)
            }
            // What does not wait has come to its end.
            if let waiting { waiting.resume() } else { end(number) }
        }
    }

    /// Cancels a player, which hears of it at its next turn.
    func hangUp(_ number: Int) { state.withLock { $0.tasks[number] }?.cancel() }

    private func end(_ number: Int) {
        let conductor = state.withLock { state in
            state.tasks[number] = nil
            state.turns[number] = nil
            return state.takeConductor()
        }
        conductor?.resume(returning: true)
    }
}
