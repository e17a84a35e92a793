// Running means and pitch: brute-force references, a sung tone, combs, silence, instruction sets.

import CBuskerDSP
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// What a test changes of the voice's settings, at a small size.
private func voice(bins: Int = 257, frames: Int = 200, block: Int = 0, lag: Int = 0) -> busker_pitch_config {
    busker_pitch_config(
        bins: bins, frames_max: frames, bin_width: 21.5, lowest: 90, highest: 800, cents: 40, top: 4000,
        harmonics: 12, decay: 0.9, between: 0.5, jump_cost: 0.03, jump_max: 5, fade_low: 60, fade_high: 160,
        block: block, lag: lag)
}

/// One pitch tracker, with arrays; ends itself.
@safe private struct TestPitch: ~Copyable {
    private let handle: OpaquePointer
    let config: busker_pitch_config
    let bins: Int

    static func status(_ config: busker_pitch_config) -> busker_status {
        var config = config
        var handle: OpaquePointer?
        let status = unsafe busker_pitch_create(&config, &handle)
        unsafe busker_pitch_destroy(handle)
        return status
    }

    init(_ config: busker_pitch_config) {
        var settings = config
        var made: OpaquePointer?
        let status = unsafe busker_pitch_create(&settings, &made)
        guard status == BUSKER_OK, let made = unsafe made else { preconditionFailure("no pitch tracker") }
        unsafe handle = made
        self.config = config
        bins = config.bins
    }

    deinit { unsafe busker_pitch_destroy(handle) }

    var candidates: Int { unsafe busker_pitch_candidates(handle) }

    func whiten(_ levels: [Float], _ widthBins: Int, _ widthFrames: Int, floor: Float) -> [Float] {
        var out = [Float](repeating: .nan, count: levels.count)
        let status = unsafe busker_pitch_whiten(
            handle, levels, levels.count, levels.count / bins, widthBins, widthFrames, floor, &out, out.count)
        precondition(status == BUSKER_OK, "not whitened")
        return out
    }

    func track(_ levels: [Float]) -> [Float] {
        var out = [Float](repeating: .nan, count: levels.count / bins)
        let status = unsafe busker_pitch_track(handle, levels, levels.count, out.count, &out, out.count)
        precondition(status == BUSKER_OK, "not tracked")
        return out
    }

    func statusesOfWrongCalls() -> (settings: [busker_status], lengths: [busker_status]) {
        let count = 4 * bins
        let levels = [Float](repeating: 1, count: count)
        var out = levels
        let tooMany = config.frames_max + 1
        let many = [Float](repeating: 1, count: tooMany * bins)
        return unsafe (
            [
                busker_pitch_whiten(handle, levels, count, 4, 2, 3, 0.3, &out, count),
                busker_pitch_whiten(handle, levels, count, 4, 3, 0, 0.3, &out, count),
                busker_pitch_whiten(handle, levels, count, 4, 3, 257, 0.3, &out, count),
                busker_pitch_whiten(handle, levels, count, 4, 3, 3, .nan, &out, count),
            ],
            [
                busker_pitch_whiten(handle, levels, count, 3, 3, 3, 0.3, &out, count),
                busker_pitch_whiten(handle, levels, count, 4, 3, 3, 0.3, &out, count - 1),
                busker_pitch_track(handle, levels, count - 1, 4, &out, 4),
                busker_pitch_track(handle, levels, count, 4, &out, 3),
                busker_pitch_track(handle, many, many.count, tooMany, &out, tooMany),
            ]
        )
    }
}

private func comb(_ width: Double, _ hertz: Float, _ sigma: Float, _ top: Float, bins: Int) -> [Float] {
    var out = [Float](repeating: .nan, count: bins)
    unsafe busker_pitch_comb(width, hertz, sigma, top, &out, bins)
    return out
}

/// Running means and the path in plain Swift, in double.
private enum Reference {
    /// scipy's "reflect": d c b a | a b c d | d c b a, without end.
    static func reflected(_ index: Int, _ count: Int) -> Int {
        var i = index
        while i < 0 || i >= count { i = i < 0 ? -1 - i : 2 * count - 1 - i }
        return i
    }

    /// The mean over `width` values `step` apart; `lines` rows of `count` values.
    static func mean(_ values: [Double], frames: Int, bins: Int, width: Int, overTime: Bool) -> [Double] {
        var out = values
        let count = overTime ? frames : bins
        for t in 0..<frames {
            for b in 0..<bins {
                var sum = 0.0
                for i in -(width / 2)...(width / 2) {
                    let place = reflected((overTime ? t : b) + i, count)
                    sum += values[overTime ? place * bins + b : t * bins + place]
                }
                out[t * bins + b] = sum / Double(width)
            }
        }
        return out
    }

    static func hertz(_ c: busker_pitch_config) -> [Double] {
        let count = Int((1200 * log2(c.highest / c.lowest) / c.cents).rounded(.up))
        return (0..<count).map { c.lowest * exp2(Double($0) * c.cents / 1200) }
    }

    static func salience(_ c: busker_pitch_config, _ f0: Double, _ row: ArraySlice<Float>) -> Double {
        func level(_ hertz: Double) -> Double {
            let place = hertz / c.bin_width
            let bin = Int(place)
            guard bin + 1 < c.bins else { return 0 }
            func faded(_ bin: Int) -> Double {
                let share = (Double(bin) * c.bin_width - c.fade_low) / (c.fade_high - c.fade_low)
                return min(max(share, 0), 1) * Double(row[row.startIndex + bin])
            }
            return faded(bin) * (1 - place + Double(bin)) + faded(bin + 1) * (place - Double(bin))
        }
        var sum = 0.0
        var weights = 0.0
        for h in 1...Int(c.harmonics) where Double(h) * f0 <= c.top {
            let weight = pow(c.decay, Double(h - 1))
            weights += weight
            sum += weight * (level(Double(h) * f0) - c.between * level((Double(h) - 0.5) * f0))
        }
        return sum / pow(weights, 0.75)
    }

    /// The best path through all frames up to each decision.
    static func path(_ c: busker_pitch_config, _ levels: [Float]) -> [Int] {
        let candidates = hertz(c)
        let frames = levels.count / c.bins
        var sums: [[Double]] = []
        var from: [[Int]] = []
        for t in 0..<frames {
            let row = levels[(t * c.bins)..<((t + 1) * c.bins)]
            let here = candidates.map { salience(c, $0, row) }
            guard let last = sums.last else {
                sums.append(here)
                from.append(Array(candidates.indices))
                continue
            }
            let best = candidates.indices.map { k in
                let near = max(0, k - Int(c.jump_max))...min(candidates.count - 1, k + Int(c.jump_max))
                let rated = near.map { (sum: last[$0] - c.jump_cost * Double(abs($0 - k)), place: $0) }
                return rated.dropFirst().reduce(rated[0]) { $1.sum > $0.sum ? $1 : $0 }
            }
            sums.append(zip(best, here).map { $0.sum + $1 })
            from.append(best.map(\.place))
        }
        var path = [Int](repeating: 0, count: frames)
        var done = 0
        while done < frames {
            let decided = c.block > 0 && done + c.block + c.lag <= frames
            let end = decided ? done + c.block + c.lag - 1 : frames - 1
            var k = sums[end].indices.reduce(0) { sums[end][$1] > sums[end][$0] ? $1 : $0 }
            for t in stride(from: end, through: done, by: -1) {
                path[t] = k
                k = from[t][k]
            }
            done = decided ? done + c.block : frames
        }
        return path
    }
}

@Suite struct PitchTests {
    private func levels(_ count: Int, seed: UInt64) -> [Float] {
        Signals.noise(count, seed: seed).map { 2 * abs($0) }
    }

    @Test(arguments: [1, 3, 5, 13, 15, 17, 19, 31, 93, 301])
    func meansAgreeWithSums(width: Int) {
        for (frames, bins) in [(1, 1), (1, 2), (3, 1), (2, 7), (40, 17), (17, 18), (4, 150), (33, 3), (1, 530)] {
            let values = Signals.noise(frames * bins, seed: UInt64(frames + bins))
            let doubles = values.map(Double.init)
            for overTime in [false, true] {
                var means = [Float](repeating: .nan, count: values.count)
                unsafe overTime
                    ? busker_box_time(values, &means, frames, bins, width)
                    : busker_box_frequency(values, &means, frames, bins, width)
                let wanted = Reference.mean(doubles, frames: frames, bins: bins, width: width, overTime: overTime)
                let worst = zip(means, wanted).map { abs(Double($0) - $1) }.max() ?? .infinity
                #expect(worst < 2e-7, "\(frames) x \(bins), over time: \(overTime)")
            }
        }
    }

    @Test func meansOfNothingAndOfEvenWidths() {
        var out: [Float] = [5, 5, 5]
        unsafe busker_box_frequency([1, 2, 3], &out, 0, 3, 3)
        unsafe busker_box_time([1, 2, 3], &out, 0, 3, 93)
        unsafe busker_box_time([1, 2, 3], &out, 3, 0, 93)
        #expect(out == [5, 5, 5])
        unsafe busker_box_frequency([1, 2, 6], &out, 1, 3, 2)
        #expect(out[1] == 3)
        unsafe busker_box_time([1, 2, 6], &out, 3, 1, 0)
        #expect(out == [1, 2, 6])
    }

    /// A loud passage must leave nothing behind in the running sums.
    @Test func silenceAfterALoudPassageIsSilent() {
        let (frames, bins) = (60, 600)
        var values = [Float](repeating: 0, count: frames * bins)
        for t in 0..<10 {
            for b in 0..<bins { values[t * bins + b] = b < 200 ? 1000 : 0 }
        }
        var means = [Float](repeating: .nan, count: values.count)
        unsafe busker_box_time(values, &means, frames, bins, 21)
        #expect(means[(25 * bins)...].allSatisfy { abs($0) < 1e-9 })
        unsafe busker_box_frequency(values, &means, frames, bins, 93)
        #expect(means[300..<600].allSatisfy { abs($0) < 1e-9 })
    }

    @Test(arguments: [(1, 1), (3, 1), (1, 5), (93, 87), (21, 255), (601, 31)])
    func whiteningDividesByTheMeans(widthBins: Int, widthFrames: Int) {
        for (frames, bins) in [(1, 40), (5, 33), (100, 21), (300, 3)] {
            let pitch = TestPitch(voice(bins: bins, frames: frames))
            let values = levels(frames * bins, seed: UInt64(frames))
            let near = Reference.mean(
                values.map(Double.init), frames: frames, bins: bins, width: widthBins, overTime: false)
            let slow = Reference.mean(near, frames: frames, bins: bins, width: widthFrames, overTime: true)
            for floor in [Float(0), 0.3, 1.5, -1] {
                let found = pitch.whiten(values, widthBins, widthFrames, floor: floor)
                let wanted = values.indices.map { i in
                    let by = floor < 0 ? slow[i] : max(near[i], Double(floor) * slow[i])
                    return Float(Double(values[i]) / (by + 1e-6))
                }
                #expect(decibels(wanted, found) > 110, "\(frames) x \(bins), floor \(floor)")
            }
        }
    }

    @Test(arguments: [(0, 0), (7, 5), (16, 0), (10, 100)])
    func thePathAgreesWithBruteForce(block: Int, lag: Int) {
        let config = voice(frames: 45, block: block, lag: lag)
        let pitch = TestPitch(config)
        let hertz = Reference.hertz(config)
        #expect(pitch.candidates == hertz.count)
        for seed in 1...2 {
            // Sparse peaks make saliences, and paths, that jump.
            let values = levels(45 * config.bins, seed: UInt64(seed)).map { $0 > 0.9 ? $0 : 0.1 * $0 }
            let wanted = Reference.path(config, values).map { Float(hertz[$0]) }
            #expect(Set(wanted).count > 8)
            let found = pitch.track(values)
            let same = zip(found, wanted).count { abs($0 / $1 - 1) < 1e-5 }
            #expect(same == wanted.count, "seed \(seed)")
        }
    }

    @Test func aSungToneIsFollowed() {
        let (frames, width) = (120, 10.766)
        var config = voice(bins: 600, frames: frames)
        config.bin_width = width
        config.cents = 20
        config.jump_max = 10
        config.harmonics = 20
        config.top = 5000
        let noise = levels(frames * config.bins, seed: 3)
        var values = noise.map { 0.05 * $0 }
        // Six vibratos a second of 60 cents around a glide from 220 to 330 Hz, 43 frames a second.
        let sung = (0..<frames).map { t in
            220 * exp2(Double(t) / Double(frames) * log2(1.5) + 0.05 * sin(2 * .pi * 6 * Double(t) / 43))
        }
        for t in 0..<frames {
            for b in 0..<config.bins {
                let f = Double(b) * width
                let tooth = max(1, (f / sung[t]).rounded())
                let away = (f - tooth * sung[t]) / 12
                values[t * config.bins + b] += Float(exp(-0.5 * away * away) / tooth)
            }
        }
        let pitch = TestPitch(config)
        let found = pitch.track(pitch.whiten(values, 93, 87, floor: 0.3))
        let cents = zip(found, sung).map { 1200 * abs(log2(Double($0) / $1)) }
        #expect((cents.max() ?? .infinity) < 20)
    }

    @Test(arguments: [32, 90.5, 219.7, 440, 799, 5000])
    func combsFollowTheFormula(hertz: Double) {
        for (sigma, top, width) in [(24.0, 6000.0, 10.7666), (10, 1500, 10.7666), (24, 6000, 11.71875), (3, 1e6, 21.5)]
        {
            let found = comb(width, Float(hertz), Float(sigma), Float(top), bins: 700)
            let exact = Double(Float(hertz))
            let wanted = (0..<700).map { bin -> Double in
                let f = Double(bin) * width
                let away = (f - max(1, (f / exact).rounded()) * exact) / sigma
                return f < top ? exp(-0.5 * away * away) : 0
            }
            #expect(zip(found, wanted).allSatisfy { abs(Double($0) - $1) <= 1e-6 }, "sigma \(sigma)")
        }
    }

    @Test(arguments: [Float.nan, 0, -100, .infinity])
    func withoutAPitchThereIsNoComb(bad: Float) {
        #expect(comb(10, bad, 24, 6000, bins: 50).allSatisfy { $0 == 0 })
        #expect(comb(10, 100, bad == .infinity ? 0 : bad, 6000, bins: 50).allSatisfy { $0 == 0 })
        #expect(comb(10, 100, 24, 0, bins: 50).allSatisfy { $0 == 0 })
        #expect(comb(10, 100, 24, 6000, bins: 0).isEmpty)
    }

    @Test func silenceAndBadNumbersGiveAPath() {
        let config = voice(frames: 30)
        let pitch = TestPitch(config)
        let silence = [Float](repeating: 0, count: 30 * config.bins)
        #expect(pitch.whiten(silence, 93, 87, floor: 0.3).allSatisfy { $0 == 0 })
        #expect(pitch.whiten(silence, 93, 87, floor: -1).allSatisfy { $0 == 0 })
        #expect(pitch.track(silence).allSatisfy { $0 == 90 })
        var bad = levels(silence.count, seed: 4)
        var cleaned = bad
        for i in stride(from: 5, to: bad.count, by: 31) {
            bad[i] = i % 2 == 0 ? .nan : -3
            cleaned[i] = 0
        }
        #expect(pitch.whiten(bad, 9, 9, floor: 0.3) == pitch.whiten(cleaned, 9, 9, floor: 0.3))
        #expect(pitch.track(bad) == pitch.track(cleaned))
        bad[7 * config.bins + 20] = .infinity
        #expect(pitch.whiten(bad, 9, 9, floor: 0.3).allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(pitch.track(bad).allSatisfy { $0 >= 90 && $0 < 800 })
    }

    @Test func noFrameAndOneFrame() {
        let config = voice(frames: 3, block: 2, lag: 4)
        let pitch = TestPitch(config)
        #expect(pitch.whiten([], 93, 87, floor: 0.3).isEmpty)
        #expect(pitch.track([]).isEmpty)
        let values = levels(config.bins, seed: 5)
        let hertz = Reference.hertz(config)
        #expect(pitch.track(values) == Reference.path(config, values).map { Float(hertz[$0]) })
    }

    @Test func everyInstructionSetGivesTheSameNumbers() {
        let config = voice(frames: 50, block: 9, lag: 12)
        let values = levels(50 * config.bins, seed: 6)
        var found: [[Float]] = []
        for name in instructionSets {
            withInstructionSet(name) {
                let pitch = TestPitch(config)
                let white = pitch.whiten(values, 93, 31, floor: 0.3)
                var means = values
                unsafe busker_box_time(values, &means, 50, config.bins, 5)
                found.append(
                    white + pitch.whiten(values, 9, 9, floor: -1) + pitch.track(white) + means
                        + comb(10.7666, 123.4, 24, 6000, bins: 700))
            }
        }
        #expect(found.allSatisfy { $0 == found[0] })
    }

    @Test func badSettingsAndLengthsAreRefused() {
        #expect(TestPitch.status(voice()) == BUSKER_OK)
        let changes: [(inout busker_pitch_config) -> Void] = [
            { $0.bins = 1 }, { $0.bins = 40_000 }, { $0.frames_max = 0 }, { $0.frames_max = 1 << 21 },
            { $0.bin_width = 0 }, { $0.bin_width = .nan }, { $0.lowest = 0 }, { $0.lowest = 800 },
            { $0.highest = .infinity }, { $0.cents = 0 }, { $0.cents = 0.5 }, { $0.top = 700 }, { $0.harmonics = 0 },
            { $0.harmonics = 65 }, { $0.decay = 0 }, { $0.decay = 1.1 }, { $0.between = -1 }, { $0.jump_cost = -1 },
            { $0.jump_max = 121 }, { $0.fade_low = -1 }, { $0.fade_high = 10 }, { $0.block = 1 << 21 },
        ]
        for (i, change) in changes.enumerated() {
            var config = voice()
            change(&config)
            #expect(TestPitch.status(config) == BUSKER_BAD_ARGUMENT, "change \(i)")
        }
        let statuses = TestPitch(voice(frames: 9)).statusesOfWrongCalls()
        #expect(statuses.settings.allSatisfy { $0 == BUSKER_BAD_ARGUMENT })
        #expect(statuses.lengths.allSatisfy { $0 == BUSKER_BAD_LENGTH })
    }
}
