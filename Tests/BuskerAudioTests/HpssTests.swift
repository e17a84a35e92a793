// Harmonic/percussive masks: against librosa, as a stream, on every instruction set.

import CBuskerDSP
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// Harmonic and percussive masks.
private struct Masks: Equatable {
    var harmonic: [Float]
    var percussive: [Float]
}

/// One separation, with arrays; ends itself.
@safe private struct TestHpss: ~Copyable {
    private let handle: OpaquePointer
    private let bins: Int

    static func status(_ config: busker_hpss_config) -> busker_status {
        var config = config
        var handle: OpaquePointer?
        let status = unsafe busker_hpss_create(&config, &handle)
        unsafe busker_hpss_destroy(handle)
        return status
    }

    init(_ config: busker_hpss_config) {
        var config = config
        var made: OpaquePointer?
        let status = unsafe busker_hpss_create(&config, &made)
        guard status == BUSKER_OK, let made = unsafe made else { preconditionFailure("no separation") }
        unsafe handle = made
        bins = Int(config.bins)
    }

    deinit { unsafe busker_hpss_destroy(handle) }

    func masks(_ levels: [Float]) -> Masks {
        var harmonic = [Float](repeating: .nan, count: levels.count)
        var percussive = harmonic
        let status = unsafe busker_hpss_masks(
            handle, levels, levels.count, &harmonic, levels.count, &percussive, levels.count)
        precondition(status == BUSKER_OK, "no masks")
        return Masks(harmonic: harmonic, percussive: percussive)
    }

    func stream(_ levels: [Float]) -> Masks {
        unsafe busker_hpss_reset(handle)
        let latency = unsafe Int(busker_hpss_latency(handle))
        var all = Masks(harmonic: [], percussive: [])
        var harmonic = [Float](repeating: .nan, count: bins)
        var percussive = harmonic
        var isReady = false
        for frame in 0..<(levels.count / bins) {
            let status = unsafe levels[(frame * bins)..<((frame + 1) * bins)].withUnsafeBufferPointer {
                unsafe busker_hpss_push(
                    handle, $0.baseAddress, bins, &harmonic, bins, &percussive, bins, &isReady)
            }
            #expect(status == BUSKER_OK)
            #expect(isReady == (frame >= latency))
            if isReady {
                all.harmonic += harmonic
                all.percussive += percussive
            }
        }
        while unsafe busker_hpss_flush(handle, &harmonic, bins, &percussive, bins, &isReady) == BUSKER_OK, isReady {
            all.harmonic += harmonic
            all.percussive += percussive
        }
        return all
    }

    func statusesOfWrongLengths() -> [busker_status] {
        let levels = [Float](repeating: 1, count: 2 * bins)
        var a = levels
        var b = levels
        var isReady = false
        return unsafe [
            busker_hpss_masks(handle, levels, 2 * bins, &a, bins, &b, 2 * bins),
            busker_hpss_masks(handle, levels, 2 * bins, &a, 2 * bins, &b, bins),
            busker_hpss_masks(handle, levels, bins + 1, &a, bins + 1, &b, bins + 1),
            busker_hpss_push(handle, levels, bins + 1, &a, bins, &b, bins, &isReady),
            busker_hpss_push(handle, levels, bins, &a, bins + 1, &b, bins, &isReady),
            busker_hpss_push(handle, levels, bins, &a, bins, &b, bins + 1, &isReady),
            busker_hpss_flush(handle, &a, bins + 1, &b, bins, &isReady),
            busker_hpss_flush(handle, &a, bins, &b, bins + 1, &isReady),
        ]
    }
}

private func config(
    bins: Int, time: Int = 31, frequency: Int = 31, power: Float = 2, harmonic: Float = 1, percussive: Float = 1
) -> busker_hpss_config {
    busker_hpss_config(
        bins: UInt32(bins), width_time: UInt32(time), width_frequency: UInt32(frequency), power: power,
        margin_harmonic: harmonic, margin_percussive: percussive)
}

private struct MissingVector: Error {
    let name: String
}

/// Raw little-endian floats written by Vectors/hpss/make.py.
private func vector(_ name: String) throws -> [Float] {
    let path = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    guard let file = unsafe fopen("/\(path)/Vectors/hpss/\(name).f32", "rb") else { throw MissingVector(name: name) }
    defer { _ = unsafe fclose(file) }
    return unsafe [Float](unsafeUninitializedCapacity: 1 << 17) { buffer, count in
        count = unsafe fread(buffer.baseAddress, 4, 1 << 17, file)
    }
}

private func greatestDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite struct HpssTests {
    private let settings: [(String, busker_hpss_config)] = [
        ("default", config(bins: 129)),
        ("margins", config(bins: 129, time: 17, frequency: 9, power: 1.5, harmonic: 1.5, percussive: 3)),
        ("hard", config(bins: 129, power: .infinity)),
    ]

    @Test(arguments: instructionSets)
    func masksAreThoseOfLibrosa(name: String) throws {
        let samples = try vector("samples")
        for (setting, config) in settings {
            let reference = try vector(setting)
            withInstructionSet(name) {
                let transform = TestTransform(256, 64)
                var levels = [Float](repeating: 0, count: transform.frames(samples.count) * transform.bins)
                let spectrum = transform.analyse(samples)
                #expect(unsafe busker_magnitude(spectrum, spectrum.count, &levels, levels.count) == BUSKER_OK)
                let masks = TestHpss(config).masks(levels)
                #expect(greatestDifference(masks.harmonic + masks.percussive, reference) <= 1e-5, "\(setting)")
            }
        }
    }

    @Test func aStreamHasTheBitsOfTheBlock() {
        for (time, power, margin) in [(31, Float(2), Float(1)), (5, 1, 2), (9, 1.7, 1), (1, .infinity, 1)] {
            let hpss = TestHpss(
                config(bins: 70, time: time, frequency: 13, power: power, harmonic: margin, percussive: margin))
            for frames in [1, 3, time / 2 + 1, time, 3 * time + 2] {
                let levels = Signals.noise(70 * frames, seed: UInt64(frames)).map { abs($0) }
                #expect(hpss.stream(levels) == hpss.masks(levels), "\(frames) frames, width \(time)")
            }
        }
    }

    @Test func everyInstructionSetGivesTheSameMasks() {
        let levels = Signals.noise(77 * 60, seed: 11).map { abs($0) }
        for power in [Float(1), 2, 0.7, 3.3, .infinity] {
            var found: [Masks] = []
            for name in instructionSets {
                withInstructionSet(name) {
                    found.append(TestHpss(config(bins: 77, power: power, percussive: 1.5)).masks(levels))
                }
            }
            for masks in found {
                #expect(greatestDifference(masks.harmonic, found[0].harmonic) <= 1e-6, "power \(power)")
                #expect(greatestDifference(masks.percussive, found[0].percussive) <= 1e-6, "power \(power)")
            }
        }
    }

    @Test func masksOfMarginOneAddUpToOne() {
        let levels = Signals.noise(64 * 40, seed: 12).map { abs($0) } + [Float](repeating: 0, count: 64 * 60)
        for power in [Float(1), 2, 4.5] {
            let masks = TestHpss(config(bins: 64, power: power)).masks(levels)
            let sums = zip(masks.harmonic, masks.percussive).map { $0 + $1 }
            #expect(greatestDifference(sums, levels.map { _ in 1 }) < 1e-6)
        }
        // With margins, silence belongs to nobody, and the two never take more than there is.
        let masks = TestHpss(config(bins: 64, harmonic: 2, percussive: 2)).masks(levels)
        #expect(masks.harmonic.last == 0 && masks.percussive.last == 0)
        #expect(zip(masks.harmonic, masks.percussive).allSatisfy { $0 + $1 <= 1 })
    }

    @Test func aToneIsHarmonicAndAClickIsNot() {
        let (bins, frames) = (65, 64)
        var levels = [Float](repeating: 0.01, count: bins * frames)
        for frame in 0..<frames { levels[frame * bins + 20] = 1 }
        for bin in 0..<bins { levels[30 * bins + bin] = 1 }
        let masks = TestHpss(config(bins: bins)).masks(levels)
        #expect(masks.harmonic[10 * bins + 20] > 0.99)
        #expect(masks.percussive[30 * bins + 50] > 0.99)
    }

    @Test func badSettingsAndLengthsAreRefused() {
        #expect(TestHpss.status(config(bins: 129)) == BUSKER_OK)
        let bad = [
            config(bins: 0), config(bins: 129, time: 30), config(bins: 129, frequency: 257),
            config(bins: 129, power: 0), config(bins: 129, power: .nan), config(bins: 129, power: -1),
            config(bins: 129, harmonic: 0.9), config(bins: 129, percussive: .infinity),
            config(bins: 129, harmonic: .nan),
        ]
        for config in bad { #expect(TestHpss.status(config) == BUSKER_BAD_ARGUMENT) }
        #expect(TestHpss(config(bins: 129)).statusesOfWrongLengths().allSatisfy { $0 == BUSKER_BAD_LENGTH })
    }
}
