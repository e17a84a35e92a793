// Nets that are ordered by name, and the original demucs as a program.

import BuskerAudio
import BuskerCore
import BuskerJobs
import BuskerLedger
import BuskerProcess
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Busker

@Suite struct SoundModelTests {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "BuskerAudioTests/Neural/Fixtures").path
    static let stereo = SoundFacts(microseconds: 2_000_000, sampleRate: 44_100, channels: 2)

    static func models() throws -> [SoundModel] {
        [
            try SoundModel("quick", .openUnmix, path: "\(fixtures)/umx", card: "quick-card"),
            try SoundModel("fine", .htdemucs, path: "\(fixtures)/htdemucs/net.safetensors", card: "fine-card"),
            try SoundModel("speech", .openUnmix, path: "\(fixtures)/umxse", card: "speech-card"),
        ]
    }

    private static func work(_ folder: String) throws -> SeparationWork {
        SeparationWork(SoundRunner(program: SoundRunnerTests.program, folder: folder), models: try models())
    }

    private static func task(_ folder: String, _ options: [String: String]) throws -> WorkTask {
        let input = folder + "/input"
        try Data(SoundRunnerTests.song()).write(to: URL(fileURLWithPath: input))
        return WorkTask(job: IDGenerator().make(), folder: folder, input: input, sound: stereo, options: options)
    }

    @Test(arguments: [
        (["model": "quick"], ["vocals", "drums", "bass", "other"]),
        (["model": "fine", "stems": "2", "format": "wav"], ["vocals", "accompaniment"]),
        (["model": "speech"], ["speech", "noise"]),
    ])
    func aModelTakesASongApart(options: [String: String], names: [String]) async throws {
        try await withFolder { folder in
            let product = try await Self.work(folder).run(Self.task(folder, options))
            let stems = product.files.filter { $0.kind == "stem" }
            #expect(stems.compactMap { $0.tags["stem"] } == names)
            for file in product.files where file.kind != "peaks" {
                let probe = try AudioProbe.probe(.file(folder + "/" + file.path), depth: .exact)
                #expect(abs(try #require(probe.seconds) - 2) < 0.1, "\(file.path)")
                if file.kind == "stem" { #expect(probe.format.sampleRate == 44_100) }
            }
            #expect(product.files.count { $0.kind == "peaks" } == names.count + 1)
        }
    }

    @Test func eachModelHasItsCard() throws {
        let work = try Self.work("/tmp")
        #expect(work.card(for: [:]) == "separation")
        #expect(work.card(for: ["model": "fine", "stems": "2"]) == "fine-card")
        #expect(work.card(for: ["model": "/etc/passwd"]) == "separation")
        for options in [["model": "quick"], ["model": "fine", "stems": "4"], ["model": "quick", "stems": "2"]] {
            #expect(try work.estimate(Self.stereo, options: options).map(\.quantity) == [1])
        }
    }

    @Test(arguments: [
        ["model": "none"], ["model": ""], ["model": "/srv/net.safetensors"], ["model": "htdemucs:/x"],
        ["model": "speech", "stems": "2"], ["model": "speech", "stems": "4"], ["model": "fine", "stems": "6"],
    ])
    func onlyConfiguredModelsCanBeOrdered(options: [String: String]) throws {
        let work = try Self.work("/tmp")
        #expect(throws: MediaError(.badOptions, "")) { try work.estimate(Self.stereo, options: options) }
    }

    @Test func soundsOfMoreChannelsAreRefusedBeforeTheyCost() throws {
        let wide = SoundFacts(microseconds: 1, sampleRate: 48_000, channels: 6)
        #expect(throws: MediaError(.badFile, "")) {
            try Self.work("/tmp").estimate(wide, options: ["model": "fine"])
        }
        #expect(try Self.work("/tmp").estimate(wide, options: [:]).count == 1)
    }

    @Test func wrongModelsAreNotOffered() throws {
        let net = "\(Self.fixtures)/htdemucs/net.safetensors"
        #expect(throws: AudioError(.badWeights, "")) { try SoundModel("a", .openUnmix, path: net, card: "c") }
        #expect(throws: AudioError(.badWeights, "")) { try SoundModel("a", .htdemucs, path: "/nowhere", card: "c") }
        #expect(throws: AudioError(.badArgument, "")) { try SoundModel("a", .htdemucs, path: "net", card: "c") }
        for name in ["", "A", "a b", "../a", String(repeating: "a", count: 33)] {
            #expect(throws: AudioError(.badArgument, "")) { try SoundModel(name, .htdemucs, path: net, card: "c") }
        }
        let model = try SoundModel("a", .htdemucs, path: net, card: "c")
        #expect(model.memoryBytes > 2 << 30 && model.memoryBytes < 3 << 30)
    }

    @Test func weightsThatWentAwayAreNoFaultOfTheSound() async throws {
        try await withFolder { folder in
            let path = folder + "/net.safetensors"
            try FileManager.default.copyItem(atPath: "\(Self.fixtures)/htdemucs/net.safetensors", toPath: path)
            let model = try SoundModel("fine", .htdemucs, path: path, card: "c")
            try FileManager.default.removeItem(atPath: path)
            let work = SeparationWork(
                SoundRunner(program: SoundRunnerTests.program, folder: folder), models: [model])
            do {
                _ = try await work.run(Self.task(folder, ["model": "fine"]))
                Issue.record("It was taken apart.")
            } catch let fault as WorkFault {
                #expect(fault.code == .failed && !fault.isFinal)
            }
        }
    }

    @Test func aTaskIsReadBackAsItWasWritten() {
        var task = SoundTask(.separate, input: "/a \"b\"")
        task.isTwo = true
        task.model = SoundTask.Model(kind: .openUnmix, path: "/weights/\"umx\" 가")
        #expect(SoundTask(task.text) == task)
        task.model = nil
        #expect(SoundTask(task.text) == task)
    }

    /// What `demucs` 4.1.0 prints for a bag of two nets, and the files it makes.
    private static let standIn = #"""
        #!/bin/sh
        for word in "$@"; do echo "$word"; done > args.txt
        echo "home $HOME torch $TORCH_HOME" > home.txt
        echo 'Selected model is a bag of 2 models. You will see that many progress bars per track.'
        echo "Separating track input"
        for bar in 1 2; do
            printf '\r  0%%|          | 0.0/23.4 [00:00<?, ?seconds/s]\r 25%%|##5       | 5.85/23.4 [00:38<01:56,  6.65s/seconds]' >&2
            printf '\r 75%%|#######5  | 17.549999999999997/23.4 [01:37<00:30,  5.27s/seconds]' >&2
            printf '\r100%%|##########| 23.4/23.4 [02:08<00:00,  5.26s/seconds]\r100%%|##########| 23.4/23.4 [02:08<00:00]\n' >&2
        done
        mkdir -p htdemucs_ft
        for stem in drums bass other vocals; do echo "$stem" > htdemucs_ft/$stem.flac; done
        """#

    @Test func theOriginalDemucsIsCalledAndHeard() async throws {
        try await withFolder { folder in
            let program = folder + "/demucs"
            try Data(Self.standIn.utf8).write(to: URL(fileURLWithPath: program))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
            let shares = Mutex<[Double]>([])
            let work = CommandWork.demucs(
                program, model: "htdemucs_ft", repository: "/weights/demucs", nets: 2, card: "gpu",
                environment: ["TORCH_HOME": "/weights/torch"], runner: ProcessRunner())
            let bare = try Self.task(folder, [:])
            let task = WorkTask(job: bare.job, folder: folder, input: bare.input, sound: bare.sound, options: [:]) {
                share, _ in shares.withLock { $0.append(share) }
            }
            let product = try await work.run(task)
            #expect(work.kind == "demucs" && work.card == "gpu")
            #expect(product.files.map(\.name) == ["drums.flac", "bass.flac", "other.flac", "vocals.flac"])
            #expect(product.files.map(\.path).allSatisfy { FileManager.default.fileExists(atPath: folder + "/" + $0) })
            let told = shares.withLock { $0 }
            #expect(told == [0, 0.125, 0.375, 0.5, 0.5, 0.5, 0.625, 0.875, 1, 1])
            let words = try String(contentsOfFile: folder + "/args.txt", encoding: .utf8).split(separator: "\n")
            #expect(
                words == [
                    "--name", "htdemucs_ft", "--device", "cuda", "--shifts", "0", "--flac", "--repo",
                    "/weights/demucs", "--filename", "{stem}.{ext}", "--out", "\(folder)", "\(folder)/input",
                ])
            let home = try String(contentsOfFile: folder + "/home.txt", encoding: .utf8)
            #expect(home == "home \(folder) torch /weights/torch\n")
            #expect(throws: MediaError(.badOptions, "")) {
                try work.estimate(task.sound, options: ["stem": "{input}"])
            }
        }
    }

    @Test func barsThatFollowOneAnotherNeverGoBack() {
        var one = CountedBars(bars: 1)
        #expect([0.2, 0.1, 1, 0, 0.3].map { one.share($0) } == [0.2, 0.2, 1, 1, 1])
        var two = CountedBars(bars: 2)
        #expect([0.5, 1, 1, 0, 0.5, 1, 0].map { two.share($0) } == [0.25, 0.5, 0.5, 0.5, 0.75, 1, 1])
    }
}
