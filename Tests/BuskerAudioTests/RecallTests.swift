// Bands, neighbours in a window and their quantiles: against brute force, on every instruction set.

import CBuskerDSP
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// Neighbours and quantiles, with arrays; ends itself.
@safe private struct TestRecall: ~Copyable {
    private let handle: OpaquePointer
    private let features: Int
    private let most: Int

    static func status(_ config: busker_recall_config) -> busker_status {
        var config = config
        var handle: OpaquePointer?
        let status = unsafe busker_recall_create(&config, &handle)
        unsafe busker_recall_destroy(handle)
        return status
    }

    init(_ config: busker_recall_config) {
        var config = config
        var made: OpaquePointer?
        let status = unsafe busker_recall_create(&config, &made)
        guard status == BUSKER_OK, let made = unsafe made else { preconditionFailure("no recall") }
        unsafe handle = made
        features = config.features
        most = config.neighbours
    }

    deinit { unsafe busker_recall_destroy(handle) }

    func find(_ values: [Float], frames: Int) -> busker_status {
        unsafe busker_recall_find(handle, values, values.count, frames)
    }

    func neighbours(_ values: [Float]) -> [[Int]] {
        let frames = values.count / features
        #expect(find(values, frames: frames) == BUSKER_OK)
        return (0..<frames).map { frame in
            var list = [UInt32](repeating: 0, count: most)
            let found = unsafe busker_recall_neighbours(handle, frame, &list, most)
            return list[..<found].map { Int($0) }
        }
    }

    func count(of frame: Int) -> Int {
        var none: [UInt32] = []
        return unsafe busker_recall_neighbours(handle, frame, &none, 0)
    }

    func status(_ levels: [Float], bins: Int, stride: Int, q: Float, outCount: Int) -> busker_status {
        var out = [Float](repeating: 0, count: outCount)
        return unsafe busker_recall_quantile(handle, levels, levels.count, bins, stride, q, &out, outCount)
    }

    func quantile(_ levels: [Float], frames: Int, bins: Int, stride: Int, q: Float) -> [Float] {
        var out = [Float](repeating: .nan, count: frames * bins)
        let status = unsafe busker_recall_quantile(
            handle, levels, levels.count, bins, stride, q, &out, out.count)
        #expect(status == BUSKER_OK)
        return out
    }
}

/// The same by the definition, in double precision.
private enum Plain {
    static func neighbours(
        _ values: [Float], features: Int, window: Int, distance: Int, most: Int
    ) -> [[Int]] {
        let frames = values.count / features
        let units = (0..<frames).map { frame in
            let u = values[(frame * features)..<((frame + 1) * features)].map { Double($0) }
            let length = u.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-6
            return u.map { $0 / length }
        }
        let width = min(window, frames)
        return (0..<frames).map { frame in
            let start = min(max(frame - width / 2, 0), frames - width)
            var r = (start..<(start + width)).map { other in
                zip(units[frame], units[other]).reduce(0) { $0 + $1.0 * $1.1 }
            }
            r[frame - start] = 2
            let kept = r.indices.filter { i in
                r[max(0, i - distance)...min(width - 1, i + distance)].allSatisfy { r[i] >= $0 }
            }
            let sorted = kept.sorted { r[$0] == r[$1] ? $0 < $1 : r[$0] > r[$1] }
            return sorted.prefix(most).map { $0 + start }
        }
    }

    static func quantile(_ levels: [Float], lists: [[Int]], bins: Int, stride: Int, q: Double) -> [Float] {
        lists.flatMap { list in
            let rank = Int(q * Double(list.count - 1) + 0.5)
            return (0..<bins).map { bin in list.map { levels[$0 * stride + bin] }.sorted()[rank] }
        }
    }
}

private func config(
    features: Int = 6, bins: Int = 40, frames: Int = 100, window: Int = 31, distance: Int = 2, neighbours: Int = 5
) -> busker_recall_config {
    busker_recall_config(
        features: features, bins_max: bins, frames_max: frames, window: window, distance: distance,
        neighbours: neighbours)
}

private func levels(_ count: Int, seed: UInt64) -> [Float] {
    Signals.noise(count, seed: seed).map { abs($0) }
}

@Suite struct RecallTests {
    /// Windows that are even, odd, one frame, all frames, more than all; panels of 32 frames that are whole or not.
    @Test(arguments: [(1, 9), (2, 9), (30, 31), (31, 31), (64, 20), (70, 31), (97, 1), (97, 32), (97, 96), (97, 500)])
    func neighboursAreThoseOfTheDefinition(frames: Int, window: Int) {
        let features = levels(frames * 6, seed: UInt64(frames))
        for (distance, most) in [(0, 3), (1, 32), (4, 5), (1000, 4)] {
            let expected = Plain.neighbours(features, features: 6, window: window, distance: distance, most: most)
            for name in instructionSets {
                withInstructionSet(name) {
                    let recall = TestRecall(config(window: window, distance: distance, neighbours: most))
                    #expect(recall.neighbours(features) == expected, "\(name), distance \(distance)")
                }
            }
        }
    }

    @Test(arguments: [0, 1, 3, 6, 7])
    func amongEqualFramesTheLowerComesFirst(distance: Int) {
        let pattern = levels(7 * 6, seed: 3)
        let features = (0..<70).flatMap { frame in pattern[(frame % 7 * 6)..<(frame % 7 * 6 + 6)] }
        let expected = Plain.neighbours(features, features: 6, window: 41, distance: distance, most: 12)
        #expect(TestRecall(config(window: 41, distance: distance, neighbours: 12)).neighbours(features) == expected)
        // The frame itself leads, then the others of its kind.
        #expect(expected[30].first == 30)
        #expect(expected[30].dropFirst().prefix(3).allSatisfy { $0 % 7 == 2 })
    }

    @Test func silenceAndWhatIsNoNumberSoundLikeNothing() {
        let silent = [Float](repeating: 0, count: 40 * 6)
        let recall = TestRecall(config(window: 21, distance: 2, neighbours: 5))
        let expected = Plain.neighbours(silent, features: 6, window: 21, distance: 2, most: 5)
        #expect(recall.neighbours(silent) == expected)
        var odd = levels(40 * 6, seed: 4)
        var quiet = odd
        for (frame, value) in [(3, Float.nan), (17, .infinity), (39, -.infinity)] {
            odd[frame * 6 + 2] = value
            for i in 0..<6 { quiet[frame * 6 + i] = 0 }
        }
        #expect(recall.neighbours(odd) == recall.neighbours(quiet))
    }

    @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 17, 20, 24, 25, 31, 32], [Float(0), 0.3, 0.5, 0.7, 1])
    func quantilesAreThoseOfSorting(most: Int, q: Float) {
        let (frames, bins) = (36, 21)
        // Few different levels, so that many are equal.
        let all = levels(frames * bins, seed: 5).map { ($0 * 40).rounded() }
        let features = levels(frames * 6, seed: 6)
        for name in instructionSets {
            withInstructionSet(name) {
                let recall = TestRecall(config(window: 33, distance: 0, neighbours: most))
                let lists = recall.neighbours(features)
                #expect(lists.allSatisfy { $0.count == most })
                let expected = Plain.quantile(all, lists: lists, bins: bins, stride: bins, q: Double(String(q)) ?? 0)
                #expect(recall.quantile(all, frames: frames, bins: bins, stride: bins, q: q) == expected, "\(name)")
            }
        }
    }

    @Test(arguments: [(1, 1), (3, 5), (4, 4), (17, 17), (127, 130), (159, 159), (160, 170), (161, 161), (300, 301)])
    func everyCountOfBinsAndStrideIsServed(bins: Int, stride: Int) {
        let frames = 19
        let features = levels(frames * 6, seed: 7)
        // The floats after the bins of the last frame may be missing.
        let all = [Float](levels(frames * stride, seed: 8).dropLast(stride - bins))
        for name in instructionSets {
            withInstructionSet(name) {
                let recall = TestRecall(config(bins: 300, window: 19, distance: 1, neighbours: 24))
                let lists = recall.neighbours(features)
                let expected = Plain.quantile(all, lists: lists, bins: bins, stride: stride, q: 0.5)
                #expect(recall.quantile(all, frames: frames, bins: bins, stride: stride, q: 0.5) == expected, "\(name)")
            }
        }
    }

    @Test func nothingIsFoundInNoFrames() {
        let recall = TestRecall(config())
        #expect(recall.count(of: 0) == 0)
        #expect(recall.neighbours(levels(12, seed: 9)) == [[0], [1]])
        #expect(recall.neighbours([]) == [])
        #expect(recall.count(of: 0) == 0)
        #expect(recall.quantile([], frames: 0, bins: 7, stride: 9, q: 0.5) == [])
    }

    @Test func aShorterPieceLeavesNoTraceOfTheLongerBefore() {
        let recall = TestRecall(config(distance: 1, neighbours: 20))
        _ = recall.neighbours(levels(100 * 6, seed: 10))
        let short = levels(45 * 6, seed: 11)
        #expect(recall.neighbours(short) == TestRecall(config(distance: 1, neighbours: 20)).neighbours(short))
    }

    @Test func whatDoesNotFitIsRefused() {
        for wrong in [
            config(features: 0), config(features: 4097), config(bins: 0), config(bins: 32770), config(frames: 0),
            config(frames: 65537), config(window: 0), config(distance: 1025), config(neighbours: 0),
            config(neighbours: 33),
        ] {
            #expect(TestRecall.status(wrong) == BUSKER_BAD_ARGUMENT)
        }
        let recall = TestRecall(config(bins: 8, frames: 10))
        #expect(recall.find(levels(66, seed: 1), frames: 11) == BUSKER_BAD_LENGTH)
        #expect(recall.find(levels(59, seed: 1), frames: 10) == BUSKER_BAD_LENGTH)
        #expect(recall.find(levels(60, seed: 1), frames: 10) == BUSKER_OK)
        let some = levels(100, seed: 2)
        for (bins, stride, outCount) in [(8, 7, 80), (9, 9, 90), (0, 8, 0), (8, 8, 79), (8, 11, 80), (8, .max, 80)] {
            let status = recall.status(some, bins: bins, stride: stride, q: 0.5, outCount: outCount)
            #expect(status == BUSKER_BAD_LENGTH, "\(bins) bins, stride \(stride)")
        }
        for q in [-0.1, 1.1, Float.nan] {
            #expect(recall.status(some, bins: 8, stride: 8, q: q, outCount: 80) == BUSKER_BAD_ARGUMENT)
        }
    }
}

@Suite struct BandsTests {
    private static func apply(_ config: busker_bands_config, _ levels: [Float], frames: Int, outCount: Int)
        -> (status: busker_status, out: [Float])
    {
        var config = config
        var handle: OpaquePointer?
        var out = [Float](repeating: .nan, count: outCount)
        var status = unsafe busker_bands_create(&config, &handle)
        if let handle = unsafe handle, status == BUSKER_OK {
            status = unsafe busker_bands_apply(handle, levels, levels.count, frames, &out, outCount)
            unsafe busker_bands_destroy(handle)
        }
        return (status, out)
    }

    /// The definition, dense.
    private static func expected(_ c: busker_bands_config, _ levels: [Float], frames: Int) -> [Float] {
        let ratio = (c.highest + 200) / (c.lowest + 200)
        let edges = (0..<(c.count + 2)).map { k in
            (c.lowest + 200) * pow(ratio, Double(k) / Double(c.count + 1)) - 200
        }
        let weights = (0..<c.count).map { k in
            let row = (0..<c.bins).map { bin in
                let f = Double(bin) * c.bin_width
                let rise = (f - edges[k]) / (edges[k + 1] - edges[k])
                let fall = (edges[k + 2] - f) / (edges[k + 2] - edges[k + 1])
                return max(0, min(rise, fall))
            }
            let sum = row.reduce(1e-9, +)
            return row.map { $0 / sum }
        }
        return (0..<frames).flatMap { frame in
            weights.map { row in
                let sum = row.indices.reduce(0.0) { $0 + row[$1] * Double(levels[frame * c.bins + $1]) }
                return Float(sum.squareRoot())
            }
        }
    }

    /// Wide and narrow bands, empty ones, one band, and bands above the last bin.
    @Test(arguments: [
        busker_bands_config(bins: 257, bin_width: 86.1, count: 12, lowest: 60, highest: 12000),
        busker_bands_config(bins: 129, bin_width: 172, count: 96, lowest: 30, highest: 16000),
        busker_bands_config(bins: 65, bin_width: 100, count: 1, lowest: 0, highest: 6400),
        busker_bands_config(bins: 40, bin_width: 50, count: 30, lowest: 0, highest: 16000),
        busker_bands_config(bins: 1, bin_width: 100, count: 2, lowest: 0, highest: 500),
    ])
    func bandsAreThoseOfTheFormula(config: busker_bands_config) {
        let some = levels(3 * config.bins, seed: 12)
        let expected = Self.expected(config, some, frames: 3)
        for name in instructionSets {
            withInstructionSet(name) {
                let found = Self.apply(config, some, frames: 3, outCount: 3 * config.count)
                #expect(found.status == BUSKER_OK)
                for (a, b) in zip(found.out, expected) { #expect(abs(a - b) <= 1e-6 + 1e-6 * b, "\(name)") }
            }
        }
    }

    @Test func silenceStaysSilentAndNoFramesAreAllowed() {
        let config = busker_bands_config(bins: 65, bin_width: 100, count: 8, lowest: 60, highest: 5000)
        let silent = [Float](repeating: 0, count: 65)
        #expect(Self.apply(config, silent, frames: 1, outCount: 8).out == [Float](repeating: 0, count: 8))
        #expect(Self.apply(config, [.nan] + silent.dropLast(), frames: 1, outCount: 8).out.allSatisfy { $0 == 0 })
        #expect(Self.apply(config, [], frames: 0, outCount: 0).status == BUSKER_OK)
    }

    @Test func whatDoesNotFitIsRefused() {
        let good = busker_bands_config(bins: 65, bin_width: 100, count: 8, lowest: 60, highest: 5000)
        for (levelCount, frames, outCount) in [(64, 1, 8), (65, 1, 9), (65, 2, 16), (0, .max, 0)] {
            let found = Self.apply(good, levels(levelCount, seed: 1), frames: frames, outCount: outCount)
            #expect(found.status == BUSKER_BAD_LENGTH)
        }
        for change: (inout busker_bands_config) -> Void in [
            { $0.bins = 0 }, { $0.bins = 32770 }, { $0.bin_width = 0 }, { $0.bin_width = .nan }, { $0.count = 0 },
            { $0.count = 513 }, { $0.lowest = -1 }, { $0.highest = 60 }, { $0.highest = .infinity },
        ] {
            var config = good
            change(&config)
            #expect(Self.apply(config, [], frames: 0, outCount: 0).status == BUSKER_BAD_ARGUMENT)
        }
    }
}
