// What the README shows compiles, runs, and cannot drift away.

import BuskerAudio
import Foundation
import Testing

@Suite struct ReadmeTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let song = root.appending(path: "Tests/BuskerAudioTests/Sounds/song-22k/mixture.flac").path

    /// A Swift block of the README.
    struct Snippet: CustomTestStringConvertible {
        let mark: Substring
        let lines: [Substring]
        var isMarked: Bool { mark == "<!-- tested: ReadmeTests -->" }
        var testDescription: String { lines.first.map(String.init) ?? "nothing" }
    }

    static let snippets: [Snippet] = {
        let text = (try? String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.filter { lines[$0] == "```swift" }.map { open in
            let rest = lines[(open + 1)...]
            return Snippet(mark: open > 0 ? lines[open - 1] : "", lines: Array(rest.prefix { $0 != "```" }))
        }
    }()

    @Test func everySnippetButTheManifestIsMarked() {
        #expect(Self.snippets.count(where: \.isMarked) == 5)
        for snippet in Self.snippets where !snippet.mark.hasPrefix("<!-- tested: ") {
            #expect(snippet.lines.contains { $0.hasPrefix(".package(") })
        }
    }

    @Test(arguments: snippets.filter(\.isMarked))
    func everyLineStandsInThisFile(snippet: Snippet) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let own = source.split(separator: "\n").map { $0.drop { $0 == " " } }
        let wanted = snippet.lines.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        #expect(wanted.count >= 4)
        let found = own.indices.contains { own[$0...].starts(with: wanted) }
        #expect(found, "these lines do not stand one after another in ReadmeTests.swift")
    }

    /// Runs a body with a folder that is removed afterwards.
    private func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-readme-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }

    @Test func separating() async throws {
        try await withFolder { folder in
            let song = Self.song
            @Sendable func tell(_ things: Any?...) {}
            let separator = Separator.fourStems()
            let report = try await separator.separate(.file(song), into: folder, as: .flac(bits: 24)) { progress in
                tell(progress.fraction)
                return true  // false cancels
            }
            for file in report.files { tell(file.stem, file.path, file.peak) }
            #expect(report.files.map(\.stem) == [.vocals, .drums, .bass, .other])
            for file in report.files {
                let probe = try AudioProbe.probe(.file(file.path), depth: .exact)
                #expect(probe.decodedFrames == report.frames)
            }
        }
    }

    @Test func drawing() throws {
        let song = Self.song
        let waveform = try Waveform(contentsOf: .file(song), options: WaveformOptions(.samplesPerPoint(256), rms: true))
        let dat = try waveform.encodeBinary(bits: .eight)  // byte for byte what audiowaveform writes and peaks.js loads
        let peaks = try waveform.resampled(points: 800).encodeWavesurfer()  // exactly 800 points for wavesurfer.js
        let svg = try WaveformSVG(.bars(.init(width: 3, gap: 2)), width: 800, height: 120).render(waveform)
        #expect(dat.count == 20 + 2 * waveform.count)
        #expect(String(decoding: peaks, as: UTF8.self).count(where: { $0 == "," }) == 800)
        #expect(svg.hasPrefix("<svg") && svg.contains("<path"))
    }

    @Test func probing() async throws {
        try await withFolder { folder in
            var answers: [String] = []
            func accept(_ seconds: Double?, isClipped: Bool?, isTruncated: Bool) {
                answers.append("\(seconds ?? 0) \(isClipped ?? true) \(isTruncated)")
            }
            func refuse(_ status: Int, _ detail: String) { answers.append("\(status) \(detail)") }
            let page = folder + "/song.mp3"
            try Data("<!doctype html><html></html>".utf8).write(to: URL(filePath: page))
            for upload in [Self.song, page] {
                do throws(AudioError) {
                    let probe = try AudioProbe.probe(.file(upload), depth: .exact)  // decodes all of it
                    accept(probe.seconds, isClipped: probe.levels?.isClipped, isTruncated: probe.isTruncated)
                } catch {
                    refuse(error.code == .tooLong ? 413 : 422, error.detail)
                }
            }
            #expect(answers.first == "8.0 false false")
            #expect(answers.last?.hasPrefix("422 This is") == true)
        }
    }

    @Test func resampling() async throws {
        try await withFolder { folder in
            let song = Self.song
            let preview = folder + "/preview.mp3"
            var reader = try AudioReader(.file(song))
            let (rate, channels) = (reader.format.sampleRate, reader.format.channels)
            let head = try reader.read(frames: 30 * rate)
            let start = try Resampler.convert(head, from: rate, to: 16_000, channels: channels)
            let kind = AudioWriterSettings(.mp3(kilobits: 64), sampleRate: 16_000, channels: channels)
            var writer = try AudioWriter(.file(preview), settings: kind)
            try writer.write(start.span)
            let written = try writer.finish()
            #expect(written.frames == 128_000)
            #expect(try AudioProbe.probe(.file(preview)).format.sampleRate == 16_000)
        }
    }

    @Test func aModelOfOnesOwn() throws {
        let mixture = try AudioBuffer(sampleRate: 8000, channels: 1, samples: Signals.noise(8000, seed: 4))
        let stems = try Separator(spectral: Hush()).separate(mixture)
        #expect(stems.count == 2)
        let sum = zip(stems[0].samples, stems[1].samples).map { $0 + $1 }
        #expect(decibels(mixture.samples, sum) > 90)
        #expect(decibels(mixture.samples, stems[0].samples) < 20)
    }
}

struct Hush: SpectralModel {
    let name = "hush"
    let stems = [Stem(rawValue: "quiet"), .residual]  // the last one is what the others leave
    func transform(sampleRate: Int) -> SpectralTransform { .scaled(fftSize: 2048, hop: 512, to: sampleRate) }
    func reach(sampleRate: Int) -> SpectralReach { .frames(0) }
    func makeEstimator(for shape: SpectralShape) throws(AudioError) -> any MaskEstimator { Estimator() }

    final class Estimator: MaskEstimator {
        func estimate(
            spectra: Span<Float>, magnitudes: Span<Float>, frames: Int, masks: inout MutableSpan<Float>,
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) {
            for at in magnitudes.indices { masks[at] = 1 / (1 + magnitudes[at] * magnitudes[at]) }
        }
    }
}
