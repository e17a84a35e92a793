// Threads that wait for disks, so that no thread of the host does.

import BuskerCore
import Dispatch
import Synchronization

/// A small pool of threads for calls that block; several stores may share one.
///
/// Threads are started when there is work for them and end with the pool. Work is done in the order it came.
public final class FileThreads: Sendable {
    /// The pool of stores that are given no other: four threads.
    public static let shared = FileThreads(count: 4)

    private let desk: FileDesk

    /// Makes a pool of 1 to 64 threads.
    public init(count: Int) { desk = FileDesk(most: min(max(count, 1), 64)) }

    deinit { desk.close() }

    /// Does work on a thread of the pool, and waits for it without holding a thread.
    package func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await start(work).value()
    }

    /// Has work done on a thread of the pool.
    func start<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StorageError) -> Value
    ) -> FileTicket<Value> {
        let ticket = FileTicket<Value>()
        let taken = desk.take {
            let result: Result<Value, StorageError>
            do throws(StorageError) {
                result = .success(try work())
            } catch {
                result = .failure(error)
            }
            ticket.finish(result)
        }
        if !taken {
            ticket.finish(.failure(StorageError(.unavailable, "The system gives no thread for the disk; try again.")))
        }
        return ticket
    }
}

/// Work that is being done.
final class FileTicket<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<Value, StorageError>, Never>)
        case done(Result<Value, StorageError>)
    }

    private let state = Mutex(State.open)

    /// Says what came of the work.
    func finish(_ result: Result<Value, StorageError>) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<Value, StorageError>, Never>? in
            defer { state = .done(result) }
            if case .awaited(let waiting) = state { return waiting }
            return nil
        }
        waiting?.resume(returning: result)
    }

    /// What came of the work; asked once.
    func value() async throws(StorageError) -> Value {
        let result = await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Result<Value, StorageError>? in
                if case .done(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
        return try result.get()
    }
}

/// Where work waits for a thread.
private final class FileDesk: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var first = 0
        var threads = 0
        var idle = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let most: Int

    init(most: Int) { self.most = most }

    /// Takes a job; false when there is no thread to do it.
    func take(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (wantsThread, hasThread) = state.withLock { state in
            let hasThread = state.threads > 0
            let wantsThread = state.idle <= state.jobs.count - state.first && state.threads < most
            if wantsThread { state.threads += 1 }
            return (wantsThread, hasThread)
        }
        guard !wantsThread || startThread() || hasThread else { return false }
        state.withLock { $0.jobs.append(job) }
        bell.signal()
        return true
    }

    /// Lets the threads end when the work is done.
    func close() {
        let threads = state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { bell.signal() }
    }

    /// Starts a thread that was counted already.
    private func startThread() -> Bool {
        if OwnThread.start({ [self] in work() }) { return true }
        state.withLock { $0.threads -= 1 }
        return false
    }

    /// The life of a thread.
    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            bell.wait()
            let (job, isClosed) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                state.idle -= 1
                guard state.first < state.jobs.count else { return (nil, state.isClosed) }
                let job = state.jobs[state.first]
                state.first += 1
                if state.first == state.jobs.count || state.first >= 1024 {
                    state.jobs.removeFirst(state.first)
                    state.first = 0
                }
                return (job, state.isClosed)
            }
            if let job { job() } else if isClosed { return }
        }
    }
}
