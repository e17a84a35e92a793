// Runs programs beside the host, a few at a time.

import Synchronization

/// Runs other programs; each is waited for on a thread of its own, so that no thread of the host waits.
public final class ProcessRunner: Sendable {
    private struct State {
        var running = 0
        var waiting: [(id: UInt64, turn: CheckedContinuation<Bool, Never>)] = []
        var next: UInt64 = 0
    }

    /// How many programs run at once.
    public let runningMax: Int
    /// How many calls wait for their turn.
    public let waitingMax: Int
    private let state = Mutex(State())

    /// Runs up to `runningMax` programs at once, 1...1,024, while up to `waitingMax` calls wait, 0...65,536.
    public init(runningMax: Int = 2, waitingMax: Int = 1_024) {
        self.runningMax = min(max(runningMax, 1), 1_024)
        self.waitingMax = min(max(waitingMax, 0), 65_536)
    }

    /// Runs a program to its end, whatever that is.
    ///
    /// A program is ended, with everything it started in its session, when its time is over, when it writes too much, or when the
    /// task is cancelled; on Linux also when the host dies. It is asked with SIGTERM first.
    ///
    /// - Parameters:
    ///   - command: the program and what it is given.
    ///   - onLine: gets each line of its standard output and standard error while it runs, on another thread; return soon.
    /// - Throws: ``ProcessError``; a program that returns another number than 0 is no error of this kind.
    public func run(
        _ command: ProcessCommand, onLine: @escaping @Sendable (ProcessLine) -> Void = { _ in }
    ) async throws(ProcessError) -> ProcessEnd {
        try command.check()
        try await enter()
        defer { leave() }
        let watch: ProcessWatch
        do {
            watch = try ProcessWatch(command, onLine: onLine)
        } catch {
            throw error
        }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                watch.start { continuation.resume(returning: $0) }
            }
        } onCancel: {
            watch.cancel()
        }.get()
    }

    private func enter() async throws(ProcessError) {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        let entered = await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.running < runningMax {
                        state.running += 1
                        return true
                    }
                    guard state.waiting.count < waitingMax else { return false }
                    state.waiting.append((id, turn))
                    return nil
                }
                if let answer { turn.resume(returning: answer) }
            }
        } onCancel: {
            let turn = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).turn }
            }
            turn?.resume(returning: false)
        }
        guard entered else {
            throw Task.isCancelled
                ? ProcessError(.cancelled, "The task was cancelled before the program was started.")
                : ProcessError(.busy, "As many programs wait as may; try again later.")
        }
    }

    private func leave() {
        let turn = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if state.waiting.isEmpty {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst().turn
        }
        turn?.resume(returning: true)
    }
}

/// A line that a program wrote.
public struct ProcessLine: Sendable, Hashable {
    /// Where it wrote it.
    public enum Stream: Sendable, Hashable {
        /// Its standard output.
        case output
        /// Its standard error.
        case errors
    }

    /// Where it wrote it.
    public let stream: Stream
    /// The line without its end, cut at ``ProcessLimits/lineBytesMax``.
    public let text: String
}
