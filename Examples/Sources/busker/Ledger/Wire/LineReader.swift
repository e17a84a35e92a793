// Lines from standard input, bounded, until the end or a signal.

import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A line, or what stood in its place.
enum IncomingLine: Sendable {
    case line([UInt8])
    case tooLong
}

/// Reads lines on a thread of its own; no more than `outstandingMax` are under way at a time.
final class LineReader: Sendable {
    static let outstandingMax = 1024

    private static let stopPipe = Mutex<(reading: Int32, writing: Int32)>((-1, -1))
    private static let stopEnd = Atomic<Int32>(-1)

    private let slots = DispatchSemaphore(value: outstandingMax)

    /// Turns SIGINT and SIGTERM into the end of the input.
    static func heedSignals() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        stopPipe.withLock { $0 = (ends[0], ends[1]) }
        stopEnd.store(ends[1], ordering: .sequentiallyConsistent)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            var byte: UInt8 = 1
            _ = write(LineReader.stopEnd.load(ordering: .relaxed), &byte, 1)
        }
        for signal in [SIGINT, SIGTERM] { sigaction(signal, &action, nil) }
        signal(SIGPIPE, SIG_IGN)
    }

    /// The lines as they come; each must be answered with `done()`.
    func lines() -> AsyncStream<IncomingLine> {
        AsyncStream { continuation in
            let thread = Thread { [slots] in
                let stop = Self.stopPipe.withLock { $0.reading }
                var splitter = LineSplitter(bytesMax: WireRequest.bytesMax)
                var block = [UInt8](repeating: 0, count: 1 << 16)
                while Self.hasInput(stop: stop) {
                    let count = read(STDIN_FILENO, &block, block.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    splitter.split(block[..<count]) { line in
                        slots.wait()
                        continuation.yield(line)
                    }
                }
                if let last = splitter.rest() {
                    slots.wait()
                    continuation.yield(last)
                }
                continuation.finish()
            }
            thread.start()
        }
    }

    /// Makes room for another line.
    func done() { slots.signal() }

    /// Waits for input; false when a signal says that it is enough.
    private static func hasInput(stop: Int32) -> Bool {
        var ends = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let ready = poll(&ends, nfds_t(stop < 0 ? 1 : 2), -1)
            if ready < 0, errno == EINTR { continue }
            return stop < 0 || ends[1].revents == 0
        }
    }
}

/// Cuts a stream of bytes into lines; what is longer than allowed is passed over and told.
struct LineSplitter {
    private let bytesMax: Int
    private var line: [UInt8] = []
    private var isTooLong = false

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    mutating func split(_ block: ArraySlice<UInt8>, _ body: (IncomingLine) -> Void) {
        var rest = block
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            take(rest[..<end])
            rest = rest[(end + 1)...]
            if let line = self.rest() { body(line) }
        }
        take(rest)
    }

    /// The line that is under way, if it holds anything; begins a new one.
    mutating func rest() -> IncomingLine? {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        if isTooLong { return .tooLong }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line.isEmpty ? nil : .line(line)
    }

    private mutating func take(_ part: ArraySlice<UInt8>) {
        guard !isTooLong, line.count + part.count <= bytesMax else {
            isTooLong = true
            line.removeAll(keepingCapacity: true)
            return
        }
        line += part
    }
}
