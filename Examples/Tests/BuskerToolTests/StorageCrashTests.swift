// Objects of a killed process are whole, and what strangers send takes little memory.

import BuskerAudio
import Foundation
import Testing

@testable import storage_crash

@Suite(.serialized) struct StorageCrashTests {
    /// What one process may hold at most.
    static let memoryMax = 64 << 20
    static let environment = ProcessInfo.processInfo.environment
    static let kills = environment["BUSKER_STORAGE_KILLS"].flatMap { Int($0) } ?? 12

    /// The program stands beside the tool.
    static func helper() throws -> URL {
        let tool: URL = try #require(Runner.tool)
        return tool.deletingLastPathComponent().appending(path: "storage-crash")
    }

    @Test(arguments: [false, true])
    func whatWasAcknowledgedIsWholeAfterAKill(hasTiers: Bool) async throws {
        let seed: UInt64 = hasTiers ? 77 : 7
        let folder = FileManager.default.temporaryDirectory.appending(path: "storage-crash-\(UUID().uuidString)")
        var plan = try KillPlan(worker: try Self.helper(), folder: folder, seed: seed, hasTiers: hasTiers)
        for number in 0..<Self.kills { try await plan.kill(number) }
        #expect(plan.report.kills == Self.kills && plan.report.deeds > Self.kills * 8, "\(plan.report.words)")
        #expect(plan.report.read > plan.report.deeds / 2, "\(plan.report.words)")
        try FileManager.default.removeItem(at: folder)
    }

    @Test func anObjectThatIsNotWholeIsFound() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "storage-crash-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var plan = try KillPlan(worker: try Self.helper(), folder: folder, seed: 3, hasTiers: false)
        try await plan.kill(0)
        let files = try #require(FileManager.default.enumerator(atPath: folder.appending(path: "near/objects").path))
        var spoilt = 0
        for case let path as String in files {
            let file = folder.appending(path: "near/objects").appending(path: path)
            guard var bytes = try? Data(contentsOf: file), bytes.count > 2_000 else { continue }
            bytes[1_000] ^= 1
            try bytes.write(to: file)
            spoilt += 1
        }
        #expect(spoilt > 0)
        await #expect(throws: (any Error).self) { try await plan.kill(1) }
    }

    /// Runs one attack in a process of its own.
    static func attack(_ name: AttackName, _ runner: Runner, _ more: [String] = []) throws -> [String: Any] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = try helper()
        process.arguments = ["attack", name.rawValue, "--folder", runner.folder.path] + more
        process.standardOutput = pipe
        try process.run()
        let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    }

    @Test(arguments: [
        (AttackName.lyingLength, ["bad_length": 1]), (.endless, ["too_large": 1]), (.slow, ["timed_out": 4]),
        (.wrongType, ["bad_type": 1]), (.diskFull, ["no_space": 1]), (.names, ["accepted": 2000]),
        (.honest, ["accepted": 1]),
    ])
    func whatAStrangerSendsTakesLittleMemory(name: AttackName, outcomes: [String: Int]) throws {
        let end = try Self.attack(name, try Runner())
        #expect(end["outcomes"] as? [String: Int] == outcomes)
        let accepted = outcomes["accepted"] ?? 0
        #expect(end["objects"] as? Int == min(accepted, 1000))
        let peak = try #require(end["peak_bytes"] as? Int)
        #expect(peak > 0 && peak < Self.memoryMax, "\(name) held \(peak) bytes")
    }

    @Test func aSoundThatGrowsTenThousandTimesIsRefusedWithinLittleMemory() throws {
        let runner = try Runner()
        let bomb = runner.path("bomb.ogg")
        let (rate, channels, seconds) = (48_000, 8, 240)
        var writer = try AudioWriter(
            .file(bomb), settings: AudioWriterSettings(.vorbis(quality: 0), sampleRate: rate, channels: channels))
        let second = [Float](repeating: 0, count: rate * channels)
        for _ in 0..<seconds { try writer.write(second.span) }
        _ = try writer.finish()
        let size = try Data(contentsOf: URL(filePath: bomb)).count
        #expect(rate * channels * seconds * 4 / size > 5_000, "it is no bomb")
        let handle = try FileHandle(forReadingFrom: URL(filePath: bomb))
        let looked = try runner.run(
            ["busker-check-sound", "345600000", "8", "8000", "192000", "5000", "1000000", "\(size)"], input: handle)
        #expect(try looked.json()["result"] as? String == "refused")
        let peak = try #require(try looked.json()["peak_bytes"] as? Int)
        #expect(peak > 0 && peak < Self.memoryMax, "the child held \(peak) bytes")
        let tool: URL = try #require(Runner.tool)
        let end = try Self.attack(.bomb, runner, ["--sound", bomb, "--tool", tool.path])
        #expect(end["outcomes"] as? [String: Int] == ["quarantined": 1])
        let host = try #require(end["peak_bytes"] as? Int)
        #expect(host < Self.memoryMax, "the host held \(host) bytes")
    }
}
