// Separation from a file to files: what is written, the common gain, and nothing left behind.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

@Suite struct FileSeparationTests {
    /// Writes a mixture as a float WAV file and returns its path.
    static func write(_ mixture: AudioBuffer, in folder: ScratchFolder) throws -> String {
        let path = folder.path("mixture.wav")
        let settings = AudioWriterSettings(
            .wav(.float32), sampleRate: mixture.sampleRate, channels: mixture.channels)
        var writer = try AudioWriter(.file(path), settings: settings)
        try writer.write(mixture.samples.span)
        _ = try writer.finish()
        return path
    }

    static func read(_ path: String) throws -> AudioBuffer {
        var reader = try AudioReader(.file(path))
        let samples = try reader.read(frames: 1 << 20)
        return try AudioBuffer(sampleRate: reader.format.sampleRate, channels: reader.format.channels, samples: samples)
    }

    @Test func floatsAreWhatMemoryGives() throws {
        let folder = try ScratchFolder()
        let mixture = try SeparatorTests.mixture(frames: 20000, channels: 2)
        let source = try Self.write(mixture, in: folder)
        let report = try Separator.fourStems.separate(.file(source), into: folder.path)
        let stems = try Separator.fourStems.separate(mixture)
        #expect(report.frames == 20000 && report.gainDecibels == 0 && !report.isTruncated)
        #expect(report.files.map(\.stem) == [.vocals, .drums, .bass, .other])
        for (file, stem) in zip(report.files, stems) {
            #expect(file.path.hasSuffix("/\(file.stem).wav"))
            #expect(try Self.read(file.path) == stem)
            #expect(file.peak == stem.samples.map(abs).max())
        }
    }

    /// Stems of whole numbers that would clip are turned down together, so that they are still the mixture when summed.
    @Test func oneGainForAllStems() throws {
        let folder = try ScratchFolder()
        var mixture = try SeparatorTests.mixture(frames: 20000, channels: 2)
        for at in mixture.samples.indices { mixture.samples[at] *= 4 }
        let source = try Self.write(mixture, in: folder)
        let report = try Separator.harmonicPercussive().separate(.file(source), into: folder.path, as: .wav(.int24))
        #expect(report.gainDecibels < -3)
        #expect(report.files.map(\.peak).max().map { abs($0 - 0.999) < 1e-4 } == true)
        let gain = Float(exp(report.gainDecibels / 20 * log(10)))
        let stems = try report.files.map { try Self.read($0.path) }
        let sum = zip(stems[0].samples, stems[1].samples).map(+)
        #expect(decibels(mixture.samples.map { $0 * gain }, sum) > 90)
    }

    @Test func quietStemsKeepTheirLevel() throws {
        let folder = try ScratchFolder()
        let mixture = try SeparatorTests.mixture(frames: 9000, channels: 1)
        let source = try Self.write(mixture, in: folder)
        let report = try Separator.fourStems.separate(.file(source), into: folder.path, as: .flac(bits: 24))
        #expect(report.gainDecibels == 0)
        let stems = try report.files.map { try Self.read($0.path).samples }
        let sum = stems.dropFirst().reduce(stems[0]) { zip($0, $1).map(+) }
        #expect(decibels(mixture.samples, sum) > 90)
    }

    @Test func cancellingLeavesNoFile() throws {
        let folder = try ScratchFolder()
        let mixture = try SeparatorTests.mixture(frames: 20000, channels: 1)
        let source = try Self.write(mixture, in: folder)
        #expect(throws: AudioError(.cancelled, "")) {
            try Separator.fourStems.separate(.file(source), into: folder.path) { _ in false }
        }
        #expect(try folder.names() == ["mixture.wav"])
    }

    @Test func aCancelledTaskLeavesNoFile() async throws {
        let folder = try ScratchFolder()
        let mixture = try SeparatorTests.mixture(frames: 16000 * 30, channels: 2)
        let source = try Self.write(mixture, in: folder)
        let path = folder.path
        let work = Task { try await Separator.fourStems(threads: 1).separate(.file(source), into: path) }
        work.cancel()
        await #expect(throws: AudioError(.cancelled, "")) { try await work.value }
        #expect(try folder.names() == ["mixture.wav"])
    }

    @Test func aMissingFolderIsSaid() throws {
        let folder = try ScratchFolder()
        let source = try Self.write(try SeparatorTests.mixture(frames: 900, channels: 1), in: folder)
        #expect(throws: AudioError(.cannotWrite, "")) {
            try Separator.fourStems.separate(.file(source), into: folder.path("nowhere"))
        }
        #expect(try folder.names() == ["mixture.wav"])
    }

    @Test func asyncAndBlockingAgree() async throws {
        let folder = try ScratchFolder()
        let mixture = try SeparatorTests.mixture(frames: 12000, channels: 2)
        let source = try Self.write(mixture, in: folder)
        let report = try await Separator.twoStems.separate(.file(source), into: folder.path)
        let stems = try await Separator.twoStems.separate(mixture)
        #expect(report.files.count == stems.count)
        // Not to the bit: another test may have chosen other loops between the two.
        for (file, stem) in zip(report.files, stems) {
            #expect(decibels(stem.samples, try Self.read(file.path).samples) > 90)
        }
    }
}
