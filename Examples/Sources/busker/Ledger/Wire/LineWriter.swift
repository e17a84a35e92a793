// Answers to standard output, in whole lines, as many at once as wait.

import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// Writes lines on a thread of its own, so that a slow reader holds up nobody but those who dump.
final class LineWriter: @unchecked Sendable {
    /// What may wait before ``sendSlowly(_:)`` waits too, in bytes.
    private static let waitingBytesMax = 1 << 20

    private let condition = NSCondition()
    private let crash: CrashPoint?
    private var waiting: [(line: [UInt8], then: (@Sendable () -> Void)?)] = []
    private var waitingBytes = 0
    private var isClosing = false
    private var isOver = false
    private var hasFailed = false

    /// - Parameter crash: is told before each line is written; then lines go out one by one.
    init(_ crash: CrashPoint?) {
        self.crash = crash
        Thread { [self] in run() }.start()
    }

    /// Queues a line; `then` runs when it is written.
    func send(_ line: [UInt8], then: (@Sendable () -> Void)? = nil) {
        condition.withLock { queue(line, then) }
    }

    /// Queues a line, after waiting for room.
    func sendSlowly(_ line: [UInt8]) {
        condition.withLock {
            while waitingBytes > Self.waitingBytesMax { condition.wait() }
            queue(line, nil)
        }
    }

    /// Writes what waits, and returns whether all of it was taken.
    func close() -> Bool {
        condition.withLock {
            isClosing = true
            condition.broadcast()
            while !isOver { condition.wait() }
            return !hasFailed
        }
    }

    private func queue(_ line: [UInt8], _ then: (@Sendable () -> Void)?) {
        waiting.append((line, then))
        waitingBytes += line.count
        condition.broadcast()
    }

    private func run() {
        while let batch = next() {
            if let crash {
                for (line, _) in batch {
                    crash.passed(CrashPoint.reply)
                    write(line)
                }
            } else {
                write(batch.reduce(into: []) { $0 += $1.line })
            }
            for (_, then) in batch { then?() }
        }
        condition.withLock {
            isOver = true
            condition.broadcast()
        }
    }

    private func next() -> [(line: [UInt8], then: (@Sendable () -> Void)?)]? {
        condition.withLock {
            while waiting.isEmpty, !isClosing { condition.wait() }
            guard !waiting.isEmpty else { return nil }
            defer {
                waiting = []
                waitingBytes = 0
                condition.broadcast()
            }
            return waiting
        }
    }

    /// Writes all bytes; once nobody reads, the rest is dropped.
    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !hasFailed, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                condition.withLock { hasFailed = true }
            }
        }
    }
}
