// Runs one operation on one file several times and prints a JSON line of CPU seconds and memory.

import BuskerAudio
import Glibc

/// The command: `busker-measure OPERATION FILE [runs=N] [threads=N] [model=NAME] [seconds=N] [out=FILE]`.
@main
struct Measure {
    static let usage = """
        usage: busker-measure OPERATION FILE [runs=5] [threads=1] [model=four] [seconds=0] [out=FILE]
          separate   a file in memory, with model four, two, harmonic, repeating or centre
          stream     the same block by block from the file; the stems are dropped
          waveform   the file's 8-bit .dat at 256 frames a point, written to out=FILE
          decode     every frame as floats, block by block

        """

    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 2 else { fail(usage) }
        var settings: [String: String] = [:]
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { fail(usage) }
            settings[parts[0]] = parts[1]
        }
        do {
            guard let operation = try Operation.named(words[0], file: words[1], settings: settings) else { fail(usage) }
            try report(operation, runs: settings["runs"].flatMap(Int.init) ?? 5)
        } catch {
            fail("\(error)\n")
        }
    }

    private static func report(_ operation: Operation, runs: Int) throws {
        var watch = Stopwatch()
        var audio = 0.0
        if operation.isWarmedUp { try watch.time(isKept: false) { audio = try operation.run() } }
        for _ in 0..<max(1, runs) { try watch.time { audio = try operation.run() } }
        let fields = [
            "\"name\": \"\(operation.name)\"", "\"cpu\": \(Stopwatch.median(watch.cpu))",
            "\"best\": \(watch.cpu.min() ?? 0)", "\"wall\": \(Stopwatch.median(watch.wall))",
            "\"best_wall\": \(watch.wall.min() ?? 0)", "\"runs\": \(watch.cpu.count)", "\"audio\": \(audio)",
            "\"rss_mib\": \(Stopwatch.peakMemory())", "\"note\": \"\(operation.note)\"",
        ]
        print("{" + fields.joined(separator: ", ") + "}")
    }

    private static func fail(_ text: String) -> Never {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }
}
