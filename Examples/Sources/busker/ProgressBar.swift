// A progress bar with the time left, on standard error.

import Foundation

/// Draws how far the work is, at most ten times a second, and only when somebody looks at a terminal.
final class ProgressBar {
    private static let width = 30

    private let label: String
    private let isShown: Bool
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var drawn: ContinuousClock.Instant?

    init(_ label: String, isWanted: Bool = true) {
        self.label = label
        isShown = isWanted && isatty(STDERR_FILENO) == 1
        begin = clock.now
    }

    /// Shows a share of 0...1; `nil` shows the seconds of sound that are done instead.
    func show(_ fraction: Double?, secondsDone: Double) {
        guard isShown else { return }
        let now = clock.now
        if let drawn, now - drawn < .milliseconds(100), fraction != 1 { return }
        drawn = now
        write("\r\u{1B}[K" + Self.line(label, fraction, secondsDone, elapsed: (now - begin) / .seconds(1)))
    }

    /// Clears the line, so that what is printed next stands alone.
    func end() {
        if isShown { write("\r\u{1B}[K") }
    }

    /// The text of the bar.
    static func line(_ label: String, _ fraction: Double?, _ secondsDone: Double, elapsed: Double) -> String {
        guard let fraction else { return "\(label)  \(clock(secondsDone)) done" }
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
        FileHandle.standardError.write(Data(text.utf8))
    }
}
