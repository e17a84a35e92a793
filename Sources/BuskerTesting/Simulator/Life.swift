// One life of the process: it counts calls, lets some go wrong, and ends.

import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Synchronization

/// What a call goes to.
enum SimSeam: String, Sendable {
    case database
    case store
    case provider
    case mail
    case hook
}

/// What becomes of one call.
enum SimFault: String, Sendable, CaseIterable {
    /// Nothing is done, and it fails.
    case fails
    /// It is done, and its answer is lost.
    case lost
    /// It is undone at its commit, and nobody knows.
    case undone
    /// Its closure runs twice, the first time for nothing.
    case again
    /// The disk does not take the commit.
    case noSync
    /// The process ends before it.
    case endsBefore
    /// The process ends after it.
    case endsAfter
}

/// The process has ended; nothing that it does reaches anything.
struct SimDeath: Error {}

/// From one start of the process to its end.
final class Life: Sendable {
    private struct Armed {
        let seam: SimSeam?
        let fault: SimFault
        var calls: Int
    }

    private struct State {
        var isOver = false
        var armed: [Armed] = []
        var counts: [String: Int] = [:]
        var calls = 0
    }

    let stage: Stage
    private let state = Mutex(State())

    init(stage: Stage) { self.stage = stage }

    var isOver: Bool { state.withLock { $0.isOver } }
    /// The faults that came about, by their names.
    var counts: [String: Int] { state.withLock { $0.counts } }
    var calls: Int { state.withLock { $0.calls } }

    func end() { state.withLock { $0.isOver = true } }

    /// Lets a call go wrong, of one seam or of any, after so many others.
    func arm(_ fault: SimFault, at seam: SimSeam?, after calls: Int) {
        state.withLock { $0.armed.append(Armed(seam: seam, fault: fault, calls: calls)) }
    }

    func disarm() { state.withLock { $0.armed = [] } }

    /// Gives others a turn and counts the call.
    ///
    /// - Returns: what becomes of it.
    func cross(_ seam: SimSeam) async throws(SimDeath) -> SimFault? {
        await stage.pass()
        let (fault, isOver) = state.withLock { state -> (SimFault?, Bool) in
            guard !state.isOver else { return (nil, true) }
            state.calls += 1
            var hit: SimFault?
            for at in state.armed.indices where state.armed[at].seam == nil || state.armed[at].seam == seam {
                state.armed[at].calls -= 1
                if state.armed[at].calls < 0, hit == nil { hit = state.armed[at].fault }
            }
            state.armed.removeAll { $0.calls < 0 }
            if let hit { state.counts["\(seam) \(hit)", default: 0] += 1 }
            if hit == .endsBefore { state.isOver = true }
            return (hit, state.isOver)
        }
        if isOver { throw SimDeath() }
        return fault
    }

    /// Ends the call: nobody hears its answer when the process ended.
    func land(_ fault: SimFault?) throws(SimDeath) {
        let isOver = state.withLock { state in
            if fault == .endsAfter { state.isOver = true }
            return state.isOver
        }
        if isOver { throw SimDeath() }
    }

    static let gone = DatabaseError(.closed, "The process has ended, says the simulator.")
    static let goneStore = StorageError(.unavailable, "The process has ended, says the simulator.")
    static let goneLine = HTTPError(.interrupted, "The process has ended, says the simulator.")
}
