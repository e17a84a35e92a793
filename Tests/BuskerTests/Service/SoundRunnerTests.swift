// Real sounds in real child processes.

import BuskerAudio
import BuskerCore
import BuskerHTTP
import BuskerJobs
import BuskerProcess
import BuskerStorage
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Busker

@Suite struct SoundRunnerTests {
    /// The program beside the tests.
    static let program: String = {
        var folder = Bundle.main.bundleURL
        for candidate in [
            Bundle.main.executableURL, Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL,
        ] {
            guard let candidate else { continue }
            let path = candidate.deletingLastPathComponent().appending(path: "sound-child")
            if FileManager.default.isExecutableFile(atPath: path.path) { return path.path }
        }
        folder.append(path: "sound-child")
        return folder.path
    }()

    private static func runner(_ folder: String, memory: Int64 = 4 << 30) -> SoundRunner {
        SoundRunner(program: program, folder: folder, memoryBytes: memory)
    }

    /// Two seconds of two tones in stereo.
    static func song(rate: Int = 44_100, channels: Int = 2) throws -> [UInt8] {
        var settings = AudioWriterSettings(.flac(bits: 16), sampleRate: rate, channels: channels)
        settings.expectedFrames = 2 * rate
        var samples: [Float] = []
        for frame in 0..<(2 * rate) {
            for channel in 0..<channels {
                let time = Double(frame) / Double(rate)
                samples.append(Float(0.3 * sin(2 * .pi * 220 * Double(channel + 1) * time)))
            }
        }
        var writer = try AudioWriter(.memory, settings: settings)
        try writer.write(samples.span)
        return try #require(try writer.finish().bytes)
    }

    private static func content(_ bytes: [UInt8]) throws -> ObjectContent {
        ObjectContent(
            info: ObjectInfo(
                key: try ObjectKey("x"), size: Int64(bytes.count), entityTag: "", modified: Timestamp(microseconds: 0)),
            range: 0..<Int64(bytes.count), body: .bytes(bytes))
    }

    private static func task(_ folder: String, _ bytes: [UInt8], _ options: [String: String] = [:]) throws -> WorkTask {
        let input = folder + "/input"
        try Data(bytes).write(to: URL(fileURLWithPath: input))
        return WorkTask(
            job: IDGenerator().make(), folder: folder, input: input,
            sound: SoundFacts(microseconds: 2_000_000, sampleRate: 44_100, channels: 2), options: options)
    }

    @Test func aSoundIsMeasuredAsItIsDecoded() async throws {
        try await withFolder { folder in
            let sound = try await Self.runner(folder).measure(try Self.content(Self.song()))
            #expect(sound == SoundFacts(microseconds: 2_000_000, sampleRate: 44_100, channels: 2))
            await #expect(throws: StorageError(.badType, "")) {
                try await Self.runner(folder).measure(Self.content(Array("RIFFxxxxWAVEgarbage".utf8)))
            }
            await #expect(throws: StorageError(.badType, "")) {
                try await Self.runner(folder).measure(Self.content([UInt8](repeating: 0, count: 5_000)))
            }
        }
    }

    @Test(arguments: [("4", ["vocals", "drums", "bass", "other"]), ("2", ["vocals", "accompaniment"])])
    func aSongIsTakenApartWithPeaksAndCopies(stems: String, names: [String]) async throws {
        try await withFolder { folder in
            let shares = Mutex<[Double]>([])
            var task = try Self.task(folder, Self.song(), ["stems": stems])
            task = WorkTask(job: task.job, folder: folder, input: task.input, sound: task.sound, options: task.options)
            {
                share, _ in shares.withLock { $0.append(share) }
            }
            let product = try await SeparationWork(Self.runner(folder)).run(task)
            let stemFiles = product.files.filter { $0.kind == "stem" }
            #expect(Set(stemFiles.compactMap { $0.tags["stem"] }) == Set(names))
            #expect(
                Set(product.files.filter { $0.kind == "peaks" }.compactMap { $0.tags["stem"] })
                    == Set(names + ["mixture"]))
            for file in product.files where file.kind != "peaks" {
                let probe = try AudioProbe.probe(.file(folder + "/" + file.path), depth: .exact)
                let seconds = try #require(probe.seconds)
                #expect(abs(seconds - 2) < 0.1, "\(file.path)")
            }
            let peaks = try Data(contentsOf: URL(fileURLWithPath: folder + "/mixture.dat"))
            let waveform = try Waveform(decodingBinary: Array(peaks).span)
            #expect(abs(waveform.count - 200) <= 1)
            let told = shares.withLock { $0 }
            #expect(told == told.sorted() && told.last ?? 0 > 0.7)
        }
    }

    @Test(arguments: [(96_000, 1), (44_100, 6), (8_000, 2)])
    func strangeRatesAndChannelsHaveCopiesToo(rate: Int, channels: Int) async throws {
        try await withFolder { folder in
            let task = try Self.task(folder, Self.song(rate: rate, channels: channels), ["start": "1"])
            let product = try await PreviewWork(Self.runner(folder)).run(task)
            let probe = try AudioProbe.probe(.file(folder + "/" + product.files[0].path), depth: .exact)
            #expect(abs(try #require(probe.seconds) - 1) < 0.1)
            #expect(probe.format.channels == min(channels, 2))
        }
    }

    @Test func previewsFadeInAndOut() async throws {
        try await withFolder { folder in
            let path = folder + "/x.flac"
            try Data(Self.song()).write(to: URL(fileURLWithPath: path))
            try ListeningCopy(seconds: 2, fade: 0.5).write(.file(path), to: folder + "/x.mp3")
            var reader = try AudioReader(.file(folder + "/x.mp3"))
            let samples = try reader.read(frames: 2 * 44_100)
            func loudest(_ range: Range<Int>) -> Float {
                samples[(range.lowerBound * 2)..<(range.upperBound * 2)].map(abs).max() ?? 0
            }
            #expect(loudest(0..<2_000) < 0.05 && loudest(40_000..<44_000) > 0.25 && loudest(86_000..<88_000) < 0.05)
        }
    }

    @Test func wavesAreDrawnAtTheOrderedResolution() async throws {
        try await withFolder { folder in
            let task = try Self.task(folder, Self.song(), ["points": "10"])
            let product = try await WaveformWork(Self.runner(folder)).run(task)
            #expect(product.files.map(\.name) == ["waveform.dat", "waveform.json"])
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/waveform.json"))
            let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(json["length"] as? Int == 20)
        }
    }

    @Test func brokenSoundsAndSmallMemoryAreFaultsWithCodes() async throws {
        try await withFolder { folder in
            let task = try Self.task(folder, Array("fLaC and nothing more".utf8))
            do {
                _ = try await SeparationWork(Self.runner(folder)).run(task)
                Issue.record("It was taken apart.")
            } catch let fault as WorkFault {
                #expect(fault.code == .soundUnreadable && fault.isFinal)
            }
            try FileManager.default.removeItem(atPath: task.sounding())
            let song = try Self.task(folder, Self.song())
            await #expect(throws: WorkFault.self) {
                try await SeparationWork(Self.runner(folder, memory: 64 << 20)).run(song)
            }
        }
    }

    @Test func aTaskThatTakesTooLongIsEnded() async throws {
        try await withFolder { folder in
            let work = CommandWork(
                "sleep", program: "/bin/sleep", arguments: ["60"], results: [], card: "c",
                limits: ProcessLimits(wallTime: .milliseconds(200)), runner: ProcessRunner())
            do {
                _ = try await work.run(Self.task(folder, [1]))
                Issue.record("It ended.")
            } catch let fault as WorkFault {
                #expect(fault.code == .tooSlow)
            }
        }
    }

    @Test func anotherProgramGetsItsWordsAndTellsItsProgress() async throws {
        try await withFolder { folder in
            let shares = Mutex<[Double]>([])
            let work = CommandWork(
                "copy", program: "/bin/sh",
                arguments: [
                    "-c",
                    "[ $SWIFT_BACKTRACE = enable=no ] || exit 3; echo 'at 40%' >&2; echo '  80.5 % done'; cp \"$1\" \"$2/$3.out\"",
                    "sh", "{input}",
                    "{folder}", "{mode} $HOME",
                ],
                options: ["mode": ["fast", "slow"]],
                results: [WorkFile("{mode} $HOME.out", name: "x.out", kind: "stem", contentType: "audio/wav")],
                card: "c", runner: ProcessRunner())
            var task = try Self.task(folder, [1, 2, 3])
            task = WorkTask(
                job: task.job, folder: folder, input: task.input, sound: task.sound, options: ["mode": "slow"]
            ) {
                share, _ in shares.withLock { $0.append(share) }
            }
            let product = try await work.run(task)
            #expect(product.files[0].path == "slow $HOME.out")
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/slow $HOME.out")) == Data([1, 2, 3]))
            #expect(shares.withLock { $0.sorted() } == [0.4, 0.805])
            #expect(throws: MediaError(.badOptions, "")) {
                try work.estimate(task.sound, options: ["mode": "{input}"])
            }
        }
    }

    @Test(arguments: [
        ("45%", 0.45), (" 7.5 % done", 0.075), ("100%|####| 3/3", 1.0), ("x", nil), ("%", nil), ("250%", nil),
    ])
    func progressIsReadFromWhateverIsWritten(line: String, share: Double?) {
        #expect(CommandWork.share(line) == share)
    }

    @Test func wordsAreReplacedOnce() {
        let words = ["a": "{b}", "b": "x"]
        #expect(CommandWork.fill("-{a}-{b}-{c}-{", words) == "-{b}-x-{c}-{")
    }
}
