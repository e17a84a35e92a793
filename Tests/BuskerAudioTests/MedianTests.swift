// Running medians: every width against sorting, short data, streams, instruction sets.

import CBuskerDSP
import Testing

/// One running median, with arrays; ends itself.
@safe private struct TestMedian: ~Copyable {
    private let handle: OpaquePointer
    let bins: Int
    let width: Int

    static func status(bins: UInt32, width: UInt32) -> busker_status {
        var config = busker_median_config(bins: bins, width: width)
        var handle: OpaquePointer?
        let status = unsafe busker_median_create(&config, &handle)
        unsafe busker_median_destroy(handle)
        return status
    }

    init(bins: Int, width: Int) {
        var config = busker_median_config(bins: UInt32(bins), width: UInt32(width))
        var made: OpaquePointer?
        let status = unsafe busker_median_create(&config, &made)
        guard status == BUSKER_OK, let made = unsafe made else { preconditionFailure("no median") }
        unsafe handle = made
        self.bins = bins
        self.width = width
    }

    deinit { unsafe busker_median_destroy(handle) }

    func time(_ levels: [Float]) -> [Float] {
        var out = [Float](repeating: .nan, count: levels.count)
        let status = unsafe busker_median_time(handle, levels, levels.count, &out, out.count)
        precondition(status == BUSKER_OK, "no medians")
        return out
    }

    func frequency(_ levels: [Float]) -> [Float] {
        var out = [Float](repeating: .nan, count: levels.count)
        let status = unsafe busker_median_frequency(handle, levels, levels.count, &out, out.count)
        precondition(status == BUSKER_OK, "no medians")
        return out
    }

    /// Every median over time, by pushing frame after frame; checks when they come.
    func stream(_ levels: [Float]) -> [Float] {
        unsafe busker_median_reset(handle)
        let latency = unsafe Int(busker_median_latency(handle))
        #expect(latency == (width - 1) / 2)
        var all: [Float] = []
        var out = [Float](repeating: .nan, count: bins)
        var isReady = false
        for frame in 0..<(levels.count / bins) {
            let status = unsafe levels[(frame * bins)..<((frame + 1) * bins)].withUnsafeBufferPointer {
                unsafe busker_median_push(handle, $0.baseAddress, bins, &out, bins, &isReady)
            }
            #expect(status == BUSKER_OK)
            #expect(isReady == (frame >= latency))
            if isReady { all += out }
        }
        while unsafe busker_median_flush(handle, &out, bins, &isReady) == BUSKER_OK, isReady { all += out }
        #expect(unsafe busker_median_push(handle, levels, bins, &out, bins, &isReady) == BUSKER_BAD_STATE)
        return all
    }

    func statusesOfWrongLengths() -> [busker_status] {
        let levels = [Float](repeating: 1, count: 2 * bins)
        var out = levels
        var isReady = false
        return unsafe [
            busker_median_time(handle, levels, 2 * bins, &out, bins),
            busker_median_time(handle, levels, bins + 1, &out, bins + 1),
            busker_median_frequency(handle, levels, bins, &out, 2 * bins),
            busker_median_frequency(handle, levels, bins + 1, &out, bins + 1),
            busker_median_push(handle, levels, bins - 1, &out, bins, &isReady),
            busker_median_push(handle, levels, bins, &out, bins - 1, &isReady),
            busker_median_flush(handle, &out, bins + 1, &isReady),
        ]
    }
}

@Suite struct MedianTests {
    /// scipy's "reflect": d c b a | a b c d | d c b a, without end.
    private func reflected(_ index: Int, _ count: Int) -> Int {
        var i = index
        while i < 0 || i >= count { i = i < 0 ? -1 - i : 2 * count - 1 - i }
        return i
    }

    private func sortedMedian(
        _ levels: [Float], _ place: Int, _ width: Int, _ count: Int, _ index: (Int) -> Int
    ) -> Float {
        let window = (-(width / 2)...(width / 2)).map { levels[index(reflected(place + $0, count))] }
        return window.sorted()[width / 2]
    }

    private func noise(_ count: Int, seed: UInt64) -> [Float] {
        // Coarse steps make equal values frequent.
        Signals.noise(count, seed: seed).map { ($0 * 200).rounded() / 50 }
    }

    @Test func everyWidthAgreesWithSorting() {
        for width in stride(from: 1, through: 255, by: 2) {
            let bins = 19 + width % 37
            let frames = 12 + width % 41
            let levels = noise(bins * frames, seed: UInt64(width))
            let median = TestMedian(bins: bins, width: width)
            let overTime = median.time(levels)
            let overFrequency = median.frequency(levels)
            var generator = Seeded(UInt64(1000 + width))
            for _ in 0..<12 {
                let frame = Int.random(in: 0..<frames, using: &generator)
                let bin = Int.random(in: 0..<bins, using: &generator)
                let place = frame * bins + bin
                #expect(
                    overTime[place] == sortedMedian(levels, frame, width, frames) { $0 * bins + bin },
                    "width \(width), frame \(frame), bin \(bin)")
                #expect(
                    overFrequency[place] == sortedMedian(levels, bin, width, bins) { frame * bins + $0 },
                    "width \(width), frame \(frame), bin \(bin)")
            }
        }
    }

    @Test(arguments: [1, 3, 5, 9, 31])
    func smallBlocksAgreeEverywhere(width: Int) {
        for (bins, frames) in [(1, 1), (1, 40), (3, 2), (17, 5), (33, 1), (40, 16), (5, 17), (2, 70)] {
            let levels = noise(bins * frames, seed: UInt64(bins * frames))
            let median = TestMedian(bins: bins, width: width)
            var overTime: [Float] = []
            var overFrequency: [Float] = []
            for frame in 0..<frames {
                for bin in 0..<bins {
                    overTime.append(sortedMedian(levels, frame, width, frames) { $0 * bins + bin })
                    overFrequency.append(sortedMedian(levels, bin, width, bins) { frame * bins + $0 })
                }
            }
            #expect(median.time(levels) == overTime, "\(bins) x \(frames)")
            #expect(median.frequency(levels) == overFrequency, "\(bins) x \(frames)")
        }
        #expect(TestMedian(bins: 4, width: width).time([]).isEmpty)
        #expect(TestMedian(bins: 4, width: width).frequency([]).isEmpty)
    }

    @Test(arguments: [1, 3, 7, 31, 255])
    func aStreamHasTheNumbersOfTheBlock(width: Int) {
        let bins = 21
        let median = TestMedian(bins: bins, width: width)
        for frames in [1, 2, width / 2, width / 2 + 1, width - 1, width, width + 1, 2 * width + 5] where frames > 0 {
            let levels = noise(bins * frames, seed: UInt64(frames))
            #expect(median.stream(levels) == median.time(levels), "\(frames) frames")
        }
    }

    @Test func everyInstructionSetGivesTheSameNumbers() {
        let (bins, frames) = (45, 50)
        let levels = Signals.noise(bins * frames, seed: 9)
        for width in [1, 3, 15, 31, 63, 127, 255] {
            var found: [[Float]] = []
            for name in instructionSets {
                withInstructionSet(name) {
                    let median = TestMedian(bins: bins, width: width)
                    found.append(median.time(levels) + median.frequency(levels))
                }
            }
            #expect(found.allSatisfy { $0 == found[0] }, "width \(width)")
        }
    }

    @Test func notANumberCountsAsZero() {
        let (bins, frames) = (20, 30)
        var levels = noise(bins * frames, seed: 10).map { abs($0) }
        var zeroed = levels
        for place in stride(from: 7, to: levels.count, by: 11) {
            levels[place] = .nan
            zeroed[place] = 0
        }
        levels[3] = .infinity
        zeroed[3] = .infinity
        let median = TestMedian(bins: bins, width: 5)
        #expect(median.time(levels) == median.time(zeroed))
        #expect(median.frequency(levels) == median.frequency(zeroed))
        #expect(median.stream(levels) == median.time(zeroed))
    }

    @Test func badSettingsAndLengthsAreRefused() {
        #expect(TestMedian.status(bins: 8, width: 3) == BUSKER_OK)
        for (bins, width) in [(0, 3), (32770, 3), (8, 0), (8, 2), (8, 256), (8, 257)] {
            #expect(TestMedian.status(bins: UInt32(bins), width: UInt32(width)) == BUSKER_BAD_ARGUMENT)
        }
        #expect(TestMedian(bins: 8, width: 3).statusesOfWrongLengths().allSatisfy { $0 == BUSKER_BAD_LENGTH })
    }
}
