// Frames that sound alike, against brute force, and the background they give.

import CBuskerDSP
import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

/// A handle of the similarity, ended with the test.
@safe private struct Similarity: ~Copyable {
    private let handle: OpaquePointer

    init(_ config: busker_similarity_config) throws {
        var made: OpaquePointer?
        try unsafe withUnsafePointer(to: config) { unsafe busker_similarity_create($0, &made) }.check("similarity")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "no handle") }
        unsafe handle = made
    }

    deinit { unsafe busker_similarity_destroy(handle) }

    func find(_ magnitudes: [Float], channels: Int, frames: Int) throws {
        try unsafe busker_similarity_find(handle, magnitudes.span, channels, frames).check("find")
    }

    func neighbours(_ frame: Int) -> [Int] {
        var found = [UInt32](repeating: 0, count: unsafe busker_similarity_neighbour_count(handle, frame))
        var span = found.mutableSpan
        _ = unsafe busker_similarity_neighbours(handle, frame, &span)
        return found.map(Int.init)
    }

    func median(_ magnitudes: [Float], channels: Int) throws -> [Float] {
        var out = [Float](repeating: .nan, count: magnitudes.count)
        var span = out.mutableSpan
        try unsafe busker_similarity_median(handle, magnitudes.span, channels, &span).check("median")
        return out
    }
}

/// Planar magnitudes with their shape.
struct Magnitudes: Sendable {
    var values: [Float]
    let channels: Int
    let frames: Int
    let bins: Int

    init(channels: Int, frames: Int, bins: Int, seed: UInt64) {
        values = Signals.noise(channels * frames * bins, seed: seed, amplitude: 1).map { abs($0) }
        self.channels = channels
        self.frames = frames
        self.bins = bins
    }

    /// The channels' mean of a frame, at unit length.
    func feature(_ frame: Int) -> [Double] {
        var sum = [Double](repeating: 0, count: bins)
        for channel in 0..<channels {
            for bin in 0..<bins { sum[bin] += Double(values[(channel * frames + frame) * bins + bin]) }
        }
        let length = sqrt(sum.reduce(0) { $0 + $1 * $1 })
        return length > 0 ? sum.map { $0 / length } : sum
    }

    /// The median over frames of every bin and channel, as numpy has it.
    func median(_ list: [Int], channel: Int, bin: Int) -> Float {
        let sorted = list.map { values[(channel * frames + $0) * bins + bin] }.sorted()
        let upper = sorted[sorted.count / 2]
        return sorted.count % 2 == 1 ? upper : (sorted[sorted.count / 2 - 1] + upper) * 0.5
    }
}

/// The cosine similarity of every pair of frames.
private func similarities(_ input: Magnitudes) -> [[Double]] {
    let features = (0..<input.frames).map { input.feature($0) }
    return features.map { a in
        features.map { b in
            var sum = 0.0
            for bin in 0..<input.bins { sum += a[bin] * b[bin] }
            return sum
        }
    }
}

/// The neighbours of frame `i` by brute force, from its similarities.
private func reference(_ i: Int, _ row: [Double], _ config: busker_similarity_config) -> [Int] {
    let allowed = row.indices.filter { j in
        guard row[j] >= Double(config.threshold) else { return false }
        guard config.mode == BUSKER_SIMILARITY_PEAKS else { return abs(i - j) >= config.distance }
        let around = max(0, j - config.distance)...min(row.count - 1, j + config.distance)
        return around.allSatisfy { $0 == j || row[$0] < row[j] }
    }
    let best = allowed.sorted { (row[$0], $1) > (row[$1], $0) }.prefix(config.neighbours_max)
    return best.isEmpty ? [i] : Array(best)
}

/// Whether two lists are the same, or differ only by frames whose similarities single precision cannot tell apart.
private func agree(_ a: [Int], _ b: [Int], _ row: [Double]) -> Bool {
    a.count == b.count && Set(a).count == a.count && zip(a, b).allSatisfy { abs(row[$0] - row[$1]) < 1e-6 }
}

/// A shape and a way to choose, for the comparison with brute force.
struct SimilarityCase: Sendable, CustomTestStringConvertible {
    let channels: Int
    let frames: Int
    let bins: Int
    let neighbours: Int
    let distance: Int
    let mode: busker_similarity_mode
    var threshold: Float = 0

    var testDescription: String {
        "\(channels) x \(frames) x \(bins), k \(neighbours), distance \(distance), mode \(mode), from \(threshold)"
    }
    var config: busker_similarity_config {
        busker_similarity_config(
            bins: bins, frames_max: max(frames, 1), neighbours_max: neighbours, distance: distance,
            threshold: threshold, mode: mode)
    }

    static func nearest(
        _ channels: Int, _ frames: Int, _ bins: Int, k: Int, distance: Int, threshold: Float = 0
    ) -> Self {
        .init(
            channels: channels, frames: frames, bins: bins, neighbours: k, distance: distance,
            mode: BUSKER_SIMILARITY_NEAREST, threshold: threshold)
    }

    static func peaks(
        _ channels: Int, _ frames: Int, _ bins: Int, k: Int, distance: Int, threshold: Float = 0
    ) -> Self {
        .init(
            channels: channels, frames: frames, bins: bins, neighbours: k, distance: distance,
            mode: BUSKER_SIMILARITY_PEAKS, threshold: threshold)
    }
}

@Suite(.serialized) struct SimilarityTests {
    @Test(arguments: [
        SimilarityCase.nearest(2, 150, 33, k: 7, distance: 4),
        .nearest(1, 290, 17, k: 40, distance: 10),
        .nearest(1, 300, 5, k: 290, distance: 0),
        .nearest(1, 140, 300, k: 9, distance: 130),
        .nearest(2, 40, 140, k: 512, distance: 1),
        .nearest(1, 200, 8, k: 20, distance: 2, threshold: 0.9),
        .nearest(1, 20, 8, k: 5, distance: 1, threshold: 1),
        .nearest(2, 2, 3, k: 4, distance: 1),
        .nearest(1, 1, 3, k: 4, distance: 1),
        .peaks(2, 150, 33, k: 100, distance: 5),
        .peaks(1, 280, 9, k: 8, distance: 1),
        .peaks(1, 290, 9, k: 100, distance: 140),
        .peaks(1, 130, 9, k: 100, distance: 300),
        .peaks(1, 200, 8, k: 100, distance: 3, threshold: 0.9),
        .peaks(1, 1, 3, k: 4, distance: 1),
    ])
    func equalsBruteForce(item: SimilarityCase) throws {
        let input = Magnitudes(channels: item.channels, frames: item.frames, bins: item.bins, seed: 7)
        let similarity = try Similarity(item.config)
        try similarity.find(input.values, channels: item.channels, frames: item.frames)
        let median = try similarity.median(input.values, channels: item.channels)
        for (frame, row) in similarities(input).enumerated() {
            let neighbours = similarity.neighbours(frame)
            #expect(agree(neighbours, reference(frame, row, item.config), row), "frame \(frame): \(neighbours)")
            for channel in 0..<item.channels {
                for bin in stride(from: 0, to: item.bins, by: 3) {
                    let value = median[(channel * item.frames + frame) * item.bins + bin]
                    #expect(value == input.median(neighbours, channel: channel, bin: bin))
                }
            }
        }
    }

    @Test(arguments: ["baseline", "avx2", "avx512"], [BUSKER_SIMILARITY_PEAKS, BUSKER_SIMILARITY_NEAREST])
    func everyInstructionSetEqualsBruteForce(set: String, mode: busker_similarity_mode) throws {
        try withInstructionSet(set) {
            try equalsBruteForce(
                item: SimilarityCase(channels: 2, frames: 170, bins: 135, neighbours: 30, distance: 6, mode: mode))
        }
    }

    @Test func lowerFrameWinsTies() throws {
        // Three different frames, repeated: every repetition is equally similar, to the bit.
        var input = Magnitudes(channels: 1, frames: 300, bins: 30, seed: 5)
        for i in 90..<input.values.count { input.values[i] = input.values[i % 90] }
        let similarity = try Similarity(SimilarityCase.nearest(1, 300, 30, k: 4, distance: 10).config)
        try similarity.find(input.values, channels: 1, frames: 300)
        #expect(similarity.neighbours(0) == [12, 15, 18, 21])
        #expect(similarity.neighbours(200) == [2, 5, 8, 11])
        #expect(similarity.neighbours(7) == [19, 22, 25, 28])
    }

    @Test func handleServesShorterSegmentsAgain() throws {
        let similarity = try Similarity(SimilarityCase.peaks(1, 300, 6, k: 10, distance: 3).config)
        let long = Magnitudes(channels: 1, frames: 300, bins: 6, seed: 1)
        try similarity.find(long.values, channels: 1, frames: 300)
        let short = Magnitudes(channels: 2, frames: 50, bins: 6, seed: 2)
        try similarity.find(short.values, channels: 2, frames: 50)
        let config = SimilarityCase.peaks(2, 50, 6, k: 10, distance: 3).config
        for (frame, row) in similarities(short).enumerated() {
            #expect(agree(similarity.neighbours(frame), reference(frame, row, config), row))
        }
        #expect(similarity.neighbours(50).isEmpty)
        try similarity.find([], channels: 1, frames: 0)
        #expect(try similarity.median([], channels: 1).isEmpty)
    }

    @Test(arguments: [BUSKER_SIMILARITY_PEAKS, BUSKER_SIMILARITY_NEAREST], [0, Float.nan, .infinity])
    func silenceAndBrokenNumbersDoNoHarm(mode: busker_similarity_mode, value: Float) throws {
        var input = Magnitudes(channels: 1, frames: 140, bins: 10, seed: 4)
        for i in 300..<1000 { input.values[i] = value }
        let config = busker_similarity_config(
            bins: 10, frames_max: 140, neighbours_max: 5, distance: 2, threshold: 0, mode: mode)
        let similarity = try Similarity(config)
        try similarity.find(input.values, channels: 1, frames: 140)
        for frame in 0..<140 { #expect(similarity.neighbours(frame).allSatisfy { $0 < 140 }) }
        let median = try similarity.median(input.values, channels: 1)
        #expect(median.allSatisfy { !$0.isNaN })
        if value == 0 { #expect(median.allSatisfy { $0 >= 0 && $0 <= 1 }) }
    }

    @Test(arguments: [BUSKER_SIMILARITY_PEAKS, BUSKER_SIMILARITY_NEAREST])
    func recoversRepeatingBackground(mode: busker_similarity_mode) throws {
        // Eight frames that repeat 30 times, with a voice over a tenth of all bins.
        var background = Magnitudes(channels: 2, frames: 240, bins: 40, seed: 8)
        for i in background.values.indices { background.values[i] = background.values[i % (8 * 40)] }
        let voice = Signals.noise(background.values.count, seed: 9, amplitude: 1).map { abs($0) > 0.9 ? abs($0) : 0 }
        let mixture = zip(background.values, voice).map { $0 + $1 }
        let config = busker_similarity_config(
            bins: 40, frames_max: 240, neighbours_max: 21, distance: 3, threshold: 0, mode: mode)
        let similarity = try Similarity(config)
        try similarity.find(mixture, channels: 2, frames: 240)
        var model = try similarity.median(mixture, channels: 2)
        #expect(decibels(background.values, mixture) < 12)
        #expect(decibels(background.values, model) > 40)
        let known = model
        var span = model.mutableSpan
        try busker_background_mask(mixture.span, &span, 40, 2).check("mask")
        #expect(model.indices.allSatisfy { $0 % 40 < 2 ? model[$0] == 1 : model[$0] >= 0 && model[$0] <= 1 })
        for i in model.indices where i % 40 >= 2 && mixture[i] > 0.01 {
            #expect(abs(model[i] - min(known[i], mixture[i]) / mixture[i]) < 1e-5)
        }
    }

    @Test func refusesBadSettingsAndLengths() throws {
        let bad = [
            SimilarityCase.nearest(1, 10, 0, k: 1, distance: 1),
            .nearest(1, 70000, 1, k: 1, distance: 1),
            .nearest(1, 10, 4, k: 0, distance: 1),
            .nearest(1, 10, 4, k: 513, distance: 1),
            .nearest(1, 10, 4, k: 5, distance: 1, threshold: .nan),
            .peaks(1, 10, 4, k: 5, distance: 0),
            .peaks(1, 10, 4, k: 5, distance: 1025),
        ]
        for item in bad {
            #expect(throws: AudioError(.badArgument, "")) { _ = try Similarity(item.config).neighbours(0) }
        }
        let similarity = try Similarity(SimilarityCase.nearest(1, 10, 4, k: 2, distance: 1).config)
        for (count, channels, frames) in [(39, 1, 10), (44, 1, 11), (40, 0, 10), (0, 9, 0)] {
            #expect(throws: AudioError(.badArgument, "")) {
                try similarity.find([Float](repeating: 1, count: count), channels: channels, frames: frames)
            }
        }
    }
}
