// Separates segments into stems: folds down, asks the core for masks, applies them.

import CBuskerDSP

/// One thread's share of the separation into stems.
final class StemWorker: StockedWorker {
    var stock = SampleStock()

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
        // Two channels are turned into mid and side in place, separated as such, and turned back at the end.
        var rest = mixture
        if channels == 2 { rest.turnMidSide(back: false) }
        try begin(rest)
        var share = 0.0
        while share < 1 {
            share = try core.step()
            try report(Self.maskShare * share)
        }
        var stems: [PlanarAudio] = []
        for stem in 0..<count - 1 {
            stems.append(try filter(stem, rest))
            try report(Self.maskShare + (1 - Self.maskShare) * Double(stem + 1) / Double(count - 1))
        }
        for stem in stems { rest.subtract(stem) }
        stems.append(rest)
        if channels == 2 { for at in stems.indices { stems[at].turnMidSide(back: true) } }
        return stems
    }

    private func begin(_ sound: PlanarAudio) throws(AudioError) {
        let first = sound.samples.span.extracting(sound.range(of: 0))
        switch channels {
        case 1: try core.begin(mid: first, side: first.extracting(first: 0))
        case 2: try core.begin(mid: first, side: sound.samples.span.extracting(sound.range(of: 1)))
        default:
            let folded = sound.foldedDown()
            let samples = folded.samples
            try core.begin(
                mid: samples.span.extracting(folded.range(of: 0)), side: samples.span.extracting(folded.range(of: 1)))
        }
    }

    /// A stem of the sound: mid and side by their own masks, any other number of channels by those of the middle.
    private func filter(_ stem: Int, _ sound: PlanarAudio) throws(AudioError) -> PlanarAudio {
        var out = stock.take(channels: channels, frames: sound.frames)
        for channel in 0..<channels {
            let half = channels == 2 && channel == 1 ? BUSKER_HALF_SIDE : BUSKER_HALF_MID
            var samples = out.samples.part(out.range(of: channel))
            try core.filter(
                stem: stem, half: Int(half), sound.samples.span.extracting(sound.range(of: channel)), into: &samples)
        }
        return out
    }
}

extension PlanarAudio {
    /// Turns left and right into half their sum and half their difference, or back; only for two channels.
    fileprivate mutating func turnMidSide(back: Bool) {
        var both = samples.mutableSpan
        guard let base = unsafe both.base else { return }
        unsafe busker_centre_mid_side(base, base + frames, frames, back)
    }

    /// Mid and side of a fold-down to stereo (ITU-R BS.775) of three channels or more, in the order of WAVE.
    fileprivate func foldedDown() -> PlanarAudio {
        var stereo = PlanarAudio(channels: 2, frames: frames)
        for channel in 0..<channels {
            for (side, weight) in Self.foldWeights(channels, channel).enumerated() where weight > 0 {
                let source = samples.span.extracting(range(of: channel))
                var target = stereo.samples.part(stereo.range(of: side))
                unsafe busker_mix_add(source.base, source.count, weight, target.base, target.count)
            }
        }
        stereo.turnMidSide(back: false)
        return stereo
    }

    /// How loud a channel sounds left and right; LFE, the fourth of six and eight, is left out.
    private static func foldWeights(_ channels: Int, _ channel: Int) -> [Float] {
        let (left, right, centre): ([Float], [Float], [Float]) = ([0.7071, 0], [0, 0.7071], [0.7071, 0.7071])
        if channel < 2 { return channel == 0 ? [1, 0] : [0, 1] }
        let others: [[Float]] =
            switch channels {
            case 3: [centre]
            case 4: [left, right]
            case 5: [centre, left, right]
            case 6: [centre, [0, 0], left, right]
            case 7: [centre, [0, 0], centre, left, right]
            default: [centre, [0, 0], left, right, left, right]
            }
        return others[channel - 2]
    }
}
