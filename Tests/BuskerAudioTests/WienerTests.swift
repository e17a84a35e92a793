// The Wiener filter against a reference in double precision, and what must hold for any input.

import CBuskerDSP
import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

/// A filter and its buffers, ended with the test.
@safe private struct Wiener: ~Copyable {
    private let handle: OpaquePointer
    let config: busker_wiener_config

    init(_ config: busker_wiener_config) throws {
        var made: OpaquePointer?
        try unsafe withUnsafePointer(to: config) { unsafe busker_wiener_create($0, &made) }.check("filter")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "no filter") }
        unsafe handle = made
        self.config = config
    }

    deinit { unsafe busker_wiener_destroy(handle) }

    var outputs: Int { unsafe busker_wiener_outputs(handle) }

    func run(
        mixture: [Float], values: [Float], start: busker_wiener_start, iterations: Int, frames: Int
    ) throws -> [Float] {
        var out = [Float](repeating: .nan, count: outputs * mixture.count)
        var span = out.mutableSpan
        try unsafe busker_wiener_begin(handle, start, mixture.span, values.span, frames, &span).check("begin")
        try unsafe busker_wiener_refine(handle, mixture.span, frames, iterations, &span).check("refine")
        return out
    }
}

/// One file of Vectors/repeat; the shapes are those of make_wiener.py.
struct WienerCase: Sendable, CustomTestStringConvertible {
    static let frames = 11
    static let bins = 9
    static let all = [
        WienerCase("masks", 2, 4, false, BUSKER_WIENER_MASKS, 1),
        WienerCase("masks-untouched", 2, 2, true, BUSKER_WIENER_MASKS, 0),
        WienerCase("magnitudes-residual", 2, 3, true, BUSKER_WIENER_MAGNITUDES, 2),
        WienerCase("soft-loud", 2, 2, false, BUSKER_WIENER_SOFT_MAGNITUDES, 1),
        WienerCase("nearly-mono", 2, 2, false, BUSKER_WIENER_MASKS, 3),
        WienerCase("mono", 1, 3, true, BUSKER_WIENER_MASKS, 2),
    ]

    let name: String
    let config: busker_wiener_config
    let start: busker_wiener_start
    let iterations: Int
    var testDescription: String { name }

    init(
        _ name: String, _ channels: Int, _ sources: Int, _ residual: Bool, _ start: busker_wiener_start,
        _ iterations: Int
    ) {
        self.name = name
        self.start = start
        self.iterations = iterations
        config = busker_wiener_config(
            bins: Self.bins, frames_max: 16, channels: channels, sources: sources, residual: residual)
    }

    /// The floats of the file: mixture, values, expected.
    func load() throws -> (mixture: [Float], values: [Float], expected: [Float]) {
        let plane = config.channels * Self.frames * Self.bins
        let outputs = config.sources + (config.residual ? 1 : 0)
        let sizes = (2 * plane, config.sources * plane, outputs * 2 * plane)
        var floats = [Float](repeating: 0, count: sizes.0 + sizes.1 + sizes.2)
        let path = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        guard let file = unsafe fopen("/\(path)/Vectors/repeat/wiener-\(name).f32", "rb") else {
            throw AudioError(.badArgument, "no vector \(name)")
        }
        defer { unsafe fclose(file) }
        let read = unsafe floats.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, file) }
        try #require(read == floats.count * 4)
        return (
            Array(floats[..<sizes.0]), Array(floats[sizes.0..<(sizes.0 + sizes.1)]),
            Array(floats[(sizes.0 + sizes.1)...])
        )
    }
}

@Suite(.serialized) struct WienerTests {
    @Test(arguments: WienerCase.all, ["avx512", "avx2", "baseline"])
    func equalsReference(item: WienerCase, set: String) throws {
        try withInstructionSet(set) {
            let (mixture, values, expected) = try item.load()
            let filter = try Wiener(item.config)
            let out = try filter.run(
                mixture: mixture, values: values, start: item.start, iterations: item.iterations,
                frames: WienerCase.frames)
            // 1e-4 of the level is 80 dB.
            #expect(decibels(expected, out) > 100)
        }
    }

    @Test func sourcesSumToMixture() throws {
        let filter = try Wiener(
            busker_wiener_config(bins: 40, frames_max: 20, channels: 2, sources: 3, residual: true))
        let mixture = Signals.noise(2 * 20 * 40 * 2, seed: 1, amplitude: 100)
        let masks = Signals.noise(3 * 2 * 20 * 40, seed: 2, amplitude: 0.4).map { abs($0) }
        let out = try filter.run(
            mixture: mixture, values: masks, start: BUSKER_WIENER_MASKS, iterations: 2, frames: 20)
        var sum = [Float](repeating: 0, count: mixture.count)
        for (i, value) in out.enumerated() { sum[i % mixture.count] += value }
        #expect(decibels(mixture, sum) > 60)
    }

    @Test(arguments: [BUSKER_WIENER_MASKS, BUSKER_WIENER_MAGNITUDES, BUSKER_WIENER_SOFT_MAGNITUDES])
    func silenceStaysSilent(start: busker_wiener_start) throws {
        let filter = try Wiener(busker_wiener_config(bins: 5, frames_max: 4, channels: 2, sources: 2, residual: true))
        let nothing = [Float](repeating: 0, count: 2 * 4 * 5 * 2)
        let out = try filter.run(mixture: nothing, values: nothing, start: start, iterations: 3, frames: 4)
        #expect(out.allSatisfy { $0 == 0 })
        #expect(try filter.run(mixture: [], values: [], start: start, iterations: 3, frames: 0).isEmpty)
    }

    @Test func movesSourcesToTheirPlaces() throws {
        // Two sources, one on each side, in every bin; masks that know them only half.
        let bins = 30
        let frames = 50
        let left = Signals.noise(frames * bins * 2, seed: 3)
        let right = Signals.noise(frames * bins * 2, seed: 4)
        let filter = try Wiener(
            busker_wiener_config(bins: bins, frames_max: frames, channels: 2, sources: 2, residual: false))
        var masks = [Float](repeating: 0.7, count: 4 * frames * bins)
        for i in (frames * bins)..<(3 * frames * bins) { masks[i] = 0.3 }
        let mixture = left + right
        let silence = [Float](repeating: 0, count: left.count)
        let before = try filter.run(
            mixture: mixture, values: masks, start: BUSKER_WIENER_MASKS, iterations: 0, frames: frames)
        let after = try filter.run(
            mixture: mixture, values: masks, start: BUSKER_WIENER_MASKS, iterations: 20, frames: frames)
        let truth = left + silence
        #expect(decibels(truth, Array(after[..<truth.count])) > decibels(truth, Array(before[..<truth.count])) + 6)
    }

    @Test func refusesBadSettingsAndLengths() throws {
        let bad = [
            busker_wiener_config(bins: 0, frames_max: 4, channels: 2, sources: 2, residual: false),
            busker_wiener_config(bins: 5, frames_max: 0, channels: 2, sources: 2, residual: false),
            busker_wiener_config(bins: 5, frames_max: 4, channels: 3, sources: 2, residual: false),
            busker_wiener_config(bins: 5, frames_max: 4, channels: 2, sources: 0, residual: true),
            busker_wiener_config(bins: 5, frames_max: 4, channels: 2, sources: 8, residual: true),
        ]
        for config in bad {
            #expect(throws: AudioError(.badArgument, "")) { _ = try Wiener(config).outputs }
        }
        let filter = try Wiener(busker_wiener_config(bins: 5, frames_max: 4, channels: 1, sources: 1, residual: false))
        let long = [Float](repeating: 0, count: 50)
        #expect(throws: AudioError(.badArgument, "")) {
            _ = try filter.run(
                mixture: long, values: [Float](repeating: 0, count: 25), start: BUSKER_WIENER_MASKS, iterations: 1,
                frames: 5)
        }
    }
}
