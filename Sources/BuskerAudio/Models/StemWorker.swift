// Separates segments into stems: folds down, asks the core for masks, applies them.

import CBuskerDSP

/// One thread's share of the separation into stems.
final class StemWorker: SeparationWorker {
    /// The share of the work that goes into the masks; the rest is their application.
    private static let maskShare = 0.8

    private let core: StemCore
    private let channels: Int
    private let count: Int

    init(_ model: StemSeparation, sampleRate: Int, channels: Int) throws(AudioError) {
        let plan = model.plan(sampleRate: sampleRate, channels: channels)
        core = try StemCore(sampleRate: sampleRate, samplesMax: plan.window, refinements: model.refinements)
        self.channels = channels
        count = model.stems.count
    }

    func separate(
        _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
    ) throws(AudioError) -> [PlanarAudio] {
        var rest = mixture
        let halves = Halves(of: rest)
        try core.begin(mid: halves.mid.span, side: halves.side.span)
        return try finish(&rest, report)
    }

    /// Makes the masks, passes the sound through them, and leaves what no stem took.
    private func finish(
        _ rest: inout PlanarAudio, _ report: (Double) throws(AudioError) -> Void
    ) throws(AudioError) -> [PlanarAudio] {
        var share = 0.0
        while share < 1 {
            share = try core.step()
            try report(Self.maskShare * share)
        }
        var stems: [PlanarAudio] = []
        for stem in 0..<count - 1 {
            stems.append(channels == 2 ? try render(stem, frames: rest.frames) : try filter(stem, rest))
            try report(Self.maskShare + (1 - Self.maskShare) * Double(stem + 1) / Double(count - 1))
        }
        for stem in stems { rest.subtract(stem) }
        return stems + [rest]
    }

    /// Two channels: each half has its own masks, and the stem is turned back into left and right.
    private func render(_ stem: Int, frames: Int) throws(AudioError) -> PlanarAudio {
        var out = PlanarAudio(channels: 2, frames: frames)
        let (left, right) = (out.range(of: 0), out.range(of: 1))
        var middle = out.samples.part(left)
        try core.render(stem: stem, half: Int(BUSKER_HALF_MID), into: &middle)
        var sides = out.samples.part(right)
        try core.render(stem: stem, half: Int(BUSKER_HALF_SIDE), into: &sides)
        var both = out.samples.mutableSpan
        guard let base = unsafe both.base else { return out }
        unsafe busker_centre_mid_side(base, base + frames, frames, true)
        return out
    }

    /// Any other number of channels: all of them follow the masks of the middle.
    private func filter(_ stem: Int, _ mixture: PlanarAudio) throws(AudioError) -> PlanarAudio {
        var out = PlanarAudio(channels: channels, frames: mixture.frames)
        for channel in 0..<channels {
            var samples = out.samples.part(out.range(of: channel))
            try core.filter(stem: stem, mixture.samples.span.extracting(mixture.range(of: channel)), into: &samples)
        }
        return out
    }
}

/// Half the sum and half the difference of the left and the right side of a sound.
private struct Halves {
    let mid: [Float]
    /// Nothing for a sound of one channel.
    let side: [Float]

    init(of mixture: PlanarAudio) {
        let first = Array(mixture.samples[mixture.range(of: 0)])
        guard mixture.channels > 1 else {
            mid = first
            side = []
            return
        }
        var left = first
        var right = Array(mixture.samples[mixture.range(of: 1)])
        for (channel, weights) in Self.foldDown(mixture.channels) {
            let samples = mixture.samples.span.extracting(mixture.range(of: channel))
            Self.add(samples, weights.left, to: &left)
            Self.add(samples, weights.right, to: &right)
        }
        unsafe left.withUnsafeMutableBufferPointer { a in
            unsafe right.withUnsafeMutableBufferPointer { b in
                guard let a = a.baseAddress, let other = b.baseAddress else { return }
                unsafe busker_centre_mid_side(a, other, b.count, false)
            }
        }
        mid = left
        side = right
    }

    /// How channels beyond the first two, in the order of WAVE, sound in stereo (ITU-R BS.775); LFE is left out.
    private static func foldDown(_ channels: Int) -> [(Int, (left: Float, right: Float))] {
        let (centre, left, right):
            ((left: Float, right: Float), (left: Float, right: Float), (left: Float, right: Float)) =
                ((0.7071, 0.7071), (0.7071, 0), (0, 0.7071))
        return switch channels {
        case 3: [(2, centre)]
        case 4: [(2, left), (3, right)]
        case 5: [(2, centre), (3, left), (4, right)]
        case 6: [(2, centre), (4, left), (5, right)]
        case 7: [(2, centre), (4, centre), (5, left), (6, right)]
        case 8: [(2, centre), (4, left), (5, right), (6, left), (7, right)]
        default: []
        }
    }

    private static func add(_ samples: Span<Float>, _ weight: Float, to sum: inout [Float]) {
        guard weight > 0 else { return }
        var target = sum.mutableSpan
        unsafe busker_mix_add(samples.base, samples.count, weight, target.base, target.count)
    }
}
