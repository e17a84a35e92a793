// Files that lie, are cut, or are something else: the right length or a typed error.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

/// Bytes with a part replaced.
func patched(_ bytes: [UInt8], at offset: Int, _ new: [UInt8]) -> [UInt8] {
    var copy = bytes
    copy.replaceSubrange(offset..<offset + new.count, with: new)
    return copy
}

/// Where a text stands in bytes.
func place(of text: String, in bytes: [UInt8]) -> Int? {
    let wanted = Array(text.utf8)
    return bytes.indices.first { bytes[$0...].starts(with: wanted) }
}

@Suite struct HostileFileTests {
    let tune = AudioFileTests.tune(10_000)

    func exact(_ bytes: [UInt8], limits: AudioLimits = .standard) throws -> AudioProbe {
        try AudioProbe.probe(.bytes(bytes), depth: .exact, limits: limits)
    }

    func code(_ bytes: [UInt8], limits: AudioLimits = .standard) -> AudioError.Code? {
        do {
            _ = try exact(bytes, limits: limits)
            return nil
        } catch {
            return (error as? AudioError)?.code
        }
    }

    @Test(arguments: [
        AudioWriterSettings.Kind.wav(.int16), .wav(.int24), .wav(.float32), .flac(bits: 16), .flac(bits: 24),
        .aiff(bits: 16), .vorbis(quality: 0.5), .mp3(kilobits: 128),
    ]) func everyCutIsNoticed(kind: AudioWriterSettings.Kind) throws {
        let bytes = try encoded(tune, kind)
        let whole = try exact(bytes)
        #expect(whole.decodedFrames == 10_000)
        #expect(!whole.isTruncated)
        for share in [0.02, 0.1, 0.3, 0.5, 0.9, 0.97] {
            let cut = Array(bytes.prefix(Int(Double(bytes.count) * share)))
            do {
                let probe = try exact(cut)
                #expect(probe.isTruncated, "\(kind) cut to \(share)")
                #expect((probe.decodedFrames ?? 0) < 10_000)
            } catch let error as AudioError {
                #expect([.damagedHeader, .damagedAudio].contains(error.code))
            }
        }
    }

    @Test func lyingWavSizes() throws {
        let wav = try encoded(tune, .wav(.int16)) { $0.expectedFrames = 10_000 }
        #expect(wav.count == 44 + 40_000)
        let unknown = patched(patched(wav, at: 4, [255, 255, 255, 255]), at: 40, [255, 255, 255, 255])
        let probe = try exact(unknown)
        #expect(probe.decodedFrames == 10_000 && probe.declaredFrames == nil && !probe.isTruncated)
        #expect(code(patched(wav, at: 40, [0, 0, 0, 0])) == .noSound)
        let longer = try exact(patched(wav, at: 40, [0x80, 0x38, 1, 0]))
        #expect(longer.decodedFrames == 10_000 && longer.isTruncated && longer.declaredFrames == 20_000)
        let shorter = try exact(patched(wav, at: 40, [0x20, 0x4E, 0, 0]))
        #expect(shorter.decodedFrames == 5000 && !shorter.isTruncated)
    }

    @Test(
        arguments: [
            (22, [0, 0], AudioError.Code.damagedHeader), (22, [0, 4], .tooManyChannels),
            (22, [9, 0], .tooManyChannels),
            (24, [0, 0x94, 0x35, 0x77], .unsupportedSampleRate), (24, [0, 0, 0, 0], .unsupportedSampleRate),
            (34, [12, 0], .unsupportedEncoding), (32, [3, 0], .damagedHeader), (20, [0x55, 0], .unsupportedEncoding),
            (20, [2, 0], .unsupportedEncoding), (12, [0x78], .damagedHeader),
        ] as [(Int, [UInt8], AudioError.Code)])
    func lyingWavHeader(offset: Int, new: [UInt8], expected: AudioError.Code) throws {
        let wav = try encoded(tune, .wav(.int16)) { $0.expectedFrames = 10_000 }
        #expect(code(patched(wav, at: offset, new)) == expected)
    }

    @Test func lyingFlacLength() throws {
        let flac = try encoded(tune, .flac(bits: 16))
        let byte = flac[21]
        #expect(code(patched(flac, at: 21, [byte | 0x0F, 255, 255, 255, 255])) == .tooLong)
        let unknown = try exact(patched(flac, at: 21, [byte & 0xF0, 0, 0, 0, 0]))
        #expect(unknown.decodedFrames == 10_000 && unknown.declaredFrames == nil)
        let longer = try exact(patched(flac, at: 21, [byte & 0xF0, 0, 0, 0x4E, 0x20]))
        #expect(longer.decodedFrames == 10_000 && longer.isTruncated)
        let shorter = patched(flac, at: 21, [byte & 0xF0, 0, 0, 0x13, 0x88])
        let probe = try? exact(shorter)
        #expect(probe == nil || probe?.decodedFrames == 10_000 || probe?.decodedFrames == 5000)
    }

    @Test func lyingOggLength() throws {
        let ogg = try encoded(tune, .vorbis(quality: 0.5))
        let last = try #require(ogg.indices.dropLast(27).last { ogg[$0...].starts(with: Array("OggS".utf8)) })
        var lying = patched(ogg, at: last + 6, [255, 255, 255, 255, 255, 255, 255, 0x7F])
        lying = patched(lying, at: last + 22, [0, 0, 0, 0])
        do {
            let probe = try exact(lying)
            #expect((probe.decodedFrames ?? 0) <= 10_240)
        } catch let error as AudioError {
            #expect([.damagedHeader, .damagedAudio, .tooLong].contains(error.code))
        }
    }

    @Test(arguments: [1, 2] as [UInt32]) func joinedOggIsWholeOrRefused(serial: UInt32) throws {
        let first = try encoded(tune, .vorbis(quality: 0.5))
        let second = try encoded(tune, .vorbis(quality: 0.5)) { $0.oggSerial = serial }
        do {
            #expect(try exact(first + second).decodedFrames == 20_000)
        } catch let error as AudioError {
            #expect(error.code == .unsupportedFormat)
        }
    }

    @Test func notNumbersBecomeUsable() throws {
        var samples = tune
        samples[100] = .nan
        samples[201] = .infinity
        samples[300] = -1e30
        samples[401] = .leastNonzeroMagnitude
        let bytes = try encoded(samples, .wav(.float32))
        let back = try decoded(.bytes(bytes))
        #expect(back[100] == 0 && back[201] == 16 && back[300] == -16 && back[401] == 0)
        let levels = try #require(try exact(bytes).levels)
        #expect(levels.notNumbers == 1 && levels.outOfRange == 2 && levels.peak == 16)
        #expect(levels.frames == 10_000)
    }

    @Test func clippingIsCounted() throws {
        var samples = [Float](repeating: 0.1, count: 20_000)
        for i in 0..<5 { samples[2 * (1020 + i)] = 1 }
        for i in 0..<2 { samples[2 * (3000 + i) + 1] = -1 }
        for i in 0..<3 { samples[2 * (4094 + i) + 1] = -1 }
        let bytes = try encoded(samples, .wav(.float32))
        let levels = try #require(try exact(bytes).levels)
        #expect(levels.clippedRuns == 2 && levels.clippedSamples == 8 && levels.peak == 1)
    }

    @Test func shortAndWide() throws {
        for channels in 1...8 {
            let samples = Signals.noise(channels, seed: UInt64(channels))
            for kind in [AudioWriterSettings.Kind.wav(.float32), .flac(bits: 24), .wav(.int24)] {
                let bytes = try encoded(samples, kind, rate: 192_000, channels: channels)
                let probe = try exact(bytes)
                #expect(probe.decodedFrames == 1 && probe.format.channels == channels)
                #expect(probe.format.sampleRate == 192_000 && !probe.isTruncated)
            }
        }
        #expect(throws: AudioError.self) { try encoded([], .wav(.int16), channels: 9) }
    }

    @Test(arguments: [
        AudioWriterSettings.Kind.wav(.int16), .flac(bits: 16), .aiff(bits: 16), .vorbis(quality: 0.5),
        .mp3(kilobits: 64),
    ])
    func noSamplesAreNoSound(kind: AudioWriterSettings.Kind) throws {
        let bytes = try encoded([], kind)
        let found = code(bytes)
        #expect(
            [.noSound, .damagedAudio, .damagedHeader, .emptyFile].contains(found),
            "\(kind): \(String(describing: found))")
    }

    @Test(arguments: [
        ("", AudioError.Code.emptyFile, ""), ("hello, this is a text of some length", .notAudio, "text"),
        ("<!DOCTYPE html><html>", .notAudio, "web page"), ("%PDF-1.7 and then more bytes", .notAudio, "PDF"),
        ("PK\u{3}\u{4}................", .notAudio, "ZIP"), ("\0\0\0\u{20}ftypM4A ........", .unsupportedFormat, "M4A"),
        ("\0\0\0\u{20}ftypisom........", .unsupportedFormat, "MP4"), ("#!AMR\n......", .unsupportedFormat, "AMR"),
        ("MThd........", .unsupportedFormat, "MIDI"), ("RIFF....AVI LIST", .unsupportedFormat, "AVI"),
        ("RIFF....WEBPVP8 ", .notAudio, "WebP"), ("GIF89a........", .notAudio, "GIF"),
        (".snd........................", .unsupportedFormat, "Sun"),
    ]) func foreignFilesAreNamed(content: String, expected: AudioError.Code, word: String) {
        let error = #expect(throws: AudioError.self) { try AudioProbe.probe(.bytes(Array(content.utf8))) }
        #expect(error?.code == expected)
        #expect(error?.detail.contains(word) == true)
    }

    @Test func binaryForeigners() {
        let starts: [([UInt8], String)] = [
            ([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66], "Windows Media"), ([0x1A, 0x45, 0xDF, 0xA3, 1], "Matroska"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "JPEG"), ([0x89, 0x50, 0x4E, 0x47], "PNG"),
            ([0x7F, 0x45, 0x4C, 0x46], "program"),
            ([0xFF, 0xF1, 0x50, 0x80, 0x2E, 0x7F], "AAC"),
        ]
        for (start, word) in starts {
            let error = #expect(throws: AudioError.self) {
                try AudioProbe.probe(.bytes(start + [UInt8](repeating: 0, count: 200)))
            }
            #expect(error?.detail.contains(word) == true)
        }
    }

    @Test func bombsAreStopped() throws {
        var limits = AudioLimits()
        limits.secondsMax = 2
        let silence = [Float](repeating: 0, count: 3 * 44100)
        let flac = try encoded(silence, .flac(bits: 16), channels: 1)
        #expect(code(flac, limits: limits) == .tooLong)
        let unknown = patched(flac, at: 21, [flac[21] & 0xF0, 0, 0, 0, 0])
        #expect(code(unknown, limits: limits) == .tooLong)
        limits.bytesMax = 100
        #expect(code(flac, limits: limits) == .tooLarge)
    }

    @Test func decodersSeeOnlyTheChunksTheyNeed() throws {
        let wav = try encoded(tune, .wav(.int16)) { $0.expectedFrames = 10_000 }
        let cue = Array("cue ".utf8) + [8, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]
        let bytes = Array(wav[..<36]) + cue + Array(wav[36...])
        #expect(try exact(bytes).decodedFrames == 10_000)
        let store = try ByteStore.open(.bytes(bytes), limits: .standard)
        let input = DecoderInput(store, try RiffHeader.read(store, .wav, limits: .standard))
        for start in 30..<44 {
            var seen = [UInt8](repeating: 0, count: 20)
            _ = input.seek(start, whence: SEEK_SET)
            let got = unsafe seen.withUnsafeMutableBytes { buffer in
                unsafe buffer.baseAddress.map { unsafe input.read($0, 20) } ?? 0
            }
            #expect(got == 20)
            #expect(Array(patched(bytes, at: 36, Array("JUNK".utf8))[start..<start + 20]) == seen)
        }
    }

    @Test func contentCountsNotTheName() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("song.mp3")
        var writer = try AudioWriter(
            .file(path), settings: AudioWriterSettings(.flac(bits: 16), sampleRate: 44100, channels: 2))
        try writer.write(tune.span)
        _ = try writer.finish()
        let probe = try AudioProbe.probe(.file(path))
        #expect(probe.format.container == .flac && probe.misleadingExtension == "mp3")
    }
}

/// A folder that vanishes with its owner.
final class TemporaryFolder {
    let root: String

    init() throws {
        var template = Array("/tmp/busker-test-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
        }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try #require(made)
    }

    deinit {
        for name in names { unsafe unlink(path(name)) }
        unsafe rmdir(root)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// The names of what is in the folder.
    var names: [String] {
        guard let folder = unsafe opendir(root) else { return [] }
        defer { unsafe closedir(folder) }
        var found: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found.sorted()
    }
}
