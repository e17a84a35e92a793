// The transform: against a plain DFT, back again, in blocks and as a stream.

import CBuskerDSP
import Testing

#if canImport(Glibc)
import Glibc
#endif

private struct Setting: CustomTestStringConvertible, Sendable {
    let size: Int
    let hop: Int
    let window: busker_window

    var testDescription: String { "\(size)/\(hop) window \(window.rawValue)" }
}

private let settings: [Setting] = [
    Setting(size: 64, hop: 16, window: BUSKER_WINDOW_HANN),
    Setting(size: 64, hop: 1, window: BUSKER_WINDOW_HANN),
    Setting(size: 64, hop: 32, window: BUSKER_WINDOW_HANN),
    Setting(size: 64, hop: 48, window: BUSKER_WINDOW_SQRT_HANN),
    Setting(size: 64, hop: 64, window: BUSKER_WINDOW_RECTANGLE),
    Setting(size: 66, hop: 22, window: BUSKER_WINDOW_HANN),
    Setting(size: 70, hop: 10, window: BUSKER_WINDOW_BLACKMAN),
    Setting(size: 90, hop: 29, window: BUSKER_WINDOW_HAMMING),
    Setting(size: 128, hop: 64, window: BUSKER_WINDOW_SQRT_HANN),
    Setting(size: 256, hop: 100, window: BUSKER_WINDOW_HANN),
    Setting(size: 2048, hop: 512, window: BUSKER_WINDOW_HANN),
    Setting(size: 4096, hop: 1024, window: BUSKER_WINDOW_HANN),
]

@Suite struct StftTests {
    /// One frame by the definition of the transform, in double precision.
    private func reference(_ samples: [Float], centre: Int, _ setting: Setting) -> [Float] {
        let size = setting.size
        let windowed = (0..<size).map { i -> Double in
            let place = centre - size / 2 + i
            guard samples.indices.contains(place) else { return 0 }
            let phase = 2 * Double.pi * Double(i) / Double(size)
            let weight =
                switch setting.window {
                case BUSKER_WINDOW_HANN: 0.5 - 0.5 * cos(phase)
                case BUSKER_WINDOW_SQRT_HANN: (0.5 - 0.5 * cos(phase)).squareRoot()
                case BUSKER_WINDOW_HAMMING: 0.54 - 0.46 * cos(phase)
                case BUSKER_WINDOW_BLACKMAN: 0.42 - 0.5 * cos(phase) + 0.08 * cos(2 * phase)
                default: 1.0
                }
            return Double(samples[place]) * weight
        }
        let circle = (0..<size).map { 2 * Double.pi * Double($0) / Double(size) }
        let cosines = circle.map { cos($0) }
        let sines = circle.map { sin($0) }
        var spectrum: [Float] = []
        for k in 0...(size / 2) {
            var real = 0.0
            var imaginary = 0.0
            for n in 0..<size {
                real += windowed[n] * cosines[k * n % size]
                imaginary -= windowed[n] * sines[k * n % size]
            }
            spectrum.append(Float(real))
            spectrum.append(Float(imaginary))
        }
        return spectrum
    }

    @Test(arguments: settings.filter { $0.size <= 256 })
    private func framesAreThoseOfTheDefinition(setting: Setting) {
        let samples = Signals.noise(3 * setting.size + 5, seed: 1)
        let transform = TestTransform(setting.size, setting.hop, setting.window)
        let spectrum = transform.analyse(samples)
        let step = 2 * transform.bins
        let frames = transform.frames(samples.count)
        for k in [0, 1, frames / 2, frames - 1] {
            let expected = reference(samples, centre: k * setting.hop, setting)
            #expect(decibels(expected, Array(spectrum[(k * step)..<((k + 1) * step)])) > 125, "frame \(k)")
        }
    }

    @Test(arguments: instructionSets)
    func everyInstructionSetComputesTheSame(name: String) {
        withInstructionSet(name) {
            for size in stride(from: 64, through: 140, by: 2) {
                let setting = Setting(size: size, hop: size / 4, window: BUSKER_WINDOW_HANN)
                let samples = Signals.noise(size, seed: UInt64(size))
                let transform = TestTransform(size, size / 4)
                let frame = transform.analyse(samples, first: 2, frames: 1)
                #expect(decibels(reference(samples, centre: 2 * (size / 4), setting), frame) > 125, "size \(size)")
                #expect(decibels(samples, transform.filter(samples)) > 120, "size \(size)")
            }
        }
    }

    @Test(arguments: settings)
    private func everySampleComesBack(setting: Setting) {
        let transform = TestTransform(setting.size, setting.hop, setting.window)
        let (size, hop) = (setting.size, setting.hop)
        for count in [0, 1, 2, hop - 1, hop, hop + 1, size / 2, size - 1, size, size + 1, 2 * size + hop + 3] {
            let samples = Signals.noise(count, seed: UInt64(count))
            let spectrum = transform.analyse(samples)
            #expect(spectrum.count == transform.frames(count) * 2 * transform.bins)
            let back = transform.synthesise(spectrum, count: count)
            #expect(decibels(samples, back) >= 120, "\(count) samples")
            for edge in [samples.indices.prefix(8), samples.indices.suffix(8)] where !edge.isEmpty {
                #expect(decibels(Array(samples[edge]), Array(back[edge])) >= 100, "an edge of \(count) samples")
            }
            #expect(transform.filter(samples) == back, "fused, \(count) samples")
        }
    }

    @Test func aMaskMultipliesEveryBin() {
        let transform = TestTransform(64, 16)
        let samples = Signals.noise(500, seed: 3)
        let mask = Signals.noise(transform.frames(500) * transform.bins, seed: 4).map { abs($0) }
        var spectrum = transform.analyse(samples)
        let masked = transform.synthesise(spectrum, mask: mask, count: 500)
        for i in spectrum.indices { spectrum[i] *= mask[i / 2] }
        #expect(transform.synthesise(spectrum, count: 500) == masked)
        #expect(transform.filter(samples, mask: mask) == masked)
        #expect(transform.filter(samples, mask: mask.map { _ in 1 }) == transform.filter(samples))
    }

    @Test(arguments: settings.filter { $0.size <= 256 })
    private func segmentsHaveTheBitsOfTheWhole(setting: Setting) {
        let (size, hop) = (setting.size, setting.hop)
        let transform = TestTransform(size, hop, setting.window)
        let samples = Signals.noise(12 * size, seed: 5)
        let whole = transform.analyse(samples)
        let wholeBack = transform.synthesise(whole, count: samples.count)
        let step = 2 * transform.bins
        #expect(transform.analyse(samples, first: 3, frames: 2) == Array(whole[(3 * step)..<(5 * step)]))

        let start = 2 * size / hop
        let segment = Array(samples[(start * hop)..<(start * hop + 6 * size)])
        let part = transform.analyse(segment)
        let margin = size / hop + 1
        let inner = margin..<(transform.frames(segment.count) - margin)
        #expect(
            Array(part[(inner.lowerBound * step)..<(inner.upperBound * step)])
                == Array(whole[((start + inner.lowerBound) * step)..<((start + inner.upperBound) * step)]))
        let partBack = transform.synthesise(part, count: segment.count)
        #expect(
            Array(partBack[size..<(5 * size)])
                == Array(wholeBack[(start * hop + size)..<(start * hop + 5 * size)]))
    }

    @Test(arguments: settings.filter { $0.size <= 256 && $0.hop > 1 })
    private func aStreamHasTheBitsOfTheBlock(setting: Setting) {
        let (size, hop) = (setting.size, setting.hop)
        let transform = TestTransform(size, hop, setting.window)
        let pushes = 8 * size / hop
        let samples = Signals.noise(pushes * hop, seed: 6)
        let block = transform.analyse(samples)
        let blockBack = transform.synthesise(block, count: samples.count)
        let step = 2 * transform.bins
        for _ in 0..<2 {
            transform.reset()
            var back: [Float] = []
            for push in 1...pushes {
                let spectrum = transform.push(samples[((push - 1) * hop)..<(push * hop)])
                if push >= transform.lead {
                    let k = push - transform.lead
                    #expect(spectrum == Array(block[(k * step)..<((k + 1) * step)]), "frame \(k)")
                }
                back += transform.pull(spectrum)
            }
            let heard = back.count - transform.latency
            #expect(decibels(Array(samples.prefix(heard)), Array(back.suffix(heard))) >= 120)
            let inner = size..<(heard - size)
            #expect(Array(blockBack[inner]) == inner.map { back[$0 + transform.latency] })
        }
    }

    @Test(arguments: settings.filter { $0.size <= 256 && $0.hop > 1 })
    private func anImpulseComesOutAfterTheLatency(setting: Setting) {
        let transform = TestTransform(setting.size, setting.hop, setting.window)
        let pushes = 2 + (transform.latency + setting.hop - 1) / setting.hop
        var samples = [Float](repeating: 0, count: pushes * setting.hop)
        samples[3] = 1
        var back: [Float] = []
        for push in 0..<pushes {
            back += transform.pull(transform.push(samples[(push * setting.hop)..<((push + 1) * setting.hop)]))
        }
        let loudest = back.indices.max { abs(back[$0]) < abs(back[$1]) }
        #expect(loudest == 3 + transform.latency)
        #expect(abs(back[3 + transform.latency] - 1) < 1e-5)
        #expect(transform.latency >= setting.size - setting.hop)
        #expect(transform.latency < setting.size)
    }

    @Test func settingsOutOfRangeAreRefused() {
        #expect(TestTransform.status(2048, 512, BUSKER_WINDOW_HANN) == BUSKER_OK)
        #expect(TestTransform.status(62, 16, BUSKER_WINDOW_HANN) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(131_072, 2048, BUSKER_WINDOW_HANN) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(65, 16, BUSKER_WINDOW_HANN) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(2048, 0, BUSKER_WINDOW_HANN) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(2048, 31, BUSKER_WINDOW_HANN) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(2048, 2049, BUSKER_WINDOW_RECTANGLE) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(64, 16, busker_window(9)) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(64, 16, BUSKER_WINDOW_HANN, planning: busker_planning(2)) == BUSKER_BAD_ARGUMENT)
        // Windows that leave gaps.
        #expect(TestTransform.status(64, 64, BUSKER_WINDOW_HANN) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(64, 64, BUSKER_WINDOW_HAMMING) == BUSKER_BAD_ARGUMENT)
        #expect(TestTransform.status(64, 64, BUSKER_WINDOW_RECTANGLE) == BUSKER_OK)
    }

    @Test func wrongLengthsAreRefused() {
        let transform = TestTransform(64, 16)
        #expect(transform.statusesOfWrongLengths().allSatisfy { $0 == BUSKER_BAD_LENGTH })
    }

    @Test func notANumberStaysInItsFrames() {
        var samples = Signals.noise(640, seed: 7)
        samples[320] = .nan
        let back = TestTransform(64, 16).filter(samples)
        #expect(back[320].isNaN)
        #expect(back[..<256].allSatisfy { $0.isFinite })
        #expect(back[385...].allSatisfy { $0.isFinite })
    }

    @Test func measuredPlansAreKeptInAFile() throws {
        let path = "/tmp/busker-wisdom-\(getpid())"
        defer { _ = unsafe unlink(path) }
        let samples = Signals.noise(300, seed: 8)
        #expect(decibels(samples, TestTransform(96, 24, planning: BUSKER_PLANNING_MEASURE).filter(samples)) > 120)
        #expect(unsafe busker_wisdom_export(path) == BUSKER_OK)
        #expect(unsafe busker_wisdom_import(path) == BUSKER_OK)
        #expect(unsafe busker_wisdom_import(path + "-missing") == BUSKER_LIBRARY_FAILED)
        #expect(unsafe busker_wisdom_export("/no/such/folder/file") == BUSKER_LIBRARY_FAILED)
        #expect(busker_wisdom_import(nil) == BUSKER_BAD_ARGUMENT)
    }
}
