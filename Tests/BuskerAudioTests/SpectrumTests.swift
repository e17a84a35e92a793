// Levels, phases and mask algebra, against their definitions in double precision.

import CBuskerDSP
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct SpectrumTests {
    private let spectrum = Signals.noise(2 * 77, seed: 1)

    @Test func levelsAndPhasesAreThoseOfTheDefinition() {
        var magnitude = [Float](repeating: .nan, count: 77)
        var power = magnitude
        var phase = magnitude
        #expect(unsafe busker_magnitude(spectrum, 154, &magnitude, 77) == BUSKER_OK)
        #expect(unsafe busker_power(spectrum, 154, &power, 77) == BUSKER_OK)
        #expect(unsafe busker_phase(spectrum, 154, &phase, 77) == BUSKER_OK)
        for i in 0..<77 {
            let (re, im) = (Double(spectrum[2 * i]), Double(spectrum[2 * i + 1]))
            #expect(abs(Double(magnitude[i]) - (re * re + im * im).squareRoot()) < 1e-6)
            #expect(abs(Double(power[i]) - (re * re + im * im)) < 1e-6)
            #expect(abs(Double(phase[i]) - atan2(im, re)) < 1e-6)
        }
        var masked = spectrum
        #expect(unsafe busker_mask_apply(&masked, 154, magnitude, 77) == BUSKER_OK)
        #expect(masked == spectrum.indices.map { spectrum[$0] * magnitude[$0 / 2] })
        #expect(unsafe busker_magnitude(spectrum, 153, &magnitude, 77) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_power(spectrum, 152, &power, 77) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_phase(spectrum, 156, &phase, 77) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_mask_apply(&masked, 154, magnitude, 76) == BUSKER_BAD_LENGTH)
    }

    /// Levels of every size a float can have, with zeros.
    private func wide(_ count: Int, seed: UInt64) -> [Float] {
        var generator = Seeded(seed)
        return (0..<count).map { index in
            index % 9 == 0 ? 0 : exp2(Float.random(in: -140...127, using: &generator))
        }
    }

    private func softMask(_ a: [Float], _ b: [Float], _ power: Float, splits: Bool) -> [Float] {
        var mask = [Float](repeating: .nan, count: a.count)
        #expect(unsafe busker_soft_mask(a, a.count, b, b.count, power, splits, &mask, mask.count) == BUSKER_OK)
        return mask
    }

    private func share(_ a: Double, _ b: Double, _ power: Double, silent: Double) -> Double {
        let most = max(a, b)
        guard most >= Double(Float.leastNormalMagnitude) else { return silent }
        let raised = pow(a / most, power)
        return raised / (raised + pow(b / most, power))
    }

    @Test(arguments: [Float(1), 2, 0.3, 1.5, 3, 10, 50, 1000, 1e30], instructionSets)
    func softMasksAreTheShare(power: Float, name: String) {
        var a = wide(400, seed: 2)
        var b = wide(400, seed: 3)
        a += Signals.noise(400, seed: 4).map { abs($0) }
        b += Signals.noise(400, seed: 5).map { abs($0) }
        // Nearly equal levels are what makes high powers hard.
        a += a.suffix(200)
        b += zip(a.suffix(200), Signals.noise(200, seed: 6)).map { $0 * (1 + $1 * 0.01) }
        // A high power also magnifies the rounding of the quotient itself.
        let tolerance = power == 1 || power == 2 ? 1e-6 : min(max(1e-5, Double(power) * 3e-8), 1)
        withInstructionSet(name) {
            for splits in [false, true] {
                let mask = softMask(a, b, power, splits: splits)
                for i in a.indices {
                    let (x, y) = (Double(a[i]), Double(b[i]))
                    let expected = share(x, y, Double(power), silent: splits ? 0.5 : 0)
                    #expect(abs(Double(mask[i]) - expected) <= tolerance, "\(x) against \(y)")
                }
            }
        }
    }

    @Test func hardMasksGiveTiesToTheReference() {
        let mask = softMask([1, 2, 3, 0, .infinity], [2, 1, 3, 0, 1], .infinity, splits: true)
        #expect(mask == [0, 1, 0, 0, 1])
    }

    @Test func aSoftMaskMayReplaceItsInput() {
        let a = Signals.noise(101, seed: 7).map { abs($0) }
        let b = Signals.noise(101, seed: 8).map { abs($0) }
        for power in [Float(1), 2, 1.3, .infinity] {
            let expected = softMask(a, b, power, splits: true)
            var level = a
            unsafe level.withUnsafeMutableBufferPointer { level in
                let status = unsafe busker_soft_mask(
                    level.baseAddress, 101, b, 101, power, true, level.baseAddress, 101)
                #expect(status == BUSKER_OK)
            }
            #expect(level == expected)
        }
    }

    @Test(arguments: [Float(1), 2, 0.5, 3.7])
    func ratioMasksShareEveryBin(power: Float) {
        for (sources, bins) in [(1, 5), (2, 1500), (4, 33), (16, 3)] {
            var levels = Signals.noise(sources * bins, seed: 9).map { abs($0) }
            for j in 0..<sources { levels[j * bins + 1] = 0 }
            var masks = [Float](repeating: .nan, count: levels.count)
            #expect(
                unsafe busker_ratio_masks(levels, levels.count, sources, power, &masks, masks.count) == BUSKER_OK)
            for i in 0..<bins {
                let raised = (0..<sources).map { pow(Double(levels[$0 * bins + i]), Double(power)) }
                let sum = raised.reduce(0, +)
                for j in 0..<sources {
                    let expected = sum == 0 ? 1 / Double(sources) : raised[j] / sum
                    #expect(abs(Double(masks[j * bins + i]) - expected) < 1e-5)
                }
            }
        }
    }

    @Test func hardRatioMasksTakeTheFirstOfTheGreatest() {
        let levels: [Float] = [1, 2, 5, 0] + [3, 2, 4, 0]
        var masks = [Float](repeating: .nan, count: 8)
        #expect(unsafe busker_ratio_masks(levels, 8, 2, .infinity, &masks, 8) == BUSKER_OK)
        #expect(masks == [0, 1, 1, 0.5, 1, 0, 0, 0.5])
    }

    @Test func masksAreCombinedBinByBin() {
        let other: [Float] = [0.5, 0.25, 2, -1]
        var mask: [Float] = [0.25, 0.5, 1.5, 0]
        #expect(unsafe busker_mask_minimum(&mask, 4, other, 4) == BUSKER_OK)
        #expect(mask == [0.25, 0.25, 1.5, -1])
        #expect(unsafe busker_mask_multiply(&mask, 4, other, 4) == BUSKER_OK)
        #expect(mask == [0.125, 0.0625, 3, 1])
        mask[1] = .nan
        #expect(unsafe busker_mask_clamp(&mask, 4, 0.2, 1) == BUSKER_OK)
        #expect(mask == [0.2, 0.2, 1, 1])
        var rest = [Float](repeating: .nan, count: 2)
        #expect(unsafe busker_mask_residual([0.5, 0.75, 0.25, 0.5], 4, 2, &rest, 2) == BUSKER_OK)
        #expect(rest == [0.25, 0])
    }

    @Test func badSettingsAndLengthsAreRefused() {
        let a: [Float] = [1, 2, 3, 4]
        var out = a
        for power in [Float(0), -1, .nan] {
            #expect(unsafe busker_soft_mask(a, 4, a, 4, power, true, &out, 4) == BUSKER_BAD_ARGUMENT)
            #expect(unsafe busker_ratio_masks(a, 4, 2, power, &out, 4) == BUSKER_BAD_ARGUMENT)
        }
        #expect(unsafe busker_soft_mask(a, 3, a, 4, 2, true, &out, 4) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_soft_mask(a, 4, a, 3, 2, true, &out, 4) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_ratio_masks(a, 4, 0, 2, &out, 4) == BUSKER_BAD_ARGUMENT)
        #expect(unsafe busker_ratio_masks(a, 4, 17, 2, &out, 4) == BUSKER_BAD_ARGUMENT)
        #expect(unsafe busker_ratio_masks(a, 4, 3, 2, &out, 4) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_mask_residual(a, 4, 2, &out, 4) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_mask_minimum(&out, 4, a, 3) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_mask_multiply(&out, 4, a, 3) == BUSKER_BAD_LENGTH)
        #expect(unsafe busker_mask_clamp(&out, 4, 1, 0.5) == BUSKER_BAD_ARGUMENT)
        #expect(unsafe busker_mask_clamp(&out, 4, .nan, 1) == BUSKER_BAD_ARGUMENT)
    }
}
