// Clocks and memory of this process.

import Glibc
import Synchronization

/// Seconds on the two clocks that matter.
enum Clocks {
    static var wall: Double { read(CLOCK_MONOTONIC) }
    static var cpu: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}

/// The memory in use after every so many operations.
final class Memory: Sendable {
    private let every: Int
    private let state = Mutex((passed: 0, told: [Int]()))

    init(every: Int) { self.every = every }

    func passed(_ operations: Int) {
        state.withLock { state in
            let before = state.passed / every
            state.passed += operations
            if every > 1, state.passed / every > before { state.told.append(Self.now) }
        }
    }

    /// What was seen, in MiB, or what is in use now.
    var list: [Int] { state.withLock { $0.told.isEmpty ? [Self.now] : $0.told } }

    private static var now: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (pages * sysconf(Int32(_SC_PAGESIZE))) >> 20
    }
}
