// Waveforms of whole files: whatever the format, one pass, the part that was asked for.

import Testing

@testable import BuskerAudio

@Suite struct WaveformReadingTests {
    private func file(_ kind: AudioWriterSettings.Kind, _ samples: [Float], channels: Int = 2) throws -> AudioSource {
        var settings = AudioWriterSettings(kind, sampleRate: 44_100, channels: channels)
        settings.dither = .none
        var writer = try AudioWriter(.memory, settings: settings)
        try writer.write(samples.span)
        return .bytes(try #require(try writer.finish().bytes))
    }

    @Test func wholeNumbersGiveTheSameFileWhateverTheFormat() throws {
        let samples = Signals.noise(20_000, seed: 4)
        let wav = try Waveform(contentsOf: file(.wav(.int16), samples), options: .init(rms: true))
        let flac = try Waveform(contentsOf: file(.flac(bits: 16), samples), options: .init(rms: true))
        #expect(wav == flac && wav.frames == 10_000 && wav.count == 40)
        // 24 bits lose their lower eight by a shift, so they differ by one step at most.
        let fine = try Waveform(contentsOf: file(.wav(.int24), samples))
        #expect(zip(fine.peaks, wav.peaks).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        #expect(!wav.findings.isTruncated && wav.findings.overs == 0)
    }

    @Test func lossyFilesNeverWrapAround() throws {
        // A square wave at full scale overshoots in every lossy codec.
        let square = (0..<88_200).map { Float(($0 / 100) % 2 == 0 ? 1 : -1) }
        for kind in [AudioWriterSettings.Kind.mp3(kilobits: 128), .vorbis(quality: 0.5)] {
            let waveform = try Waveform(contentsOf: file(kind, square), options: .init(.points(20), rms: true))
            #expect(waveform.count == 20 && abs(waveform.frames - 44_100) <= 1152)
            #expect(waveform.findings.overs > 0)
            #expect((1..<19).allSatisfy { waveform.rms(at: $0) > 0.8 })
            #expect((1..<19).allSatisfy { waveform.maximum(at: $0) > 30_000 && waveform.minimum(at: $0) < -30_000 })
        }
    }

    @Test func partsBeginAndEndOnTheirFrames() throws {
        let samples = (0..<44_100).map { Float($0 / 2) / 32_768 }
        let source = try file(.wav(.int16), samples)
        var options = WaveformOptions(.samplesPerPoint(100))
        (options.start, options.end) = (0.1, 0.2)
        let part = try Waveform(contentsOf: source, options: options)
        #expect(part.frames == 4410 && part.minimum(at: 0) == 4410 && part.maximum(at: part.count - 1) == 8819)
        options.end = nil
        #expect(try Waveform(contentsOf: source, options: options).frames == 22_050 - 4410)
        for (start, end) in [(0.2, 0.1), (-1, 1), (.nan, 1), (0, .nan), (0, 0), (.infinity, nil), (7, 8)]
            as [(Double, Double?)]
        {
            (options.start, options.end) = (start, end)
            #expect(throws: AudioError.self) { try Waveform(contentsOf: source, options: options) }
        }
    }

    @Test func damageIsReported() throws {
        var samples = Signals.noise(4000, seed: 2)
        samples[100] = .nan
        samples[200] = 2
        let source = try file(.wav(.float32), samples, channels: 1)
        guard case .bytes(var bytes) = source else { return }
        let at = bytes.count - 4 * 3900
        bytes.replaceSubrange(at..<at + 4, with: [0, 0, 0xC0, 0x7F])
        let whole = try Waveform(contentsOf: .bytes(bytes), options: .init(.points(5)))
        #expect(whole.findings.notNumbers >= 1 && !whole.findings.isTruncated)
        let cut = try Waveform(contentsOf: .bytes(Array(bytes.dropLast(4000))), options: .init(.points(5)))
        #expect(cut.findings.isTruncated && cut.frames == 3000 && cut.count == 5)
        #expect(throws: AudioError.self) { try Waveform(contentsOf: .bytes([1, 2, 3])) }
        #expect(throws: AudioError.self) { try Waveform(contentsOf: .file("/nowhere/at all.wav")) }
    }

    @Test func progressAndCancelling() async throws {
        let source = try file(.wav(.int16), Signals.noise(60_000, seed: 8))
        var reader = try AudioReader(source)
        var marks: [Int] = []
        _ = try Waveform(reading: &reader) { marks.append($0) }
        #expect(marks.count > 2 && marks.last == 30_000 && marks == marks.sorted())
        let again = try Waveform(reading: &reader)
        #expect(again.frames == 30_000)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try Waveform(contentsOf: source)
        }
        await #expect(throws: AudioError(.cancelled, "")) { try await task.value }
    }
}
