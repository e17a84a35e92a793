// Place from two channels: formulas against double precision, and the cases with a known answer.

import CBuskerDSP
import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

/// A complex number in double precision, for the formulas.
private struct Complex {
    var re: Double
    var im: Double

    init(_ values: [Float], _ bin: Int, gain: Double = 1) {
        re = Double(values[2 * bin]) * gain
        im = Double(values[2 * bin + 1]) * gain
    }

    init(_ re: Double, _ im: Double) { (self.re, self.im) = (re, im) }

    var size: Double { sqrt(re * re + im * im) }
    static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
    func dot(_ other: Complex) -> Double { re * other.re + im * other.im }
}

/// A coherence meter, ended with the test.
@safe private struct Coherence: ~Copyable {
    private let handle: OpaquePointer

    init(bins: Int, framesAround: Int, binsAround: Int) throws {
        var made: OpaquePointer?
        let config = busker_coherence_config(bins: bins, frames_around: framesAround, bins_around: binsAround)
        try unsafe withUnsafePointer(to: config) { unsafe busker_coherence_create($0, &made) }.check("coherence")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "no handle") }
        unsafe handle = made
    }

    deinit { unsafe busker_coherence_destroy(handle) }

    func measure(_ left: [Float], _ right: [Float]) throws -> (coherence: [Float], alignment: [Float]) {
        var coherence = [Float](repeating: .nan, count: left.count / 2)
        var alignment = coherence
        var first = coherence.mutableSpan
        var second = alignment.mutableSpan
        try unsafe busker_coherence_measure(handle, left.span, right.span, &first, &second).check("coherence")
        return (coherence, alignment)
    }
}

private func similarity(
    _ left: [Float], _ right: [Float], bins: Int, low: Int = 0, exponent: UInt32 = 1
) throws -> [Float] {
    var mask = [Float](repeating: .nan, count: left.count / 2)
    var span = mask.mutableSpan
    try busker_centre_similarity(left.span, right.span, bins, low, exponent, &span).check("similarity")
    return mask
}

private func cut(_ left: [Float], _ right: [Float]) throws -> [Float] {
    var centre = [Float](repeating: .nan, count: left.count)
    var span = centre.mutableSpan
    try busker_centre_cut(left.span, right.span, &span).check("cut")
    return centre
}

private func panning(_ left: [Float], _ right: [Float]) throws -> (place: [Float], agreement: [Float]) {
    var place = [Float](repeating: .nan, count: left.count / 2)
    var agreement = place
    var first = place.mutableSpan
    var second = agreement.mutableSpan
    try busker_centre_panning(left.span, right.span, &first, &second).check("panning")
    return (place, agreement)
}

@Suite(.serialized) struct CentreTests {
    let left = Signals.noise(2 * 7 * 41, seed: 1)
    let right = Signals.noise(2 * 7 * 41, seed: 2)

    @Test(arguments: ["baseline", "avx2", "avx512"], [1, 2, 5])
    func similarityEqualsFormula(set: String, exponent: UInt32) throws {
        try withInstructionSet(set) {
            let mask = try similarity(left, right, bins: 41, low: 3, exponent: exponent)
            for i in mask.indices {
                let l = Complex(left, i)
                let r = Complex(right, i)
                let expected = i % 41 < 3 ? 0 : pow(1 - (l - r).size / (l.size + r.size), Double(exponent))
                #expect(abs(Double(mask[i]) - expected) < 1e-6)
            }
        }
    }

    @Test func similarityKnowsTheEnds() throws {
        let silence = [Float](repeating: 0, count: left.count)
        let turned = left.map { -$0 }
        #expect(try similarity(left, left, bins: 41, exponent: 2).allSatisfy { $0 == 1 })
        #expect(try similarity(left, turned, bins: 41, exponent: 2).allSatisfy { $0 < 1e-6 })
        #expect(try similarity(left, silence, bins: 41, exponent: 2).allSatisfy { $0 == 0 })
        #expect(try similarity(silence, silence, bins: 41).allSatisfy { $0 == 0 })
        #expect(try similarity(left, left, bins: 41, low: 100).allSatisfy { $0 == 0 })
        // Twice as loud on one side: 1 - 1 / 3.
        #expect(try similarity(left, left.map { 2 * $0 }, bins: 41).allSatisfy { abs($0 - 2 / 3) < 1e-6 })
    }

    @Test(arguments: ["baseline", "avx2", "avx512"])
    func cutLeavesOrthogonalSides(set: String) throws {
        try withInstructionSet(set) {
            let centre = try cut(left, right)
            for i in 0..<(left.count / 2) {
                let l = Complex(left, i)
                let r = Complex(right, i)
                let c = Complex(centre, i)
                guard l.dot(r) > 0 else {
                    #expect(c.size == 0)
                    continue
                }
                #expect(abs((l - c).dot(r - c)) < 1e-6)
                #expect(c.size > 0 && c.size <= max(l.size, r.size) + 1e-6)
            }
        }
    }

    @Test func cutKnowsTheEnds() throws {
        let silence = [Float](repeating: 0, count: left.count)
        #expect(decibels(left, try cut(left, left)) > 120)
        #expect(try cut(left, silence) == silence)
        #expect(try cut(silence, silence) == silence)
        #expect(try cut(left, left.map { -$0 }) == silence)
        // Panned by level only, the quieter channel is all centre.
        #expect(decibels(left, try cut(left, left.map { 3 * $0 })) > 100)
    }

    @Test(arguments: ["baseline", "avx2", "avx512"])
    func panningEqualsFormula(set: String) throws {
        try withInstructionSet(set) {
            let (place, agreement) = try panning(left, right)
            for i in place.indices {
                let l = Complex(left, i)
                let r = Complex(right, i)
                let sum = l.dot(l) + r.dot(r)
                #expect(abs(Double(place[i]) - (r.dot(r) - l.dot(l)) / sum) < 1e-6)
                #expect(abs(Double(agreement[i]) - 2 * l.dot(r) / sum) < 1e-6)
            }
        }
    }

    @Test func panningFindsPannedSines() throws {
        // A spectrum line panned with a constant power law: place is the sine of twice the angle from the middle.
        for angle in stride(from: 0.0, through: Double.pi / 2, by: 0.1) {
            let line: [Float] = [0.3, -0.7]
            let l = line.map { Float(cos(angle)) * $0 }
            let r = line.map { Float(sin(angle)) * $0 }
            let (place, agreement) = try panning(l, r)
            #expect(abs(Double(place[0]) + cos(2 * angle)) < 1e-6)
            #expect(abs(Double(agreement[0]) - sin(2 * angle)) < 1e-6)
        }
        let silence: [Float] = [0, 0]
        let (place, agreement) = try panning(silence, silence)
        #expect(place == [0] && agreement == [0])
    }

    @Test(arguments: [(0, 0), (1, 0), (0, 3), (2, 5), (30, 60)], ["baseline", "avx2", "avx512"])
    func coherenceEqualsFormula(around: (frames: Int, bins: Int), set: String) throws {
        try withInstructionSet(set) {
            let (frames, bins) = (7, 41)
            let meter = try Coherence(bins: bins, framesAround: around.frames, binsAround: around.bins)
            let (coherence, alignment) = try meter.measure(left, right)
            for t in stride(from: 0, to: frames, by: 3) {
                for b in stride(from: 0, to: bins, by: 5) {
                    var (ll, rr, re, im) = (0.0, 0.0, 0.0, 0.0)
                    for frame in max(0, t - around.frames)...min(frames - 1, t + around.frames) {
                        for bin in max(0, b - around.bins)...min(bins - 1, b + around.bins) {
                            let l = Complex(left, frame * bins + bin)
                            let r = Complex(right, frame * bins + bin)
                            ll += l.dot(l)
                            rr += r.dot(r)
                            re += l.dot(r)
                            im += l.im * r.re - l.re * r.im
                        }
                    }
                    #expect(abs(Double(coherence[t * bins + b]) - (re * re + im * im) / (ll * rr)) < 1e-5)
                    #expect(abs(Double(alignment[t * bins + b]) - re / sqrt(ll * rr)) < 1e-5)
                }
            }
        }
    }

    @Test func coherenceKnowsOneSourceAndSilence() throws {
        let meter = try Coherence(bins: 41, framesAround: 1, binsAround: 1)
        let one = try meter.measure(left, left.map { -0.4 * $0 })
        #expect(one.coherence.allSatisfy { $0 > 0.999 })
        #expect(one.alignment.allSatisfy { $0 < -0.999 })
        // Silence after noise is silence again as soon as the window has left the noise.
        let quiet = [Float](repeating: 0, count: 2 * 41 * 3)
        let after = try meter.measure(left + quiet, right + quiet)
        #expect(after.coherence.suffix(2 * 41).allSatisfy { $0 == 0 })
        let wide = try Coherence(bins: 41, framesAround: 3, binsAround: 10).measure(left, right)
        #expect(wide.coherence.reduce(0, +) / Float(wide.coherence.count) < 0.1)
        #expect(try meter.measure([], []).coherence.isEmpty)
    }

    @Test func midSideReturns() {
        var a = left
        var b = right
        var first = a.mutableSpan
        var second = b.mutableSpan
        busker_centre_mid_side(&first, &second, false)
        #expect(abs(a[5] - (left[5] + right[5]) / 2) < 1e-7)
        #expect(abs(b[5] - (left[5] - right[5]) / 2) < 1e-7)
        var third = a.mutableSpan
        var fourth = b.mutableSpan
        busker_centre_mid_side(&third, &fourth, true)
        #expect(decibels(left, a) > 120)
        #expect(decibels(right, b) > 120)
    }

    @Test func refusesBadSettingsAndLengths() throws {
        let bad = AudioError(.badArgument, "")
        #expect(throws: bad) { _ = try similarity(left, right, bins: 0) }
        #expect(throws: bad) { _ = try similarity(left, right, bins: 40) }
        #expect(throws: bad) { _ = try similarity(left, right, bins: 41, exponent: 0) }
        #expect(throws: bad) { _ = try similarity(left, right, bins: 41, exponent: 9) }
        #expect(throws: bad) { _ = try cut([1, 2, 3], [1, 2, 3]) }
        #expect(throws: bad) { _ = try Coherence(bins: 41, framesAround: 33, binsAround: 1).measure([], []) }
        let meter = try Coherence(bins: 40, framesAround: 1, binsAround: 1)
        #expect(throws: bad) { _ = try meter.measure(left, right) }
    }
}
