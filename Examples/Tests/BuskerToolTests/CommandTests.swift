// Every command on sounds that are in order.

import BuskerAudio
import Foundation
import Testing

@Suite struct CommandTests {
    @Test func helpListsTheCommandsAndTheExitCodes() throws {
        let outcome = try Runner().run("--help")
        #expect(outcome.exit == 0)
        for word in ["probe", "separate", "waveform", "resample", "loudness", "convert", "song", "65", "130"] {
            #expect(outcome.text.contains(word))
        }
    }

    @Test func probeTellsWordsAndJSON() throws {
        let runner = try Runner()
        let words = try runner.run("probe", Runner.song)
        #expect(words.exit == 0)
        #expect(words.text.contains("FLAC, 22050 Hz, 2 channels, 16 bit"))
        let json = try runner.run("probe", "--json", "--exact", Runner.song).json()
        #expect(json["decoded_frames"] as? Int == 176_400)
        #expect(json["truncated"] as? Bool == false)
        #expect(json["container"] as? String == "flac")
    }

    @Test func separateWritesStemsThatSumToTheSong() throws {
        let runner = try Runner()
        let outcome = try runner.run("separate", Runner.song, "-o", "a/b", "--json", "--verify")
        #expect(outcome.exit == 0, "\(outcome.errors)")
        let json = try outcome.json()
        let files = try #require(json["files"] as? [[String: Any]])
        #expect(files.compactMap { $0["stem"] as? String } == ["vocals", "drums", "bass", "other"])
        #expect(try runner.files(in: "a/b") == ["bass.wav", "drums.wav", "other.wav", "vocals.wav"])
        #expect(try #require(json["residual_db"] as? Double) < -90)
        #expect(json["frames"] as? Int == 176_400)
        #expect(json["gain_db"] as? Double == 0)
        var rest = try Runner.samples(Runner.song)
        for name in try runner.files(in: "a/b") {
            let stem = try Runner.samples(runner.path("a/b/" + name))
            #expect(stem.count == rest.count)
            for (at, sample) in stem.enumerated() { rest[at] -= sample }
        }
        #expect(rest.allSatisfy { abs($0) < 1e-5 })
    }

    @Test func songIsMadeFromWordsAndASeed() throws {
        let runner = try Runner()
        let order = ["song", "--prompt", "a happy waltz", "--seed", "7", "--length", "10"]
        let outcome = try runner.run(order + ["-o", "a.wav", "--json"])
        #expect(outcome.exit == 0, "\(outcome.errors)")
        let json = try outcome.json()
        #expect(json["style"] as? String == "waltz" && json["frames"] as? Int == 441_000)
        #expect(abs(try #require(json["integrated_lufs"] as? Double) + 14) < 0.3)
        #expect(try #require(json["true_peak_db"] as? Double) <= -1)
        let again = try runner.run(order + ["-o", "-", "--format", "wav"])
        #expect(try Data(contentsOf: URL(filePath: runner.path("a.wav"))) == again.output)
        for bad in [["--length", "9"], ["--style", "opera"], ["-o", "a.opus"], ["-o", "a.txt"]] {
            #expect(try runner.run(order + ["-o", "b.wav"] + bad).exit == 64)
        }
        #expect(try runner.files(in: ".") == ["a.wav"])
    }

    @Test(arguments: [
        (["--stems", "2"], ["accompaniment", "vocals"]),
        (["--model", "harmonic-percussive"], ["harmonic", "percussive"]),
        (["--model", "repeating"], ["background", "foreground"]), (["--model", "centre"], ["centre", "sides"]),
    ])
    func everyModelNamesItsStems(options: [String], stems: [String]) throws {
        let runner = try Runner()
        try runner.makeSound("a song.wav", seconds: 2)
        let outcome = try runner.run(["separate", "a song.wav"] + options)
        #expect(outcome.exit == 0, "\(outcome.errors)")
        #expect(try runner.files(in: "a song-stems") == stems.map { $0 + ".wav" })
    }

    @Test(arguments: [
        ("flac", "flac"), ("flac16", "flac"), ("wav16", "wav"), ("wav24", "wav"), ("mp3", "mp3"), ("ogg", "ogg"),
    ])
    func stemsComeInEveryFormat(format: String, suffix: String) throws {
        let runner = try Runner()
        try runner.makeSound("a.wav")
        let outcome = try runner.run("separate", "a.wav", "--model", "centre", "--format", format, "--quiet")
        #expect(outcome.exit == 0, "\(outcome.errors)")
        #expect(outcome.text.isEmpty)
        #expect(try runner.files(in: "a-stems") == ["centre.\(suffix)", "sides.\(suffix)"])
        let probe = try AudioProbe.probe(.file(runner.path("a-stems/sides.\(suffix)")), depth: .exact)
        #expect(probe.format.sampleRate == 22050)
    }

    @Test func separateReadsStandardInput() throws {
        let runner = try Runner()
        let outcome = try runner.run("separate", "-", "--model", "centre", reading: runner.makeSound("a.wav"))
        #expect(outcome.exit == 0, "\(outcome.errors)")
        #expect(try runner.files(in: "stems") == ["centre.wav", "sides.wav"])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let runner = try Runner()
        for threads in ["1", "3"] {
            let name = "t" + threads
            let outcome = try runner.run(
                "separate", Runner.song, "-o", name, "--model", "centre", "--threads", threads)
            #expect(outcome.exit == 0)
        }
        for name in try runner.files(in: "t1") {
            let one = try Data(contentsOf: URL(filePath: runner.path("t1/" + name)))
            #expect(try one == Data(contentsOf: URL(filePath: runner.path("t3/" + name))))
        }
    }

    @Test func loudnessOfAToneIsKnown() throws {
        let runner = try Runner()
        // BS.1770: a sine of 997 Hz at full scale in one channel is -3.01 LUFS; K-weighting is nearly 0 dB there.
        let frames = 48000 * 4
        let tone = (0..<frames).map { Float(0.5 * sin(2 * Double.pi * 997 * Double($0) / 48000)) }
        var writer = try AudioWriter(
            .file(runner.path("tone.wav")),
            settings: AudioWriterSettings(.wav(.float32), sampleRate: 48000, channels: 1))
        try writer.write(tone.span)
        _ = try writer.finish()
        let json = try runner.run("loudness", "--json", "--true-peak", "--target", "-23", "tone.wav").json()
        let integrated = try #require(json["integrated_lufs"] as? Double)
        #expect(abs(integrated - -9.03) < 0.1)
        #expect(abs(try #require(json["gain_db"] as? Double) - (-23 - integrated)) < 1e-9)
        #expect(abs(try #require(json["true_peak_db"] as? Double) - -6.02) < 0.1)
    }

    @Test func silenceHasNoLoudness() throws {
        let runner = try Runner()
        let path = try runner.makeSound("quiet.wav", channels: 1, amplitude: 0)
        let json = try runner.run("loudness", "--json", path).json()
        #expect(json["integrated_lufs"] == nil)
        #expect(json["gain_db"] as? Double == 0)
        #expect(try runner.run("loudness", path).text.contains("-inf LUFS"))
    }

    @Test func unchangedSamplesComeThroughUnchanged() throws {
        let runner = try Runner()
        let path = try runner.makeSound("Ünïcode 歌.wav")
        for name in ["copy.flac", "copy.wav", "copy.aiff"] {
            let outcome = try runner.run("convert", path, name)
            #expect(outcome.exit == 0, "\(outcome.errors)")
            #expect(try Runner.samples(runner.path(name)) == Runner.samples(path))
        }
    }

    @Test(arguments: ["mp3", "ogg", "opus", "flac24", "wav32", "aiff"])
    func convertWritesEveryFormat(format: String) throws {
        let runner = try Runner()
        let outcome = try runner.run("convert", runner.makeSound("a.wav"), "b.bin", "--format", format, "--json")
        #expect(outcome.exit == 0, "\(outcome.errors)")
        let json = try outcome.json()
        let rate = format == "opus" ? 24000 : 22050
        #expect(json["sample_rate"] as? Int == rate)
        #expect(json["frames"] as? Int == rate)
        #expect(try AudioProbe.probe(.file(runner.path("b.bin"))).format.sampleRate == rate)
    }

    @Test func seedsOfDitherGiveTheSameBytes() throws {
        let runner = try Runner()
        let path = try runner.makeSound("a.wav", kind: .wav(.float32))
        func bytes(_ seed: String) throws -> Data {
            let outcome = try runner.run(
                "convert", path, "-", "--format", "wav16", "--dither", "triangular", "--seed", seed)
            #expect(outcome.exit == 0, "\(outcome.errors)")
            return outcome.output
        }
        #expect(try bytes("7") == bytes("7"))
        #expect(try bytes("7") != bytes("8"))
    }

    @Test(arguments: ["best", "medium", "fast"])
    func resampleKeepsTheLength(quality: String) throws {
        let runner = try Runner()
        let path = try runner.makeSound("a.wav")
        let outcome = try runner.run("resample", path, "b.wav", "--rate", "48000", "--quality", quality, "--json")
        #expect(outcome.exit == 0, "\(outcome.errors)")
        #expect(try outcome.json()["frames"] as? Int == 48000)
        #expect(try Runner.samples(runner.path("b.wav")).count == 2 * 48000)
    }

    @Test func soundsGoThroughPipes() throws {
        let runner = try Runner()
        let path = try runner.makeSound("a.wav")
        let flac = try runner.run("convert", "-", "-", "--format", "flac", reading: path)
        #expect(flac.exit == 0)
        try flac.output.write(to: runner.folder.appending(path: "b.flac"))
        let faster = try runner.run(
            "resample", "-", "-", "--rate", "44100", "--format", "wav", reading: runner.path("b.flac"))
        try faster.output.write(to: runner.folder.appending(path: "c.wav"))
        let probe = try runner.run("probe", "--json", "--exact", reading: runner.path("c.wav")).json()
        #expect(probe["decoded_frames"] as? Int == 44100)
        #expect(try runner.run("loudness", "--json", reading: runner.path("c.wav")).exit == 0)
    }
}
