// A program that runs, and the pipes to it.

import CBuskerChild

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The pipes of one program; belongs to the thread that waits for it.
struct RunningProgram: ~Copyable {
    private let process: pid_t
    private let limits: ProcessLimits
    private let onLine: @Sendable (ProcessLine) -> Void
    private var input: Int32
    private var output: Int32
    private var errors: Int32
    private var pending: ArraySlice<UInt8>
    private var outputLines: LineSplitter
    private var errorLines: LineSplitter
    private var complaint: Tail
    private var outputBytes: Int64 = 0
    private var complaintBytes: Int64 = 0
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private(set) var hasEnded = false
    private(set) var exceededProcessorTime = false

    init(_ child: busker_child, _ command: ProcessCommand, onLine: @escaping @Sendable (ProcessLine) -> Void) {
        process = pid_t(child.process)
        limits = command.limits
        self.onLine = onLine
        (input, output, errors) = (child.input, child.output, child.errors)
        pending = command.input[...]
        outputLines = LineSplitter(bytesMax: command.limits.lineBytesMax)
        errorLines = LineSplitter(bytesMax: command.limits.lineBytesMax)
        complaint = Tail(bytesMax: command.limits.complaintBytesMax)
    }

    /// Why the program must not go on, by what it wrote.
    var refusal: ProcessError? {
        outputBytes <= limits.outputBytesMax
            ? nil : ProcessError(.outputTooLarge, "The program wrote more than \(limits.outputBytesMax) bytes.")
    }

    /// Signals the program and everything in its session's group.
    func signal(_ number: Int32) { kill(-process, number) }

    /// Feeds and reads the program until a moment, a ring of the bell, or its end; -1 for no bell.
    mutating func attend(until moment: Moment, bell: Int32) {
        var polled = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
        ]
        polled.append(pollfd(fd: bell, events: Int16(POLLIN), revents: 0))
        let count = nfds_t(polled.count)
        guard unsafe poll(&polled, count, moment.milliseconds) >= 0 else { return look() }
        if polled[0].revents != 0 { readOutput() }
        if polled[1].revents != 0 { readErrors() }
        if polled[2].revents != 0 { feed() }
        look()
    }

    /// Whether the program has ended; it stays a zombie, so that its number belongs to nobody else yet.
    private mutating func look() {
        var info = unsafe siginfo_t()
        let status = unsafe waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT)
        hasEnded = unsafe status == 0 && info.si_signo == SIGCHLD
    }

    private mutating func feed() {
        if !pending.isEmpty {
            let written = unsafe pending.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
            if written > 0 { pending = pending.dropFirst(written) }
            if written >= 0 || errno == EAGAIN || errno == EINTR, !pending.isEmpty { return }
        }
        Self.close(&input)
    }

    private mutating func readOutput() {
        guard let count = fill(from: output) else { return Self.close(&output) }
        outputBytes += Int64(count)
        guard outputBytes <= limits.outputBytesMax else { return }
        for line in outputLines.take(buffer[..<count]) { onLine(ProcessLine(stream: .output, text: line)) }
    }

    private mutating func readErrors() {
        guard let count = fill(from: errors) else { return Self.close(&errors) }
        complaintBytes += Int64(count)
        complaint.take(buffer[..<count])
        for line in errorLines.take(buffer[..<count]) { onLine(ProcessLine(stream: .errors, text: line)) }
    }

    /// Fills the buffer with what is there to read, perhaps nothing yet; nothing when there will be no more.
    private mutating func fill(from pipe: Int32) -> Int? {
        guard pipe >= 0 else { return nil }
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(pipe, $0.baseAddress, $0.count) }
        if count > 0 { return count }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : nil
    }

    /// Ends what the program left running, reads the rest of what was written, and says how it ended.
    mutating func reap() -> ProcessEnd {
        signal(SIGKILL)
        var usage = rusage()
        var status: Int32 = 0
        while unsafe wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
        while output >= 0, outputBytes <= limits.outputBytesMax {
            let before = outputBytes
            readOutput()
            if outputBytes == before { break }
        }
        while errors >= 0, complaintBytes <= limits.outputBytesMax {
            let before = complaintBytes
            readErrors()
            if complaintBytes == before { break }
        }
        if let line = outputLines.finish() { onLine(ProcessLine(stream: .output, text: line)) }
        if let line = errorLines.finish() { onLine(ProcessLine(stream: .errors, text: line)) }
        let number = status & 0x7F
        let used = Int64(usage.ru_utime.tv_sec) + Int64(usage.ru_stime.tv_sec)
        exceededProcessorTime = number == SIGXCPU || (number == SIGKILL && used >= limits.processorSeconds)
        return ProcessEnd(
            status: number == 0 ? .exited(status >> 8 & 0xFF) : .signalled(number), complaint: complaint.text)
    }

    /// Lets go of the pipes.
    mutating func close() {
        Self.close(&input)
        Self.close(&output)
        Self.close(&errors)
    }

    private static func close(_ pipe: inout Int32) {
        guard pipe >= 0 else { return }
        _ = closed(pipe)
        pipe = -1
    }
}

/// `close` of the system, which the method of the same name would hide.
private func closed(_ pipe: Int32) -> Int32 { close(pipe) }
