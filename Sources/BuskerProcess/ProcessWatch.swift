// One program from its start to its end, on a thread of its own.

import BuskerCore
import CBuskerChild
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Starts a program, feeds it, reads what it writes and ends it when it must end.
final class ProcessWatch: Sendable {
    private let command: ProcessCommand
    private let onLine: @Sendable (ProcessLine) -> Void
    private let isCancelled = Mutex(false)
    private let wake: WakePipe

    init(_ command: ProcessCommand, onLine: @escaping @Sendable (ProcessLine) -> Void) throws(ProcessError) {
        self.command = command
        self.onLine = onLine
        wake = try WakePipe()
    }

    func cancel() {
        isCancelled.withLock { $0 = true }
        wake.ring()
    }

    /// Runs the program on a new thread, which gives the answer and ends.
    func start(_ done: @escaping @Sendable (Result<ProcessEnd, ProcessError>) -> Void) {
        let started = OwnThread.start { [self] in done(Result { () throws(ProcessError) in try run() }) }
        if !started { done(.failure(ProcessError(.notStarted, "The system gave no thread to wait for the program."))) }
    }

    private func run() throws(ProcessError) -> ProcessEnd {
        guard !isCancelled.withLock({ $0 }) else { throw Self.cancelled }
        var program = RunningProgram(try ChildStart.start(command), command, onLine: onLine)
        defer { program.close() }
        let deadline = Moment.now + command.limits.wallTime
        var refusal: ProcessError?
        var killAt: Moment?
        while !program.hasEnded {
            let now = Moment.now
            if refusal == nil {
                refusal = isCancelled.withLock({ $0 }) ? Self.cancelled : nil
                refusal = refusal ?? program.refusal ?? (now >= deadline ? Self.timedOut : nil)
                if refusal != nil {
                    program.signal(SIGTERM)
                    killAt = now + command.limits.grace
                }
            } else if let at = killAt, now >= at {
                program.signal(SIGKILL)
                killAt = nil
            }
            let next = min(killAt ?? deadline, now + .milliseconds(20))
            program.attend(until: next, bell: refusal == nil ? wake.reader : -1)
        }
        let end = program.reap()
        if let refusal { throw ProcessError(refusal.code, refusal.detail, complaint: end.complaint) }
        if program.exceededProcessorTime {
            throw ProcessError(
                .processorTime, "The program used more than \(command.limits.processorSeconds) s of processor time.",
                complaint: end.complaint)
        }
        return end
    }

    private static let cancelled = ProcessError(.cancelled, "The task was cancelled, and the program ended.")
    private static let timedOut = ProcessError(.timedOut, "The program took longer than it may, and was ended.")
}

/// An instant of the clock that never goes back, in nanoseconds.
struct Moment: Comparable {
    let nanoseconds: Int64

    static var now: Moment {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func + (moment: Moment, time: Duration) -> Moment {
        let (seconds, attoseconds) = time.components
        return Moment(nanoseconds: moment.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    static func < (a: Moment, b: Moment) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Whole milliseconds from now, rounded up, never negative.
    var milliseconds: Int32 {
        Int32(clamping: max(0, (nanoseconds - Moment.now.nanoseconds + 999_999) / 1_000_000))
    }
}
