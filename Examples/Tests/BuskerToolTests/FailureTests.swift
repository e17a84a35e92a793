// Wrong options, bad files, full folders, Ctrl-C: the exit code and what is left.

import BuskerAudio
import Foundation
import Testing

@Suite struct FailureTests {
    @Test(arguments: [
        ["nonsense"], ["probe", "--bogus"], ["separate"], ["separate", "a.wav", "--stems", "3"],
        ["separate", "a.wav", "--threads", "0"], ["separate", "a.wav", "--model", "magic"],
        ["separate", "a.wav", "--model", "centre", "--stems", "2"], ["separate", "-", "--verify"],
        ["waveform", "-i", "a.wav"], ["waveform", "-i", "a.wav", "-o", "a.dat", "-b", "12"],
        ["waveform", "-i", "a.wav", "-o", "a.dat", "-z", "1"], ["waveform", "-i", "a.wav", "-o", "a.dat", "-s", "-1"],
        ["waveform", "-i", "a.wav", "-o", "a.dat", "-z", "256", "--points", "9"],
        ["waveform", "-i", "a.wav", "--output-format", "dat", "--rms"],
        ["waveform", "-i", "a.dat", "-o", "b.dat", "--rms"],
        ["waveform", "-i", "a.wav", "-o", "a.svg", "--color", "bluish"],
        ["resample", "a.wav", "b.wav"], ["resample", "a.wav", "b.wav", "--rate", "7"],
        ["convert", "a.wav", "b.xyz"], ["convert", "a.wav", "b.mp3", "--bits", "16"],
        ["convert", "a.wav", "b.flac", "--bits", "32"], ["convert", "a.wav", "-", "--format", "wav", "--json"],
        ["convert", "a.wav", "b.mp3", "--bitrate", "1"], ["loudness", "a.wav", "--target", "3"],
    ])
    func wrongOptionsAre64(arguments: [String]) throws {
        let runner = try Runner()
        try runner.makeSound("a.wav", seconds: 0.1)
        let outcome = try runner.run(arguments)
        #expect(outcome.exit == 64)
        #expect(!outcome.errors.isEmpty)
        #expect(outcome.output.isEmpty)
        #expect(try runner.files() == ["a.wav"])
    }

    static let reading: [[String]] = [
        ["probe", "IN"], ["separate", "IN"], ["waveform", "-i", "IN", "-o", "out.dat"], ["loudness", "IN"],
        ["convert", "IN", "out.wav"], ["resample", "IN", "out.wav", "--rate", "48000"],
    ]

    @Test(arguments: reading)
    func aMissingFileIs66(arguments: [String]) throws {
        let runner = try Runner()
        let outcome = try runner.run(arguments.map { $0 == "IN" ? "not there.wav" : $0 })
        #expect(outcome.exit == 66)
        #expect(outcome.errors.hasPrefix("busker: There is no file"))
        #expect(try runner.files().isEmpty)
    }

    @Test(arguments: reading)
    func garbageIs65(arguments: [String]) throws {
        let runner = try Runner()
        let garbage = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 251) })
        try garbage.write(to: runner.folder.appending(path: "IN"))
        let outcome = try runner.run(arguments)
        #expect(outcome.exit == 65)
        #expect(outcome.errors.hasPrefix("busker: "))
        for word in ["AudioError", "Code(", "Optional("] { #expect(!outcome.errors.contains(word)) }
        #expect(try runner.files() == ["IN"])
    }

    @Test func aWaveformFileOfGarbageIs65() throws {
        let runner = try Runner()
        try Data([1, 2, 3]).write(to: runner.folder.appending(path: "a.dat"))
        #expect(try runner.run("waveform", "-i", "a.dat", "-o", "b.json").exit == 65)
        #expect(try runner.run("waveform", "-i", "none.dat", "-o", "b.json").exit == 66)
    }

    @Test(arguments: [
        ["separate", "a.wav", "-o", "a.wav/stems"], ["separate", "a.wav", "-o", "a.wav"],
        ["waveform", "-i", "a.wav", "-o", "no/such/out.dat"], ["convert", "a.wav", "no/such/out.flac"],
        ["resample", "a.wav", "no/such/out.wav", "--rate", "48000"],
    ])
    func anUnwritablePlaceIs73(arguments: [String]) throws {
        let runner = try Runner()
        try runner.makeSound("a.wav", seconds: 0.1)
        let outcome = try runner.run(arguments)
        #expect(outcome.exit == 73)
        #expect(outcome.errors.contains("cannot be written"))
        #expect(try runner.files() == ["a.wav"])
    }

    @Test func aStemDoesNotTakeThePlaceOfTheSound() throws {
        let runner = try Runner()
        try runner.makeSound("vocals.wav", seconds: 0.1)
        let before = try Data(contentsOf: runner.folder.appending(path: "vocals.wav"))
        let outcome = try runner.run("separate", "vocals.wav", "-o", ".")
        #expect(outcome.exit == 73)
        #expect(outcome.errors.contains("another folder"))
        #expect(try runner.files() == ["vocals.wav"])
        #expect(try Data(contentsOf: runner.folder.appending(path: "vocals.wav")) == before)
    }

    /// What is no plain file, such as /dev/null or /dev/stdout, is written to and stays what it is.
    @Test(arguments: [
        ["waveform", "-i", "a.wav", "-o", "pipe", "--output-format", "json"],
        ["convert", "a.wav", "pipe", "--format", "wav"],
    ])
    func aNamedPipeIsNotReplaced(arguments: [String]) throws {
        let runner = try Runner()
        try runner.makeSound("a.wav", seconds: 0.1)
        try #require(mkfifo(runner.path("pipe"), 0o600) == 0)
        let reading = open(runner.path("pipe"), O_RDONLY | O_NONBLOCK)
        defer { close(reading) }
        #expect(try runner.run(arguments).exit == 0)
        var byte: UInt8 = 0
        #expect(read(reading, &byte, 1) == 1)
        #expect(byte == UInt8(ascii: arguments[0] == "convert" ? "R" : "{"))
        var status = stat()
        #expect(stat(runner.path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }

    @Test func failuresAreJSONWhereTheAnswerIs() throws {
        let outcome = try Runner().run("probe", "--json", "not there.wav")
        #expect(outcome.exit == 66)
        #expect(outcome.output.isEmpty)
        let error = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any])
        #expect(error["code"] as? String == "file_not_found")
        #expect(error["exit"] as? Int == 66)
        #expect((error["detail"] as? String)?.contains("not there.wav") == true)
    }

    @Test func anOldFileStaysWhenTheNewOneFails() throws {
        let runner = try Runner()
        try Data("old".utf8).write(to: runner.folder.appending(path: "out.wav"))
        #expect(try runner.run("convert", "missing.wav", "out.wav").exit == 66)
        #expect(try String(contentsOf: runner.folder.appending(path: "out.wav"), encoding: .utf8) == "old")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func anInterruptedSeparationLeavesNothing(signal: Int32) throws {
        let runner = try Runner()
        try runner.makeLongSound("long.wav")
        let (process, finish) = try runner.start([
            "separate", "long.wav", "-o", "stems", "--model", "harmonic-percussive",
        ])
        // Wait for the temporary files, so that the signal comes in the middle of writing.
        while process.isRunning, (try? runner.files(in: "stems").isEmpty) ?? true { usleep(2000) }
        kill(process.processIdentifier, signal)
        #expect(try finish().exit == 130)
        #expect(try runner.files() == ["long.wav"])
    }

    @Test func anInterruptedCopyLeavesNothing() throws {
        let runner = try Runner()
        try runner.makeLongSound("long.wav")
        let (process, finish) = try runner.start([
            "resample", "long.wav", "out.flac", "--rate", "48000", "--quality", "best",
        ])
        while process.isRunning, try runner.files().count < 2 { usleep(2000) }
        kill(process.processIdentifier, SIGINT)
        let outcome = try finish()
        #expect(outcome.exit == 130)
        #expect(outcome.errors.contains("Interrupted"))
        #expect(try runner.files() == ["long.wav"])
    }

    @Test func ctrlCEndsTheWaitForStandardInput() throws {
        for arguments in [["probe", "-"], ["separate", "-", "-o", "stems"]] {
            let runner = try Runner()
            let pipe = Pipe()
            let (process, finish) = try runner.start(arguments, input: pipe)
            try pipe.fileHandleForWriting.write(contentsOf: Data("RIFF".utf8))
            usleep(300_000)
            kill(process.processIdentifier, SIGINT)
            #expect(try finish().exit == 130)
            #expect(try runner.files().isEmpty)
            try pipe.fileHandleForWriting.close()
        }
    }
}

extension Runner {
    /// Ten minutes of one second of noise again and again.
    func makeLongSound(_ name: String) throws {
        var state: UInt32 = 1
        let second = (0..<44100).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / Float(1 << 24) - 0.5
        }
        var writer = try AudioWriter(
            .file(path(name)), settings: AudioWriterSettings(.wav(.int16), sampleRate: 44100, channels: 1))
        for _ in 0..<600 { try writer.write(second.span) }
        _ = try writer.finish()
    }
}
