// The C parts that set levels: fades, channel order, limiter, no allocation on the way.

import CBuskerDSP
import Testing

@testable import BuskerAudio

@Suite struct LevelTests {
    @Test(arguments: 1...8) func channelOrderGoesThereAndBack(channels: Int) {
        let samples = Signals.noise(37 * channels, seed: 5)
        var planar = [Float](repeating: 0, count: samples.count)
        var back = planar
        let there = unsafe busker_deinterleave(samples, &planar, samples.count, channels)
        let again = unsafe busker_interleave(planar, &back, samples.count, channels)
        #expect(there == BUSKER_OK && again == BUSKER_OK)
        #expect(back == samples)
        #expect(planar[36] == samples[36 * channels])
        if channels > 1 {
            let odd = unsafe busker_deinterleave(samples, &planar, samples.count - 1, channels)
            #expect(odd == BUSKER_BAD_LENGTH)
        }
    }

    @Test func fadesMeetWithoutAStep() {
        var samples = [Float](repeating: 1, count: 40)
        let down = unsafe busker_fade(&samples, 20, 2, 1, 0)
        #expect(down == BUSKER_OK)
        for i in 0..<10 {
            #expect(abs(samples[2 * i] - (1 - Float(i) / 10)) < 1e-6)
            #expect(samples[2 * i] == samples[2 * i + 1])
        }
        #expect(samples[20] == 1)
        unsafe busker_gain(&samples, 40, 2)
        #expect(samples[0] == 2 && samples[39] == 2)
    }

    @Test(arguments: [64, 1000, 8192]) func limiterHoldsTheCeiling(block: Int) throws {
        var config = busker_limiter_config(
            sample_rate: 44100, channels: 2, ceiling: 0.8, look_ahead: 0.002, release: 0.05)
        var limiter: OpaquePointer?
        let made = unsafe busker_limiter_create(&config, &limiter)
        #expect(made == BUSKER_OK)
        defer { unsafe busker_limiter_destroy(limiter) }
        let latency = unsafe busker_limiter_latency(limiter)
        var samples = Signals.noise(16384, seed: 9, amplitude: 0.3)
        for i in 4000..<4200 { samples[i] *= 8 }
        let original = samples
        samples += [Float](repeating: 0, count: 2 * latency)
        let before = busker_allocations()
        for start in stride(from: 0, to: samples.count, by: 2 * block) {
            let count = min(2 * block, samples.count - start)
            let status = unsafe samples.withUnsafeMutableBufferPointer { buffer in
                unsafe busker_limiter_process(limiter, buffer.baseAddress.map { unsafe $0 + start }, count)
            }
            #expect(status == BUSKER_OK)
        }
        #expect(busker_allocations() == before)
        let late = Array(samples[(2 * latency)...])
        #expect(late.allSatisfy { abs($0) <= 0.8 })
        #expect(Array(late[..<3700]) == Array(original[..<3700]))
        #expect((4000..<4200).contains { abs(late[$0]) > 0.5 })
    }

    @Test func meterDoesNotDependOnBlocks() throws {
        var samples = Signals.noise(6000, seed: 2, amplitude: 1.5)
        for i in stride(from: 0, to: 6000, by: 7) { samples[i] = .nan }
        func report(_ block: Int) throws -> (AudioLevels, [Float]) {
            let meter = try LevelMeter(channels: 3)
            var copy = samples
            for start in stride(from: 0, to: copy.count, by: 3 * block) {
                let end = min(start + 3 * block, copy.count)
                try unsafe copy.withUnsafeMutableBufferPointer {
                    try unsafe meter.clean(UnsafeMutableBufferPointer(rebasing: $0[start..<end]))
                }
            }
            return (meter.report, copy)
        }
        let whole = try report(2000)
        #expect(whole.0.notNumbers == 858 && whole.0.clippedRuns > 0)
        for block in [1, 17, 341, 512] {
            let other = try report(block)
            #expect(other.0 == whole.0 && other.1 == whole.1)
        }
    }
}
