// The core of the stems by itself: states, errors, odd lengths and settings, every instruction set.

import CBuskerDSP
import Testing

/// One separation of the core, with arrays; ends itself.
@safe private struct TestStems: ~Copyable {
    private let handle: OpaquePointer

    static func status(_ config: busker_stems_config) -> busker_status {
        var config = config
        var handle: OpaquePointer?
        let status = unsafe busker_stems_create(&config, &handle)
        unsafe busker_stems_destroy(handle)
        return status
    }

    init(_ config: busker_stems_config) {
        var config = config
        var made: OpaquePointer?
        let status = unsafe busker_stems_create(&config, &made)
        guard status == BUSKER_OK, let made = unsafe made else { preconditionFailure("no stems") }
        unsafe handle = made
    }

    deinit { unsafe busker_stems_destroy(handle) }

    func begin(_ mid: [Float], _ side: [Float]) -> busker_status {
        unsafe busker_stems_begin(handle, mid, mid.count, side, side.count)
    }

    func step() -> (status: busker_status, share: Double) {
        var share = -1.0
        let status = unsafe busker_stems_step(handle, &share)
        return (status, share)
    }

    /// Every share that is told until the masks are ready.
    func finish() -> [Double] {
        var shares: [Double] = []
        repeat {
            let (status, share) = step()
            guard status == BUSKER_OK else { return shares }
            shares.append(share)
        } while shares.last ?? 1 < 1
        return shares
    }

    func filter(_ stem: Int, _ half: Int, _ samples: [Float], count: Int) -> (status: busker_status, out: [Float]) {
        var out = [Float](repeating: .nan, count: count)
        let status = unsafe busker_stems_filter(
            handle, UInt32(stem), UInt32(half), samples, samples.count, &out, count)
        return (status, out)
    }

    /// Both halves of every stem of a segment, one after another.
    func separate(_ mid: [Float], _ side: [Float]) -> [Float] {
        guard begin(mid, side) == BUSKER_OK, finish().last == 1 else { return [] }
        return (0..<Int(BUSKER_STEMS)).flatMap { stem in
            (0..<2).flatMap { half in filter(stem, half, half == 0 || side.isEmpty ? mid : side, count: mid.count).out }
        }
    }
}

private func config(
    rate: UInt32 = 8000, size: UInt32 = 512, hop: UInt32 = 128, samples: Int = 12000, refinements: UInt32 = 0
) -> busker_stems_config {
    busker_stems_config(
        sample_rate: rate, fft_size: size, hop: hop, samples_max: samples, refinements: refinements)
}

/// A tone that starts and ends, over noise: something for every cue.
private func segment(_ count: Int, seed: UInt64) -> [Float] {
    var sound = Signals.noise(count, seed: seed, amplitude: 0.1)
    for at in sound.indices where at / 1500 % 2 == 0 { sound[at] += at % 40 < 20 ? 0.3 : -0.3 }
    return sound
}

@Suite struct StemCoreTests {
    @Test func nothingIsGivenBeforeTheMasksAreReady() {
        let stems = TestStems(config())
        #expect(stems.step().status == BUSKER_BAD_STATE)
        #expect(stems.filter(0, 0, [0], count: 1).status == BUSKER_BAD_STATE)
        let (mid, side) = (segment(3000, seed: 1), segment(3000, seed: 2))
        for _ in 0..<2 {
            #expect(stems.begin(mid, side) == BUSKER_OK)
            var share = 0.0
            while share < 1 {
                #expect(stems.filter(0, 1, mid, count: 3000).status == BUSKER_BAD_STATE)
                let next = stems.step()
                guard next.status == BUSKER_OK, next.share > share else {
                    Issue.record("the share does not grow beyond \(share)")
                    return
                }
                share = next.share
            }
            #expect(stems.filter(0, 1, side, count: 3000).status == BUSKER_OK)
            #expect(stems.step() == (BUSKER_OK, 1))
        }
    }

    @Test func wrongLengthsStemsAndHalvesAreRefused() {
        let stems = TestStems(config(samples: 2000))
        let sound = segment(2001, seed: 3)
        let mid = Array(sound.dropLast())
        #expect(stems.begin([], []) == BUSKER_BAD_LENGTH)
        #expect(stems.begin(sound, []) == BUSKER_BAD_LENGTH)
        #expect(stems.begin(mid, [0]) == BUSKER_BAD_LENGTH)
        #expect(stems.begin(mid, sound) == BUSKER_BAD_LENGTH)
        #expect(stems.begin(mid, mid) == BUSKER_OK)
        #expect(stems.finish().last == 1)
        for (stem, half) in [(3, 0), (0, 2), (Int(UInt32.max), 0), (0, Int(UInt32.max))] {
            #expect(stems.filter(stem, half, mid, count: 2000).status == BUSKER_BAD_ARGUMENT)
        }
        for count in [0, 1999, 2001] {
            #expect(stems.filter(1, 1, mid, count: count).status == BUSKER_BAD_LENGTH)
            #expect(stems.filter(1, 0, Array(sound.prefix(count)), count: 2000).status == BUSKER_BAD_LENGTH)
        }
        // A segment that is refused leaves the one before it as it was.
        #expect(stems.begin(sound, []) == BUSKER_BAD_LENGTH)
        #expect(stems.filter(1, 1, mid, count: 2000).status == BUSKER_OK)
    }

    @Test(arguments: [
        config(rate: 7999), config(rate: 192_001), config(size: 0), config(size: 62), config(size: 513),
        config(size: 65538), config(hop: 0), config(hop: 513), config(samples: 0), config(samples: 1 << 26 + 1),
        config(refinements: 9), config(rate: .max), config(samples: .max), config(refinements: .max),
    ])
    func settingsOutOfRangeAreRefused(config: busker_stems_config) {
        #expect(TestStems.status(config) == BUSKER_BAD_ARGUMENT)
    }

    @Test func nothingToFillIsRefused() {
        var handle: OpaquePointer?
        var some = config()
        #expect(unsafe busker_stems_create(nil, &handle) == BUSKER_BAD_ARGUMENT)
        #expect(unsafe busker_stems_create(&some, nil) == BUSKER_BAD_ARGUMENT)
        busker_stems_destroy(nil)
    }

    /// Transforms much finer or coarser than advised are refused or work; none of them reads or writes out of bounds.
    @Test(arguments: [8000, 44100, 192_000], [(64, 16), (64, 64), (512, 8), (512, 512), (4096, 1024), (16384, 4096)])
    func anyTransformIsSafe(rate: Int, transform: (size: Int, hop: Int)) {
        let config = config(
            rate: UInt32(rate), size: UInt32(transform.size), hop: UInt32(transform.hop), samples: 6000,
            refinements: 1)
        guard TestStems.status(config) == BUSKER_OK else {
            #expect(TestStems.status(config) == BUSKER_BAD_ARGUMENT)
            return
        }
        let found = TestStems(config).separate(segment(6000, seed: 4), segment(6000, seed: 5))
        #expect(found.count == 36000)
        #expect(found.allSatisfy { $0.isFinite })
    }

    @Test(arguments: [1, 2, 1023, 4096], [UInt32(0), 1])
    func anyLengthIsServed(count: Int, refinements: UInt32) {
        withSteadyInstructionSet {
            let stems = TestStems(config(refinements: refinements))
            let (mid, side) = (segment(count, seed: 6), segment(count, seed: 7))
            let stereo = stems.separate(mid, side)
            #expect(stereo.count == 6 * count)
            #expect(stereo.allSatisfy { $0.isFinite })
            // Without a side, any sound of the segment's length passes through the masks of both halves.
            #expect(stems.begin(mid, []) == BUSKER_OK)
            #expect(stems.finish().last == 1)
            for stem in 0..<Int(BUSKER_STEMS) {
                for half in 0..<2 {
                    let passed = stems.filter(stem, half, mid, count: count).out
                    let doubled = stems.filter(stem, half, mid.map { 2 * $0 }, count: count).out
                    #expect(doubled == passed.map { 2 * $0 })
                    #expect(stems.filter(stem, half, side, count: count).out.allSatisfy { $0.isFinite })
                }
            }
            #expect(energy(stereo) > 0)
        }
    }

    @Test func aSegmentLeavesNoTraceInTheNext() {
        withSteadyInstructionSet {
            let used = TestStems(config(refinements: 1))
            #expect(!used.separate(segment(12000, seed: 8), segment(12000, seed: 9)).isEmpty)
            let (mid, side) = (segment(5003, seed: 10), segment(5003, seed: 11))
            #expect(used.separate(mid, side) == TestStems(config(refinements: 1)).separate(mid, side))
            #expect(used.separate(mid, []) == TestStems(config()).separate(mid, []))
        }
    }

    @Test(arguments: [UInt32(0), 1])
    func everyInstructionSetAgrees(refinements: UInt32) {
        let (mid, side) = (segment(12000, seed: 12), segment(12000, seed: 13))
        var expected: [Float] = []
        withInstructionSet("baseline") {
            expected = TestStems(config(refinements: refinements)).separate(mid, side)
        }
        #expect(energy(expected) > 1)
        for name in instructionSets {
            withInstructionSet(name) {
                let found = TestStems(config(refinements: refinements)).separate(mid, side)
                for half in 0..<6 {
                    let part = (12000 * half)..<(12000 * (half + 1))
                    let distance = decibels(Array(expected[part]), Array(found[part]))
                    #expect(distance > 60, "\(name), half \(half): \(distance) dB")
                }
            }
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude])
    func brokenSamplesDoNoHarm(value: Float) {
        withSteadyInstructionSet {
            let stems = TestStems(config(refinements: 1))
            var mid = segment(4096, seed: 14)
            for at in stride(from: 1000, to: 3000, by: 7) { mid[at] = value }
            #expect(stems.separate(mid, mid).count == 6 * 4096)
            let (good, side) = (segment(4096, seed: 15), segment(4096, seed: 16))
            #expect(stems.separate(good, side) == TestStems(config(refinements: 1)).separate(good, side))
        }
    }

    private func energy(_ sound: [Float]) -> Double { sound.reduce(0) { $0 + Double($1) * Double($1) } }
}
