// Clocks and memory of this process.

import Glibc

/// CPU and wall seconds of several runs.
struct Stopwatch {
    private(set) var cpu: [Double] = []
    private(set) var wall: [Double] = []

    /// Runs the work once and keeps its times; `isKept` false only warms caches.
    mutating func time(isKept: Bool = true, _ work: () throws -> Void) rethrows {
        let begin = (Self.now(CLOCK_PROCESS_CPUTIME_ID), Self.now(CLOCK_MONOTONIC))
        try work()
        let end = (Self.now(CLOCK_PROCESS_CPUTIME_ID), Self.now(CLOCK_MONOTONIC))
        guard isKept else { return }
        cpu.append(end.0 - begin.0)
        wall.append(end.1 - begin.1)
    }

    /// The value in the middle.
    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// The most memory this program had in use, in MiB.
    ///
    /// Read from the kernel's account of this program image: `getrusage` would count the parent before `exec` too.
    static func peakMemory() -> Double {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("VmHWM:") else { continue }
            return (Double(text.filter(\.isNumber)) ?? 0) / 1024
        }
        return 0
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
