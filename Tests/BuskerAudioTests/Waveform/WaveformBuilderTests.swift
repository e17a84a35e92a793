// Measuring blocks of audio, against brute force.

import CAllocationCount
import CBuskerDSP
import Testing

@testable import BuskerAudio

/// 16-bit noise with a few silent and a few full stretches.
func roughInt16(_ count: Int, seed: UInt64) -> [Int16] {
    var generator = Seeded(seed)
    var level = Int16.max
    return (0..<count).map { at in
        if at % 97 == 0 { level = [0, 1, 300, 20_000, .max].randomElement(using: &generator) ?? 0 }
        return level == .max
            ? Int16.random(in: .min ... .max, using: &generator) : .random(in: -level...level, using: &generator)
    }
}

/// The waveform of interleaved samples, straight from the definition.
func plainWaveform(_ samples: [Int16], channels: Int, mix: Bool, edges: [Int]) -> (peaks: [Int16], means: [Double]) {
    var peaks: [Int16] = []
    var means: [Double] = []
    for (begin, end) in zip(edges, edges.dropFirst()) {
        for output in 0..<(mix ? 1 : channels) {
            let sums = (begin..<end).map { frame in
                (0..<channels).reduce(0) { $0 + (mix || $1 == output ? Int(samples[frame * channels + $1]) : 0) }
            }
            let divisor = mix ? channels : 1
            peaks.append(Int16((sums.min() ?? 0) / divisor))
            peaks.append(Int16((sums.max() ?? 0) / divisor))
            let scale = 32_768.0 * Double(divisor)
            means.append(sums.reduce(0) { $0 + (Double($1) / scale) * (Double($1) / scale) } / Double(end - begin))
        }
    }
    return (peaks, means)
}

func edges(_ frames: Int, by span: Int) -> [Int] { Array(stride(from: 0, to: frames, by: span)) + [frames] }

func close(_ a: [Float], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) <= 1e-12 + 1e-6 * $1 }
}

@Suite struct WaveformBuilderTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var channels: Int
        var mix: Bool
        var span: Int
        var frames: Int
        var testDescription: String { "\(channels) \(mix ? "mixed" : "apart"), \(frames) by \(span)" }
    }

    static let shapes = [1, 2, 3, 6, 8].flatMap { channels in
        [true, false].flatMap { mix in
            [(1, 40), (2, 41), (17, 1000), (256, 1), (256, 1500), (256, 512), (700, 1399)].map {
                Shape(channels: channels, mix: mix, span: $0.0, frames: $0.1)
            }
        }
    }

    @Test(arguments: shapes, instructionSets)
    func pointsEqualTheirDefinition(shape: Shape, set: String) {
        let samples = roughInt16(shape.frames * shape.channels, seed: UInt64(shape.frames))
        let plain = plainWaveform(
            samples, channels: shape.channels, mix: shape.mix, edges: edges(shape.frames, by: shape.span))
        withInstructionSet(set) {
            #expect(throws: Never.self) {
                var builder = try WaveformBuilder(
                    sampleRate: 8000, channels: shape.channels, resolution: .samplesPerPoint(shape.span),
                    mix: shape.mix ? .mono : .perChannel, rms: true)
                try builder.append(samples.span)
                let made = try builder.finish()
                #expect(made.peaks == plain.peaks)
                #expect(close(made.meanSquares, plain.means))
                #expect(made.frames == shape.frames)
            }
        }
    }

    @Test(arguments: [1, 2, 5], [true, false])
    func extremeSamplesDoNotOverflow(channels: Int, mix: Bool) throws {
        for value in [Int16.min, Int16.max] {
            let samples = [Int16](repeating: value, count: 600 * channels)
            var builder = try WaveformBuilder(
                sampleRate: 8000, channels: channels, mix: mix ? .mono : .perChannel, rms: true)
            try builder.append(samples.span)
            let made = try builder.finish()
            let level = Double(value) / 32_768
            #expect(made.peaks.allSatisfy { $0 == value })
            #expect(made.meanSquares.allSatisfy { abs(Double($0) - level * level) < 1e-6 })
        }
    }

    @Test(arguments: 0..<12)
    func blocksMayBeCutAnywhere(seed: Int) throws {
        let channels = [1, 2, 2, 4][seed % 4]
        let resolution: WaveformBuilder.Resolution = seed % 3 == 0 ? .points(50 + seed) : .samplesPerPoint(37 + seed)
        let samples = roughInt16(5000 * channels, seed: UInt64(seed))
        let floats = samples.map { Float($0) / 30_000 }
        func make(_ cuts: [Int], float: Bool) throws -> Waveform {
            var builder = try WaveformBuilder(
                sampleRate: 8000, channels: channels, resolution: resolution, mix: seed < 6 ? .mono : .perChannel,
                rms: true)
            for (from, to) in zip([0] + cuts, cuts + [5000]) {
                let range = (from * channels)..<(to * channels)
                if float {
                    try builder.append(floats.span.extracting(range))
                } else {
                    try builder.append(samples.span.extracting(range))
                }
            }
            return try builder.finish()
        }
        var generator = Seeded(UInt64(seed) + 100)
        let cuts = (0..<60).map { _ in Int.random(in: 0...5000, using: &generator) }.sorted()
        #expect(try make([], float: false) == make(cuts, float: false))
        #expect(try make([], float: true) == make(cuts, float: true))
        #expect(try make([], float: true).findings.overs > 0)
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 1000])
    func aSnapshotIsTheWaveformSoFar(frames: Int) throws {
        let samples = roughInt16(2 * 1200, seed: 3)
        var builder = try WaveformBuilder(sampleRate: 8000, channels: 2, rms: true)
        try builder.append(samples.span.extracting(first: 2 * frames))
        let early = try builder.snapshot()
        var other = try WaveformBuilder(sampleRate: 8000, channels: 2, rms: true)
        try other.append(samples.span.extracting(first: 2 * frames))
        #expect(try early == other.finish())
        try builder.append(samples.span.extracting((2 * frames)...))
        var whole = try WaveformBuilder(sampleRate: 8000, channels: 2, rms: true)
        try whole.append(samples.span)
        #expect(try builder.finish() == whole.finish())
    }

    @Test func floatsBecome16BitsAndDamageIsCounted() throws {
        let samples: [Float] = [0.5, -1, 1, 1.5, -1.5, .nan, .infinity, -.infinity, -1.00004, 0.99999, -.nan, 1e30]
        let expected: [Int16] = [
            16_383, -32_767, 32_767, 32_767, -32_768, 0, 32_767, -32_768, -32_768, 32_766, 0, 32_767,
        ]
        for copies in [1, 9] {
            var builder = try WaveformBuilder(sampleRate: 8000, channels: 1, resolution: .samplesPerPoint(1))
            for _ in 0..<copies { try builder.append(samples.span) }
            #expect(builder.findings.notNumbers == 2 * copies)
            #expect(builder.findings.overs == 6 * copies)
            let made = try builder.finish()
            #expect((0..<made.count).allSatisfy { made.minimum(at: $0) == expected[$0 % expected.count] })
        }
    }

    @Test func nothingAndOneSample() throws {
        let none = try WaveformBuilder(sampleRate: 44_100, channels: 2, rms: true).finish()
        #expect(none.count == 0 && none.frames == 0 && none.duration == 0)
        #expect(try none.encodeBinary().count == 20)
        #expect(none.minimum(at: 0) == 0 && none.rms(at: 0) == 0 && none.firstFrame(of: 3) == 0)
        var builder = try WaveformBuilder(sampleRate: 44_100, channels: 1, rms: true)
        try builder.append([Int16(-7)].span)
        let one = try builder.finish()
        #expect(one.peaks == [-7, -7] && one.frames == 1 && one.rms(at: 0) == 7 / 32_768)
        #expect(try one.resampled(points: 5).peaks == Array(repeating: -7, count: 10))
    }

    @Test func settingsOutsideTheirRangeAreRefused() {
        let bad: [(Int, Int, WaveformBuilder.Resolution)] = [
            (0, 1, .points(1)), (44_100, 0, .points(1)), (44_100, 9, .points(1)), (44_100, 1, .points(0)),
            (44_100, 1, .points(.max)), (44_100, 1, .samplesPerPoint(0)), (44_100, 1, .samplesPerPoint(.max)),
            (.max, 1, .points(1)),
        ]
        for (rate, channels, resolution) in bad {
            #expect(throws: AudioError.self) {
                _ = try WaveformBuilder(sampleRate: rate, channels: channels, resolution: resolution).findings
            }
        }
        #expect(throws: AudioError.self) {
            var builder = try WaveformBuilder(sampleRate: 44_100, channels: 2)
            try builder.append([Int16(1), 2, 3].span)
        }
    }

    @Test(.enabled(if: allocation_count_works()))
    func theCoreTakesNoMemoryWhileItMeasures() {
        for mix in [true, false] {
            var config = busker_peaks_config(channels: 2, span: 256, mix: mix, energy: true)
            var handle: OpaquePointer?
            #expect(unsafe busker_peaks_create(&config, &handle) == BUSKER_OK)
            let samples = roughInt16(8192, seed: 1)
            let floats = samples.map { Float($0) / 32_768 }
            var pairs = [Int16](repeating: 0, count: 128)
            var means = [Float](repeating: 0, count: 64)
            var failures = 0
            let before = allocation_count()
            for _ in 0..<5 {
                failures +=
                    unsafe busker_peaks_push_int16(handle, samples, 8190, &pairs, 128, &means, 64) == BUSKER_OK ? 0 : 1
                failures +=
                    unsafe busker_peaks_push_float(handle, floats, 8192, &pairs, 128, &means, 64) == BUSKER_OK ? 0 : 1
                failures += unsafe busker_peaks_peek(handle, &pairs, 128, &means, 64) == BUSKER_OK ? 0 : 1
            }
            unsafe busker_peaks_reset(handle)
            let taken = allocation_count() - before
            #expect(failures == 0)
            #expect(taken == 0)
            unsafe busker_peaks_destroy(handle)
        }
    }

    @Test func theCoreRefusesBuffersThatAreTooShort() throws {
        var config = busker_peaks_config(channels: 2, span: 4, mix: false, energy: true)
        var handle: OpaquePointer?
        #expect(unsafe busker_peaks_create(&config, &handle) == BUSKER_OK)
        defer { unsafe busker_peaks_destroy(handle) }
        let samples = roughInt16(16, seed: 1)
        var pairs = [Int16](repeating: 7, count: 8)
        var means = [Float](repeating: 7, count: 4)
        #expect(unsafe busker_peaks_push_int16(handle, samples, 15, &pairs, 8, &means, 4) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_peaks_push_int16(handle, samples, 16, &pairs, 7, &means, 4) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_peaks_push_int16(handle, samples, 16, &pairs, 8, &means, 3) == BUSKER_BAD_LENGTH)
        #expect(unsafe pairs == Array(repeating: 7, count: 8) && busker_peaks_seen(handle).frames == 0)
        #expect(unsafe busker_peaks_push_int16(handle, samples, 14, &pairs, 4, &means, 2) == BUSKER_OK)
        #expect(unsafe busker_peaks_respan(handle, 8) == BUSKER_BAD_STATE)
        #expect(unsafe busker_peaks_peek(handle, &pairs, 3, &means, 2) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_peaks_push_int16(handle, samples, 2, &pairs, 4, &means, 2) == BUSKER_OK)
        #expect(unsafe busker_peaks_respan(handle, 0) == BUSKER_BAD_ARGUMENT)
        #expect(unsafe busker_peaks_respan(handle, 8) == BUSKER_OK)
        for bad in [
            busker_peaks_config(channels: 0, span: 4, mix: false, energy: true),
            busker_peaks_config(channels: 9, span: 4, mix: false, energy: true),
            busker_peaks_config(channels: 1, span: 0, mix: false, energy: true),
            busker_peaks_config(channels: 1, span: 1 << 28, mix: false, energy: true),
        ] {
            var config = bad
            var none: OpaquePointer?
            #expect(unsafe busker_peaks_create(&config, &none) == BUSKER_BAD_ARGUMENT)
        }
    }
}
