// A progress bar with the time left, on standard error.

import Foundation
import Synchronization

/// Draws how far the work is, at most ten times a second, and only when somebody looks at a terminal.
final class ProgressBar: Sendable {
    private static let width = 30

    private let label: String
    private let isShown: Bool
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private let drawn = Mutex<ContinuousClock.Instant?>(nil)

    init(_ label: String, isWanted: Bool = true) {
        self.label = label
        isShown = isWanted && isatty(STDERR_FILENO) == 1
        begin = clock.now
    }

    /// Shows a share of 0...1; `nil` shows what is done so far instead.
    func show(_ fraction: Double?, done: @autoclosure () -> String) {
        guard isShown else { return }
        let now = clock.now
        let isDue = drawn.withLock { drawn in
            if let drawn, now - drawn < .milliseconds(100), fraction != 1 { return false }
            drawn = now
            return true
        }
        guard isDue else { return }
        write("\r\u{1B}[K" + Self.line(label, fraction, done(), elapsed: (now - begin) / .seconds(1)))
    }

    /// Shows how many frames are done, of how many if that is known.
    func show(_ frames: Int, of total: Int?, rate: Int) {
        let fraction = total.map { min(1, Double(frames) / Double(max(1, $0))) }
        show(fraction, done: Self.clock(Double(frames) / Double(rate)))
    }

    /// Clears the line, so that what is printed next stands alone.
    func end() {
        if isShown { write("\r\u{1B}[K") }
    }

    /// The text of the bar.
    static func line(_ label: String, _ fraction: Double?, _ done: String, elapsed: Double) -> String {
        guard let fraction else { return "\(label)  \(done) done" }
        let filled = Int((fraction * Double(width)).rounded())
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let percent = "\(Int(fraction * 100))%"
        guard fraction > 0.01, elapsed > 0.2 else { return "\(label)  \(bar) \(percent)" }
        return "\(label)  \(bar) \(percent)  \(clock(elapsed / fraction - elapsed)) left"
    }

    /// Seconds as m:ss or h:mm:ss.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds).rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        let padded = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
        return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
    }

    private func write(_ text: String) {
        StandardError.write(text)
    }
}
