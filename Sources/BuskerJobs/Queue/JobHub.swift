// Who in this process waits for something to happen.

import BuskerCore
import Synchronization

/// What somebody waits for.
enum JobTopic: Hashable, Sendable {
    case queue(String)
    case job(JobID)
}

/// Hands a ring to whoever waits for its topic; a ring is a reason to look, and says nothing else.
final class JobHub: Sendable {
    private let bells = Mutex<[JobTopic: [ObjectIdentifier: Bell]]>([:])

    /// A bell that rings for these topics until it is dropped.
    func bell(_ topics: [JobTopic]) -> BellHandle {
        let bell = Bell()
        add(bell, topics)
        return BellHandle(bell: bell, hub: self, topics: topics)
    }

    func ring(_ topic: JobTopic) {
        let found = bells.withLock { $0[topic].map { Array($0.values) } ?? [] }
        for bell in found { bell.ring() }
    }

    func ringAll() {
        let found = bells.withLock { $0.values.flatMap(\.values) }
        for bell in found { bell.ring() }
    }

    fileprivate func add(_ bell: Bell, _ topics: [JobTopic]) {
        bells.withLock { bells in
            for topic in topics { bells[topic, default: [:]][ObjectIdentifier(bell)] = bell }
        }
    }

    fileprivate func drop(_ bell: Bell, _ topics: [JobTopic]) {
        bells.withLock { bells in
            for topic in topics {
                bells[topic]?[ObjectIdentifier(bell)] = nil
                if bells[topic]?.isEmpty == true { bells[topic] = nil }
            }
        }
    }
}

/// Keeps a bell in the hub for as long as somebody holds it.
final class BellHandle: Sendable {
    let bell: Bell
    private let hub: JobHub
    private let topics: [JobTopic]

    init(bell: Bell, hub: JobHub, topics: [JobTopic]) {
        self.bell = bell
        self.hub = hub
        self.topics = topics
    }

    deinit { hub.drop(bell, topics) }
}

/// A bell at which one task waits; a ring before the wait is not lost.
final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiting = state.withLock { state in
            state.hasRung = state.waiting == nil
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Waits for a ring, until the time is over or the task is cancelled.
    func wait(atMost time: Duration, _ clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.rung() }
            group.addTask { try? await clock.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    private func rung() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasRung || Task.isCancelled || state.waiting != nil {
                        state.hasRung = false
                        return true
                    }
                    state.waiting = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume()
        }
    }
}
