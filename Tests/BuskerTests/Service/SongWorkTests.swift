// Songs made in child processes, and by other programs.

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

@Suite struct SongWorkTests {
    private static func work(_ folder: String) -> SongWork {
        SongWork(
            SoundRunner(program: SoundRunnerTests.program, folder: folder, memoryBytes: 4 << 30),
            meters: ["song", "time"])
    }

    private static func task(
        _ folder: String, _ options: [String: String],
        _ report: @escaping @Sendable (Double, String) -> Void = { _, _ in }
    ) -> WorkTask {
        WorkTask(job: IDGenerator().make(), folder: folder, options: options, report: report)
    }

    @Test func anOrderMakesASongAPieceOfItAndItsPeaks() async throws {
        var runs: [[String: Data]] = []
        for _ in 0..<2 {
            try await withFolder { folder in
                let shares = Mutex<[Double]>([])
                let options = ["prompt": "행복한 \"왈츠\" 🎻\n--x", "seed": "\(UInt64.max)", "length": "12"]
                let task = Self.task(folder, options) { share, _ in shares.withLock { $0.append(share) } }
                let product = try await Self.work(folder).run(task)
                #expect(product.files.map(\.kind) == ["song", "preview", "peaks"])
                #expect(product.files.map(\.name) == ["song.mp3", "preview.mp3", "song.dat"])
                #expect(product.files.allSatisfy { $0.tags["style"] == "waltz" && $0.tags.count == 4 })
                let told = shares.withLock { $0 }
                #expect(told.count > 10 && told == told.sorted())
                var files: [String: Data] = [:]
                for file in product.files {
                    files[file.name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file.path))
                }
                runs.append(files)
                let song = try AudioProbe.probe(.file(folder + "/song.mp3"), depth: .exact)
                let preview = try AudioProbe.probe(.file(folder + "/preview.mp3"), depth: .exact)
                #expect(abs(try #require(song.seconds) - 12) < 0.1)
                #expect(try #require(preview.seconds) < 12.1)
                let peaks = try Waveform(decodingBinary: Array(try #require(files["song.dat"])).span)
                #expect(abs(peaks.count - 1_200) < 10)
            }
        }
        #expect(runs[0] == runs[1])
    }

    @Test(arguments: ["flac", "wav", "ogg"])
    func songsComeInTheOrderedFormat(format: String) async throws {
        try await withFolder { folder in
            let product = try await Self.work(folder).run(
                Self.task(folder, ["format": format, "length": "10", "style": "folk"]))
            #expect(product.files[0].contentType == "audio/\(format)")
            let probe = try AudioProbe.probe(.file(folder + "/song.\(format)"), depth: .exact)
            #expect(abs(try #require(probe.seconds) - 10) < 0.1 && probe.format.channels == 2)
        }
    }

    @Test func ordersAreCheckedBeforeAnythingIsMade() throws {
        let work = Self.work("/")
        #expect(!work.needsFile && work.soldKinds == ["song"])
        #expect(try work.estimate(.none, options: [:]) == [Usage("song", 1), Usage("time", 120_000_000)])
        #expect(try work.estimate(.none, options: ["length": "10"]).last == Usage("time", 10_000_000))
        let bad = [
            ["length": "9"], ["length": "286"], ["length": "x"], ["length": ""], ["seed": "-1"], ["seed": "1.5"],
            ["style": "opera"], ["format": "exe"], ["other": "1"], ["prompt": String(repeating: "x", count: 2_001)],
        ]
        for options in bad {
            #expect(throws: MediaError(.badOptions, ""), "\(options)") { try work.estimate(.none, options: options) }
        }
        let short = SongWork(SoundRunner(program: "/", folder: "/"), seconds: 20...60)
        #expect(throws: MediaError(.badOptions, "")) { try short.estimate(.none, options: ["length": "61"]) }
        #expect(try short.estimate(.none, options: [:]) == [Usage("song", 1)])
    }

    /// A stand-in for a model's own program: it takes a prompt, a seed and a length, tells its progress, and leaves a file.
    private static let standIn = """
        for word in "$@"; do
          case "$word" in
            --prompt=*) prompt=${word#--prompt=} ;; --seed=*) seed=${word#--seed=} ;;
            --seconds=*) seconds=${word#--seconds=} ;; --out=*) out=${word#--out=} ;;
          esac
        done
        for step in 1 2 3 4; do echo "diffusion: $((step * 25))%|##| $step/4" >&2; done
        printf '%s|%s|%s' "$prompt" "$seed" "$seconds" > "$out"
        """

    @Test func aModelsOwnProgramMakesSongsToo() async throws {
        try await withFolder { folder in
            let work = CommandWork(
                "song", program: "/bin/sh",
                arguments: [
                    "-c", Self.standIn, "diffrhythm", "--prompt={prompt}", "--seed={seed}", "--seconds={seconds}",
                    "--out={folder}/song.wav",
                ],
                options: [
                    "prompt": .text(), "seed": .whole(0...999_999, usual: 1), "seconds": .whole(10...285, usual: 95),
                ],
                results: [WorkFile("song.wav", name: "song.wav", kind: "song", contentType: "audio/wav")],
                card: "song", meters: ["time"], needsFile: false, soldKinds: ["song"], runner: ProcessRunner())
            let shares = Mutex<[Double]>([])
            let prompt = "--out=/etc/passwd; $(id) {seed} 노래"
            let options = ["prompt": prompt, "seed": "7"]
            #expect(try work.estimate(.none, options: options) == [Usage("time", 95_000_000)])
            let product = try await work.run(
                Self.task(folder, options) { share, _ in shares.withLock { $0.append(share) } })
            #expect(product.files.map(\.kind) == ["song"])
            let made = try Data(contentsOf: URL(fileURLWithPath: folder + "/song.wav"))
            #expect(String(decoding: made, as: UTF8.self) == "\(prompt)|7|95")
            #expect(shares.withLock { $0.sorted() } == [0.25, 0.5, 0.75, 1])
            for bad in [
                ["seconds": "9"], ["seconds": "010"], ["seed": "1e3"], ["prompt": "a\u{0}b"], ["input": "x"],
                ["prompt": String(repeating: "x", count: 2_001)],
            ] {
                #expect(throws: MediaError(.badOptions, ""), "\(bad)") { try work.estimate(.none, options: bad) }
            }
        }
    }

    @Test func aTextCannotBecomeAnOptionOfTheProgram() throws {
        let work = CommandWork(
            "echo", program: "/bin/echo", arguments: ["{prompt}"], options: ["prompt": .text()], results: [],
            card: "c", needsFile: false, runner: ProcessRunner())
        #expect(throws: MediaError(.badOptions, "")) { try work.estimate(.none, options: ["prompt": "-n"]) }
        #expect(try work.estimate(.none, options: ["prompt": "n-"]) == [Usage("song", 1)])
    }
}
