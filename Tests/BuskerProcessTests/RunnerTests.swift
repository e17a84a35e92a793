// Programs are run within limits, and nothing of them stays.

import Foundation
import Synchronization
import Testing

@testable import BuskerProcess

@Suite struct RunnerTests {
    /// A folder of its own for one test.
    final class Folder: Sendable {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("busker-process-\(UUID())").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    final class Lines: Sendable {
        private let all = Mutex<[ProcessLine]>([])
        func take(_ line: ProcessLine) { all.withLock { $0.append(line) } }
        func of(_ stream: ProcessLine.Stream) -> [String] {
            all.withLock { $0.filter { $0.stream == stream }.map(\.text) }
        }
    }

    /// Runs a script of the shell, which is a program like others.
    private func shell(
        _ script: String, in folder: Folder, input: [UInt8] = [], limits: ProcessLimits = ProcessLimits(),
        lines: Lines = Lines()
    ) async throws(ProcessError) -> ProcessEnd {
        let command = ProcessCommand("/bin/sh", ["-c", script], in: folder.path, input: input, limits: limits)
        return try await ProcessRunner().run(command, onLine: lines.take)
    }

    @Test func linesComeWhileTheProgramRunsAndItsNumberAtTheEnd() async throws {
        let lines = Lines()
        let end = try await shell(
            "printf 'eins\\nz\u{00FC}'; echo wei; printf '10%%\\r20%%\\r'; echo oh >&2; exit 3", in: Folder(),
            lines: lines)
        #expect(end.status == .exited(3))
        #expect(!end.isSuccess)
        #expect(lines.of(.output) == ["eins", "z\u{00FC}wei", "10%", "20%"])
        #expect(lines.of(.errors) == ["oh"])
        #expect(end.complaint == "oh\n")
    }

    @Test func argumentsAreNeverMoreThanArguments() async throws {
        let folder = try Folder()
        let lines = Lines()
        let texts = ["; touch stolen", "$(touch stolen)", "a b", "", "\u{1F3B8}", "-n"]
        let command = ProcessCommand("/usr/bin/printf", ["%s|"] + texts, in: folder.path)
        let end = try await ProcessRunner().run(command, onLine: lines.take)
        #expect(end.isSuccess)
        #expect(lines.of(.output) == [texts.joined(separator: "|") + "|"])
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/stolen"))
    }

    @Test func nothingIsInheritedButWhatIsGiven() async throws {
        let folder = try Folder()
        let file = try #require(FileManager.default.contents(atPath: "/proc/self/stat"))
        #expect(!file.isEmpty)
        let open = FileHandle(forReadingAtPath: "/proc/self/stat")
        defer { try? open?.close() }
        let lines = Lines()
        _ = try await shell(
            "ls /proc/self/fd | tr '\\n' ' '; echo; env | sort | grep -v '^_='; pwd", in: folder, lines: lines)
        let output = lines.of(.output)
        #expect(output.first?.split(separator: " ").count == 4, "standard three and the folder that ls reads")
        let variables = Set(output.dropFirst().filter { $0.contains("=") }.map { String($0.prefix { $0 != "=" }) })
        #expect(variables == ["PATH", "LANG", "HOME", "TMPDIR", "PWD"])
        #expect(output.last?.hasSuffix(folder.path.split(separator: "/").last.map(String.init) ?? "?") == true)
    }

    @Test func inputIsFedWholeAlsoWhenThePipeIsFull() async throws {
        let lines = Lines()
        let end = try await shell(
            "sleep 0.1; wc -c", in: Folder(), input: [UInt8](repeating: 7, count: 3_000_000), lines: lines)
        #expect(end.isSuccess)
        #expect(lines.of(.output) == ["3000000"])
    }

    @Test func aProgramThatReadsNothingIsNoFault() async throws {
        let end = try await shell("exit 0", in: Folder(), input: [UInt8](repeating: 7, count: 3_000_000))
        #expect(end.isSuccess)
    }

    @Test func timeOnTheWallEndsTheProgramAndWhatItStarted() async throws {
        let folder = try Folder()
        let limits = ProcessLimits(wallTime: .milliseconds(200), grace: .milliseconds(100))
        await #expect(throws: ProcessError(.timedOut, "")) {
            try await shell(
                "trap '' TERM; (trap '' TERM; echo $$ > pid; while :; do sleep 0.05; echo x >> alive; done) & echo before >&2; wait",
                in: folder, limits: limits)
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/alive")).count
        try await Task.sleep(for: .milliseconds(200))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/alive")).count == before)
    }

    @Test func whatItLeftRunningEndsWithIt() async throws {
        let folder = try Folder()
        let end = try await shell("(while :; do echo x >> alive; sleep 0.02; done) & sleep 0.1; exit 0", in: folder)
        #expect(end.isSuccess)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/alive")).count
        try await Task.sleep(for: .milliseconds(150))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/alive")).count == before)
    }

    @Test func processorTimeEndsIt() async throws {
        await #expect(throws: ProcessError(.processorTime, "")) {
            try await shell("while :; do :; done", in: Folder(), limits: ProcessLimits(processorSeconds: 1))
        }
    }

    @Test func memoryIsBounded() async throws {
        let end = try await shell(
            "head -c 300000000 /dev/zero | tail", in: Folder(), limits: ProcessLimits(memoryBytes: 64 << 20))
        #expect(!end.isSuccess || !end.complaint.isEmpty)
    }

    @Test func filesAreBounded() async throws {
        let folder = try Folder()
        let end = try await shell(
            "head -c 3000000 /dev/zero > big", in: folder, limits: ProcessLimits(fileBytes: 1_000_000))
        #expect(!end.isSuccess)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/big")).count <= 1_000_000)
    }

    @Test func aFloodOfOutputEndsIt() async throws {
        let lines = Lines()
        let limits = ProcessLimits(outputBytesMax: 100_000)
        await #expect(throws: ProcessError(.outputTooLarge, "")) {
            try await shell("yes", in: Folder(), limits: limits, lines: lines)
        }
        #expect(lines.of(.output).count <= 50_000)
    }

    @Test func longLinesAreCutAndStrangeBytesReplaced() async throws {
        let lines = Lines()
        let limits = ProcessLimits(lineBytesMax: 64)
        _ = try await shell(
            "head -c 100000 /dev/zero | tr '\\0' a; echo; printf '\\377\\376 ok\\n'", in: Folder(), limits: limits,
            lines: lines)
        #expect(lines.of(.output) == [String(repeating: "a", count: 64), "\u{FFFD}\u{FFFD} ok"])
    }

    @Test func cancellationEndsItSoon() async throws {
        let folder = try Folder()
        let task = Task { try await shell("echo $$ > pid; exec sleep 60", in: folder) }
        while !FileManager.default.fileExists(atPath: folder.path + "/pid") {
            try await Task.sleep(for: .milliseconds(5))
        }
        task.cancel()
        await #expect(throws: ProcessError(.cancelled, "")) { try await task.value }
    }

    @Test(arguments: ["/no/such/program", "/etc/hostname", "/tmp"])
    func whatIsNoProgramIsSaidSo(path: String) async throws {
        let folder = try Folder()
        await #expect(throws: ProcessError(.notStarted, "")) {
            try await ProcessRunner().run(ProcessCommand(path, in: folder.path))
        }
    }

    @Test func aMissingFolderIsSaidSo() async throws {
        await #expect(throws: ProcessError(.notStarted, "")) {
            try await ProcessRunner().run(ProcessCommand("/bin/true", in: "/no/such/folder"))
        }
    }

    @Test(arguments: [
        ProcessCommand("sh", in: "/"), ProcessCommand("/bin/true", ["a\0b"], in: "/"),
        ProcessCommand("/bin/true", in: "here"),
        ProcessCommand("/bin/true", environment: ["A=B": "c"], in: "/"),
    ])
    func whatIsNoCommandIsRefused(command: ProcessCommand) async throws {
        await #expect(throws: ProcessError(.badCommand, "")) { try await ProcessRunner().run(command) }
    }

    @Test func noMoreRunAtOnceThanMay() async throws {
        let folder = try Folder()
        let runner = ProcessRunner(runningMax: 2, waitingMax: 100)
        let script = "echo x > run.$$; ls run.* | wc -l; sleep 0.03; rm run.$$"
        let lines = Lines()
        try await withThrowingTaskGroup { group in
            for _ in 0..<12 {
                group.addTask {
                    _ = try await runner.run(
                        ProcessCommand("/bin/sh", ["-c", script], in: folder.path), onLine: lines.take)
                }
            }
            try await group.waitForAll()
        }
        #expect(lines.of(.output).count == 12)
        #expect(lines.of(.output).allSatisfy { ["1", "2"].contains($0.trimmingCharacters(in: .whitespaces)) })
    }

    @Test func whoWouldWaitTooLongIsSentAway() async throws {
        let folder = try Folder()
        let runner = ProcessRunner(runningMax: 1, waitingMax: 0)
        let script = "echo $$ > pid; exec sleep 60"
        let first = Task { try await runner.run(ProcessCommand("/bin/sh", ["-c", script], in: folder.path)) }
        while !FileManager.default.fileExists(atPath: folder.path + "/pid") {
            try await Task.sleep(for: .milliseconds(5))
        }
        await #expect(throws: ProcessError(.busy, "")) {
            try await runner.run(ProcessCommand("/bin/true", in: folder.path))
        }
        first.cancel()
        _ = try? await first.value
        #expect(try await runner.run(ProcessCommand("/bin/true", in: folder.path)).isSuccess)
    }

    @Test func noDescriptorStaysOpen() async throws {
        let folder = try Folder()
        func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        _ = try await shell("true", in: folder)
        let before = try count()
        for _ in 0..<20 { _ = try? await shell("echo x; exit 1", in: folder) }
        for _ in 0..<5 { _ = try? await ProcessRunner().run(ProcessCommand("/no/such", in: folder.path)) }
        #expect(try count() <= before + 40, "other tests run beside this one")
    }
}
