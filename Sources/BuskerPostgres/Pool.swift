// Closures that wait, and the connections that take them.

import BuskerDatabase
import Dispatch
import Synchronization

/// Closures in the order in which they came, and a bounded number of threads, each with a connection, that run them.
final class Pool: Sendable {
    private struct State {
        var waiting: [UInt64: any PendingWork] = [:]
        var tickets: [ObjectIdentifier: UInt64] = [:]
        var first: UInt64 = 0
        var next: UInt64 = 0
        var idle: [Worker] = []
        var workers: [ObjectIdentifier: Worker] = [:]
        var isClosed = false
        var isWatched = false
        var refusal: DatabaseError?
        var leaving: [CheckedContinuation<Void, Never>] = []
    }

    /// What a thread does next.
    enum Turn {
        case run(any PendingWork)
        case connect
        case wait
        case end
    }

    private let state = Mutex(State())
    private let limits: PostgresLimits
    private let makeSession: @Sendable (DispatchSemaphore) -> Session
    private let watch = DispatchQueue(label: "busker.postgres.watch")

    init(limits: PostgresLimits, makeSession: @escaping @Sendable (DispatchSemaphore) -> Session) {
        self.limits = limits
        self.makeSession = makeSession
    }

    /// Makes the first connection.
    ///
    /// - Throws: `DatabaseError` when the server cannot be reached or is refused.
    func open() async throws(DatabaseError) {
        let result = await withCheckedContinuation { continuation in
            let worker = Worker(self, makeSession: makeSession)
            state.withLock { $0.workers[ObjectIdentifier(worker)] = worker }
            do throws(DatabaseError) {
                try worker.start { continuation.resume(returning: $0) }
            } catch {
                leave(worker)
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }

    /// Adds a closure to the end, and wakes a connection for it or makes one.
    func add(_ work: any PendingWork) throws(DatabaseError) {
        let (error, woken, made, watches) = state.withLock { state -> (DatabaseError?, Worker?, Worker?, Bool) in
            guard !state.isClosed else { return (DatabaseError(.closed, "The database was closed."), nil, nil, false) }
            guard state.waiting.count < limits.queueLength else {
                let error = DatabaseError(
                    .limit, "\(limits.queueLength) closures wait already; nothing was changed. Try again later.")
                return (error, nil, nil, false)
            }
            state.waiting[state.next] = work
            state.tickets[ObjectIdentifier(work)] = state.next
            state.next += 1
            if let worker = state.idle.popLast() { return (nil, worker, nil, false) }
            var made: Worker?
            if state.workers.count < limits.connections {
                let worker = Worker(self, makeSession: makeSession)
                state.workers[ObjectIdentifier(worker)] = worker
                made = worker
            }
            defer { state.isWatched = true }
            return (nil, nil, made, !state.isWatched)
        }
        if let error { throw error }
        woken?.wake()
        if watches { watchOver(until: work.deadline) }
        guard let made else { return }
        do throws(DatabaseError) {
            try made.start(nil)
        } catch {
            leave(made)
            if state.withLock({ $0.workers.isEmpty }) { throw error }
        }
    }

    /// Forgets a closure whose caller has gone.
    func remove(_ work: any PendingWork) {
        state.withLock { state in
            guard let ticket = state.tickets.removeValue(forKey: ObjectIdentifier(work)) else { return }
            state.waiting[ticket] = nil
        }
    }

    /// Says what a thread is to do; a thread that is to wait counts as idle from now on.
    func turn(of worker: Worker, isReady: Bool) -> Turn {
        state.withLock { state in
            while state.first < state.next, state.waiting[state.first] == nil { state.first += 1 }
            guard let work = state.waiting[state.first] else {
                if state.isClosed { return .end }
                state.idle.append(worker)
                return .wait
            }
            guard isReady else { return .connect }
            state.waiting[state.first] = nil
            state.tickets[ObjectIdentifier(work)] = nil
            state.first += 1
            state.refusal = nil
            return .run(work)
        }
    }

    /// How many closures wait; a thread looks before it checks its connection.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Remembers why the server cannot be reached; what waits is refused with it in due time, or at once when closing.
    ///
    /// - Returns: whether to try again.
    func failedToConnect(_ error: DatabaseError) -> Bool {
        let (isClosed, watches, deadline) = state.withLock { state in
            state.refusal = error
            defer { state.isWatched = state.isWatched || !state.waiting.isEmpty }
            return (state.isClosed, !state.isWatched && !state.waiting.isEmpty, Self.earliest(state))
        }
        if isClosed || error == DatabaseError(.unsafeSettings, "") { refuse(with: error) { _ in true } }
        if watches, let deadline { watchOver(until: deadline) }
        return !isClosed
    }

    /// Takes a thread out that has ended.
    func leave(_ worker: Worker) {
        let leaving = state.withLock { state in
            state.workers[ObjectIdentifier(worker)] = nil
            guard state.workers.isEmpty, state.isClosed else { return [CheckedContinuation<Void, Never>]() }
            defer { state.leaving = [] }
            return state.leaving
        }
        for continuation in leaving { continuation.resume() }
    }

    /// Refuses what comes; what waits is still carried out.
    ///
    /// Returns once every connection is closed.
    func close() async {
        beginToClose()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.workers.isEmpty { state.leaving.append(continuation) }
                return state.workers.isEmpty
            }
            if isOver { continuation.resume() }
        }
    }

    /// Refuses what comes, without waiting.
    func beginToClose() {
        let workers = state.withLock { state in
            state.isClosed = true
            state.idle = []
            return Array(state.workers.values)
        }
        for worker in workers { worker.hurry() }
    }

    // MARK: Those who wait too long

    private static func earliest(_ state: borrowing State) -> ContinuousClock.Instant? {
        state.waiting.values.map(\.deadline).min()
    }

    private func watchOver(until deadline: ContinuousClock.Instant) {
        let wait = max(Duration.zero, ContinuousClock.now.duration(to: deadline))
        let (seconds, attoseconds) = wait.components
        let nanoseconds = Int(clamping: seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        watch.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds + 500_000)) { [weak self] in self?.refuseTheLate()
        }
    }

    private func refuseTheLate() {
        let refusal = state.withLock { $0.refusal }
        let error =
            refusal
            ?? DatabaseError(
                .timeout,
                "No connection became free in time; nothing was changed. Shorten the transactions or allow more connections."
            )
        let now = ContinuousClock.now
        refuse(with: error) { $0.deadline <= now }
        let next = state.withLock { state in
            let next = Self.earliest(state)
            state.isWatched = next != nil
            return next
        }
        if let next { watchOver(until: next) }
    }

    private func refuse(with error: DatabaseError, _ applies: (any PendingWork) -> Bool) {
        let refused = state.withLock { state in
            let late = state.waiting.filter { applies($0.value) }
            for (ticket, work) in late {
                state.waiting[ticket] = nil
                state.tickets[ObjectIdentifier(work)] = nil
            }
            return late.sorted { $0.key < $1.key }.map(\.value)
        }
        for work in refused { work.refuse(error) }
    }
}
