// The writer: whole files or none, equal bytes, RF64, dither, tags.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

@Suite struct AudioWriterTests {
    let tune = AudioFileTests.tune(5000)

    static let kinds: [AudioWriterSettings.Kind] = [
        .wav(.int16), .wav(.int24), .wav(.float32), .flac(bits: 16), .flac(bits: 24), .vorbis(quality: 0.4),
        .mp3(kilobits: 128), .aiff(bits: 24),
    ]

    @Test(arguments: kinds) func equalSoundGivesEqualBytes(kind: AudioWriterSettings.Kind) throws {
        let first = try encoded(tune, kind) { $0.tags[.title] = "Once" }
        var settings = AudioWriterSettings(kind, sampleRate: 44100, channels: 2)
        settings.tags[.title] = "Once"
        var writer = try AudioWriter(.memory, settings: settings)
        for start in stride(from: 0, to: tune.count, by: 74) {
            try writer.write(tune.span.extracting(start..<min(start + 74, tune.count)))
        }
        #expect(try writer.finish().bytes == first)
    }

    @Test func opusNeedsItsRates() throws {
        let tune = AudioFileTests.tune(9600, rate: 48000)
        let kind = AudioWriterSettings.Kind.opus(quality: 0.8)
        let bytes = try encoded(tune, kind, rate: 48000)
        #expect(try encoded(tune, kind, rate: 48000) == bytes)
        let probe = try AudioProbe.probe(.bytes(bytes), depth: .exact)
        #expect(probe.format.encoding == .opus && probe.decodedFrames == 9600 && !probe.isTruncated)
        let error = #expect(throws: AudioError.self) { try encoded(tune, kind, rate: 44100) }
        #expect(error?.detail.contains("48000") == true)
    }

    @Test(arguments: kinds) func fileAppearsWholeOrNotAtAll(kind: AudioWriterSettings.Kind) throws {
        let folder = try TemporaryFolder()
        let settings = AudioWriterSettings(kind, sampleRate: 44100, channels: 2)
        do {
            var dropped = try AudioWriter(.file(folder.path("a")), settings: settings)
            try dropped.write(tune.span)
            #expect(folder.names.count == 1 && folder.names.first != "a")
        }
        #expect(folder.names.isEmpty)
        var cancelled = try AudioWriter(.file(folder.path("a")), settings: settings)
        try cancelled.write(tune.span)
        cancelled.cancel()
        #expect(folder.names.isEmpty)
        var writer = try AudioWriter(.file(folder.path("a")), settings: settings)
        try writer.write(tune.span)
        let written = try writer.finish()
        #expect(folder.names == ["a"] && written.frames == 5000)
        #expect(try decoded(.file(folder.path("a"))).count == tune.count)
        #expect(try encoded(tune, kind).count == written.byteCount)
    }

    @Test func impossiblePlacesAreNamed() throws {
        let settings = AudioWriterSettings(.wav(.int16), sampleRate: 44100, channels: 2)
        for path in ["/nowhere/at/all.wav", "/tmp", ""] {
            let error = #expect(throws: AudioError.self) { _ = try AudioWriter(.file(path), settings: settings) }
            #expect(error?.code == .cannotWrite)
        }
    }

    @Test func fullDiskIsAnError() throws {
        let full = unsafe open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        var writer = try AudioWriter(
            .descriptor(full), settings: AudioWriterSettings(.flac(bits: 16), sampleRate: 44100, channels: 2))
        try writer.write(tune.span)
        do {
            _ = try writer.finish()
            Issue.record("a full disk was not noticed")
        } catch {
            #expect(error.code == .cannotWrite)
        }
    }

    @Test func pipesCarryFilesBothWays() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let small = Array(tune.prefix(2000))
        var writer = try AudioWriter(
            .descriptor(ends[1]), settings: AudioWriterSettings(.flac(bits: 16), sampleRate: 44100, channels: 2))
        try writer.write(small.span)
        let written = try writer.finish()
        close(ends[1])
        #expect(written.byteCount < 60_000)
        let back = try decoded(.descriptor(ends[0]))
        close(ends[0])
        #expect(decibels(small, back) > 75)
    }

    /// A server that runs as root must not put a file in the place of /dev/null.
    @Test func aNamedPipeIsWrittenToAndNotReplaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("pipe")
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let reading = unsafe open(path, O_RDONLY | O_NONBLOCK)
        try #require(reading >= 0)
        defer { close(reading) }
        var writer = try AudioWriter(
            .file(path), settings: AudioWriterSettings(.wav(.int16), sampleRate: 44100, channels: 2))
        try writer.write(Array(tune.prefix(2000)).span)
        #expect(folder.names == ["pipe"])
        let written = try writer.finish()
        var bytes = [UInt8](repeating: 0, count: 60_000)
        let got = unsafe bytes.withUnsafeMutableBytes { unsafe read(reading, $0.baseAddress, $0.count) }
        #expect(got == written.byteCount && bytes.starts(with: "RIFF".utf8))
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(folder.names == ["pipe"])
    }

    @Test func spoolHasALimit() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let wav = try encoded(tune, .wav(.int16))
        let put = unsafe wav.withUnsafeBytes { unsafe write(ends[1], $0.baseAddress, $0.count) }
        close(ends[1])
        #expect(put == wav.count)
        var limits = AudioLimits()
        limits.spoolBytesMax = 10_000
        let error = #expect(throws: AudioError.self) { try decoded(.descriptor(ends[0]), limits: limits) }
        #expect(error?.code == .tooLarge)
        close(ends[0])
    }

    @Test(arguments: [(AudioWriterSettings.WavSamples.int16, 4), (.int24, 6), (.float32, 8)])
    func wavGrowsIntoRF64(samples: AudioWriterSettings.WavSamples, frameBytes: Int) throws {
        let settings = AudioWriterSettings(.wav(samples), sampleRate: 44100, channels: 2)
        let sink = try ByteSink(.memory)
        let encoder = try WavEncoder(settings, sink, plainMax: 4096)
        try unsafe tune.withUnsafeBufferPointer { try unsafe encoder.write(UnsafeBufferPointer(rebasing: $0[..<8192])) }
        try encoder.finish()
        let bytes = try #require(try sink.commit())
        let probe = try AudioProbe.probe(.bytes(bytes), depth: .exact)
        #expect(probe.format.container == .rf64 && probe.decodedFrames == 4096 && !probe.isTruncated)
        let cut = try AudioProbe.probe(.bytes(Array(bytes.dropLast(400 * frameBytes))), depth: .exact)
        #expect(cut.isTruncated && cut.decodedFrames == 3696)
    }

    @Test func smallWavHasThePlainHeader() throws {
        let plain = try encoded(tune, .wav(.int16)) { $0.expectedFrames = 5000 }
        #expect(plain.count == 44 + 20_000)
        let open = try encoded(tune, .wav(.int16))
        #expect(open.count == plain.count + 36)
    }

    @Test func sixteenBitsComeBackUnchanged() throws {
        let samples = (0..<65536).map { Float(Int16(truncatingIfNeeded: $0)) / 32768 }
        for kind in [
            AudioWriterSettings.Kind.wav(.int16), .flac(bits: 16), .aiff(bits: 16), .wav(.int24), .flac(bits: 24),
        ] {
            let bytes = try encoded(samples, kind, channels: 1) { $0.dither = .none }
            #expect(try decoded(.bytes(bytes), block: 65536) == samples)
        }
        var reader = try AudioReader(.bytes(try encoded(samples, .flac(bits: 24), channels: 1)))
        var numbers = [Int16](repeating: 0, count: 65536)
        var span = numbers.mutableSpan
        #expect(try reader.readInt16(into: &span) == 65536)
        #expect(numbers == (0..<65536).map { Int16(truncatingIfNeeded: $0) })
    }

    @Test(arguments: kinds) func oversDoNotWrap(kind: AudioWriterSettings.Kind) throws {
        let loud = AudioFileTests.tune(8000).map { $0 * 4 }
        let back = try decoded(.bytes(try encoded(loud, kind)))
        #expect(back.count == loud.count)
        for (a, b) in zip(loud, back) where abs(a) > 1.2 {
            #expect(a.sign == b.sign)
            if a.sign != b.sign { break }
        }
    }

    @Test func ditherIsTriangularAndRepeatable() throws {
        let tiny = [Float](repeating: 0.3 / 32768, count: 40_000)
        func numbers(_ dither: AudioWriterSettings.Dither) throws -> [Float] {
            try decoded(.bytes(try encoded(tiny, .wav(.int16)) { $0.dither = dither })).map { $0 * 32768 }
        }
        #expect(try numbers(.none).allSatisfy { $0 == 0 })
        let one = try numbers(.triangular(seed: 7))
        #expect(try numbers(.triangular(seed: 7)) == one)
        #expect(try numbers(.triangular(seed: 8)) != one)
        #expect(one.allSatisfy { (-1...1).contains($0) })
        let mean = one.reduce(0, +) / Float(one.count)
        #expect(abs(mean - 0.3) < 0.02)
        let variance = one.reduce(0) { $0 + ($1 - 0.3) * ($1 - 0.3) } / Float(one.count)
        #expect(abs(variance - 0.25) < 0.02)
    }

    @Test(arguments: kinds) func wordsSurvive(kind: AudioWriterSettings.Kind) throws {
        let bytes = try encoded(tune, kind) {
            $0.tags[.title] = "밤의 거리"
            $0.tags[.artist] = "Café"
        }
        let tags = try AudioProbe.probe(.bytes(bytes)).tags
        #expect(tags[.title] == "밤의 거리" && tags[.artist] == "Café")
        let error = #expect(throws: AudioError.self) { try encoded(tune, kind) { $0.tags[.title] = "a\u{1}b" } }
        #expect(error?.code == .badTag)
        #expect(throws: AudioError.self) {
            try encoded(tune, kind) { $0.tags[.comment] = String(repeating: "x", count: 5000) }
        }
    }

    @Test func settingsThatCannotBe() {
        let wrong: [(AudioWriterSettings.Kind, Int, Int)] = [
            (.mp3(kilobits: 100), 44100, 2), (.mp3(kilobits: 128), 96000, 2), (.mp3(kilobits: 128), 44100, 6),
            (.flac(bits: 20), 44100, 2), (.vorbis(quality: 2), 44100, 2), (.wav(.int16), 1, 2),
            (.wav(.int16), 44100, 0),
            (.opus(quality: .nan), 48000, 2),
        ]
        for (kind, rate, channels) in wrong {
            let error = #expect(throws: AudioError.self) { try encoded([], kind, rate: rate, channels: channels) }
            #expect(error?.code == .badArgument)
        }
    }

    @Test func halfFramesAreRefused() throws {
        var writer = try AudioWriter(
            .memory, settings: AudioWriterSettings(.wav(.int16), sampleRate: 44100, channels: 2))
        let odd: [Float] = [0, 0, 0]
        #expect(throws: AudioError.self) { try writer.write(odd.span) }
        _ = try writer.finish()
    }
}
