// The place in a run where the process seems to die.

public import BuskerStorage
import Synchronization

/// Counts the calls of a run and lets one of them be the last: everything after it fails until ``restart(crashAt:afterDone:)``.
///
/// Several fault stores, and the steps of a database, may share one, so that the crash stops all of them at once. To explore
/// every crash: run once without one, read ``calls``, then run again for each number up to that.
public final class CrashPoint: Sendable {
    private struct State {
        var calls = 0
        var at: Int?
        var afterDone = false
        var isCrashed = false
    }

    private let state: Mutex<State>

    /// Makes a place.
    ///
    /// - Parameters:
    ///   - call: the number of the call that crashes, from 1; nothing for a run that goes through.
    ///   - afterDone: whether that call is carried out before the crash, so that only its answer is lost.
    public init(at call: Int? = nil, afterDone: Bool = false) {
        state = Mutex(State(at: call, afterDone: afterDone))
    }

    /// How many calls there were since the last restart, refused ones not counted.
    public var calls: Int { state.withLock { $0.calls } }

    /// Whether the process is dead.
    public var isCrashed: Bool { state.withLock { $0.isCrashed } }

    /// Counts a call and does it; at the chosen call the process dies before or after it.
    ///
    /// - Throws: what the call throws, or the error that ``isCrash(_:)`` knows.
    public func pass<Value>(_ call: () async throws(StorageError) -> Value) async throws(StorageError) -> Value {
        try begin()
        let value: Value
        do throws(StorageError) {
            value = try await call()
        } catch {
            try end()
            throw error
        }
        try end()
        return value
    }

    /// Begins a new life, with another crash or none; the calls are counted from 0 again.
    public func restart(crashAt call: Int? = nil, afterDone: Bool = false) {
        state.withLock { $0 = State(at: call, afterDone: afterDone) }
    }

    /// Whether an error is the death of the process and no failure that it could see.
    public static func isCrash(_ error: StorageError) -> Bool {
        error.code == death.code && error.detail == death.detail
    }

    static let death = StorageError(.unavailable, "The process dies here, says the test.")

    private func begin() throws(StorageError) {
        let dies = state.withLock { state in
            guard !state.isCrashed else { return true }
            state.calls += 1
            if state.calls == state.at, !state.afterDone { state.isCrashed = true }
            return state.isCrashed
        }
        if dies { throw Self.death }
    }

    private func end() throws(StorageError) {
        let dies = state.withLock { state in
            if state.calls == state.at { state.isCrashed = true }
            return state.isCrashed
        }
        if dies { throw Self.death }
    }
}
