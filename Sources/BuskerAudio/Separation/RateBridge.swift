// Brings sounds to the rate of a model and its stems back to that of the sound.

import CBuskerDSP

/// The way to a model that was made for another rate, and back.
///
/// What the model cannot hear, above half its rate, stays in the stem that is what the others leave, if there is one: then the
/// stems sum to the sound as it was.
final class RateBridge {
    let soundRate: Int
    let modelRate: Int
    private let channels: Int
    private let rest: Int?
    private let meter: LevelMeter
    private let there: Converter
    /// For each stem but the rest.
    private var ways: [Converter?] = []
    /// The sound from the first frame that was not given back.
    private var sound: [Float] = []
    private var taken = 0
    private var given = 0

    init(from soundRate: Int, to modelRate: Int, channels: Int, stems: Int, rest: Int?) throws(AudioError) {
        self.soundRate = soundRate
        self.modelRate = modelRate
        self.channels = channels
        self.rest = rest
        meter = try LevelMeter(channels: channels)
        there = try Converter(soundRate, modelRate, channels)
        for stem in 0..<stems { ways.append(stem == rest ? nil : try Converter(modelRate, soundRate, channels)) }
    }

    /// The next samples of the sound at the model's rate.
    func push(_ samples: Span<Float>) throws(AudioError) -> [Float] {
        var clean = unsafe samples.withUnsafeBufferPointer { unsafe Array($0) }
        let meter = meter
        try unsafe clean.withUnsafeMutableBufferPointer { all throws(AudioError) in try unsafe meter.clean(all) }
        if rest != nil { sound += clean }
        taken += clean.count / channels
        return try there.push(clean)
    }

    /// The rest of the sound at the model's rate.
    func end() throws(AudioError) -> [Float] { try there.finish() }

    /// The next stems at the sound's rate, as far as they are known.
    func back(_ block: StemBlock) throws(AudioError) -> StemBlock? {
        var stems: [[Float]] = []
        for (at, samples) in block.samples.enumerated() { stems.append(try ways[at]?.push(samples) ?? []) }
        return joined(stems, frames: (stems.map(\.count).max() ?? 0) / channels)
    }

    /// What is left of the stems; in all they are as long as the sound.
    func finish() throws(AudioError) -> StemBlock? {
        let frames = taken - given
        var stems: [[Float]] = []
        for way in ways {
            var last = Array((try way?.finish() ?? []).prefix(frames * channels))
            last += repeatElement(0, count: frames * channels - last.count)
            stems.append(last)
        }
        return joined(stems, frames: frames)
    }

    private func joined(_ stems: consuming [[Float]], frames: Int) -> StemBlock? {
        guard frames > 0 else { return nil }
        var stems = stems
        if let rest {
            var left = Array(sound.prefix(frames * channels))
            sound.removeFirst(left.count)
            left += repeatElement(0, count: frames * channels - left.count)
            var room = left.mutableSpan
            for at in stems.indices where at != rest {
                let part = stems[at]
                unsafe busker_subtract(part.span.base, part.count, room.base, room.count)
            }
            stems[rest] = left
        }
        defer { given += frames }
        return StemBlock(firstFrame: given, frames: frames, samples: stems)
    }

    /// A converter as an object.
    private final class Converter {
        private var resampler: Resampler

        init(_ from: Int, _ to: Int, _ channels: Int) throws(AudioError) {
            resampler = try Resampler(from: from, to: to, channels: channels)
        }

        func push(_ samples: [Float]) throws(AudioError) -> [Float] {
            var out: [Float] = []
            try resampler.push(samples.span, into: &out)
            return out
        }

        func finish() throws(AudioError) -> [Float] {
            var out: [Float] = []
            try resampler.finish(into: &out)
            return out
        }
    }
}
