// One look at a purchase at a time, and not too many at once.

import BuskerCore
import Synchronization

/// Sees to it that a purchase is looked at once at a time: who comes while a look runs shares the next one with all others who do.
///
/// A look that began before an event arrived may not have seen what the event is about, so nobody joins a running one.
final class Flights<Key: Hashable & Sendable, Passenger: Sendable, Landing: Sendable>: Sendable {
    private struct Lane {
        var running: Task<Landing, Never>
        var next: Task<Landing, Never>?
        var waiting: [Passenger] = []
    }

    private let lanes = Mutex<[Key: Lane]>([:])

    /// Takes part in the next flight; `body` gets everybody who takes part.
    func board(
        _ key: Key, _ passenger: Passenger, _ body: @escaping @Sendable ([Passenger]) async -> Landing
    ) async -> Landing {
        let flight = lanes.withLock { lanes -> Task<Landing, Never> in
            if let lane = lanes[key] {
                lanes[key]?.waiting.append(passenger)
                if let next = lane.next { return next }
                let next = Task {
                    _ = await lane.running.value
                    return await self.fly(key, self.begin(key), body)
                }
                lanes[key]?.next = next
                return next
            }
            let first = Task { await self.fly(key, [passenger], body) }
            lanes[key] = Lane(running: first)
            return first
        }
        return await flight.value
    }

    /// How many wait for the next flight.
    var waiting: Int { lanes.withLock { $0.values.reduce(0) { $0 + $1.waiting.count } } }

    private func begin(_ key: Key) -> [Passenger] {
        lanes.withLock { lanes in
            guard let lane = lanes[key], let next = lane.next else { return [] }
            lanes[key] = Lane(running: next)
            return lane.waiting
        }
    }

    private func fly(
        _ key: Key, _ passengers: [Passenger], _ body: @escaping @Sendable ([Passenger]) async -> Landing
    ) async -> Landing {
        let landing = await body(passengers)
        lanes.withLock { lanes in
            if lanes[key]?.next == nil { lanes[key] = nil }
        }
        return landing
    }
}

/// So many at once, the others wait in line, and no more than so many wait.
final class LookGate: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
        var first = 0
    }

    private let state: Mutex<State>
    private let waitingMax: Int

    init(_ limits: InboxLimits) {
        state = Mutex(State(free: max(1, limits.looksMax)))
        waitingMax = max(1, limits.waitingMax)
    }

    /// Runs `body` when its turn comes.
    ///
    /// - Throws: ``PaymentError`` with `overloaded` when too many wait.
    func pass<T: Sendable>(_ body: () async throws(PaymentError) -> T) async throws(PaymentError) -> T {
        guard !isFull else {
            throw PaymentError(
                .overloaded, "Too many looks at providers wait already; the sweep will take this one up.",
                retryAfter: .seconds(60))
        }
        await enter()
        defer { leave() }
        return try await body()
    }

    private var isFull: Bool { state.withLock { $0.free == 0 && $0.waiting.count - $0.first >= waitingMax } }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let mayPass = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if mayPass { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.first < state.waiting.count else {
                state.waiting.removeAll(keepingCapacity: true)
                state.first = 0
                state.free += 1
                return nil
            }
            state.first += 1
            return state.waiting[state.first - 1]
        }
        next?.resume()
    }
}
