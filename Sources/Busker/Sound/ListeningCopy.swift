// A small copy of a sound to listen to before, or instead of, the whole.

import BuskerAudio

/// How a listening copy is cut from a sound.
struct ListeningCopy: Sendable, Hashable {
    /// Which second it begins at.
    var start = 0.0
    /// How many seconds it lasts; to the end when there are none.
    var seconds: Double?
    /// How long it fades in and out.
    var fade = 0.0
    /// Frames in a second at most; the next lower rate that MP3 has is taken.
    var rateMax = 44_100
    /// Bits in a second, in thousands.
    var kilobits = 128

    /// Writes the copy as MP3 with one or two channels.
    ///
    /// - Throws: what reading or writing throws; `badArgument` when it begins behind the end.
    func write(_ source: AudioSource, to path: String, progress: (Double) -> Void = { _ in }) throws(AudioError) {
        var reader = try AudioReader(source)
        let rate = reader.format.sampleRate
        if start > 0 { try reader.seek(toFrame: Int(start * Double(rate))) }
        let channels = min(reader.format.channels, 2)
        let target =
            AudioWriterSettings.sampleRates(for: .mp3(kilobits: kilobits)).last { $0 <= min(rate, rateMax) } ?? 8_000
        let bits = AudioWriterSettings.mp3Kilobits(sampleRate: target).last { $0 <= kilobits } ?? 8
        let settings = AudioWriterSettings(.mp3(kilobits: bits), sampleRate: target, channels: channels)
        var writer = try AudioWriter(.file(path), settings: settings)
        var resampler = target == rate ? nil : try Resampler(from: rate, to: target, channels: channels)
        let begin = reader.position
        let declared = (reader.declaredFrames ?? Int.max) - begin
        let length = seconds.map { min(Int($0 * Double(rate)), declared) } ?? declared
        var block = [Float](repeating: 0, count: 8_192 * reader.format.channels)
        var done = 0
        var output: [Float] = []
        while done < length {
            var room = block.mutableSpan
            let frames = min(try reader.read(into: &room), length - done)
            guard frames > 0 else { break }
            var mixed = Self.mix(block, frames: frames, from: reader.format.channels, to: channels)
            apply(fadeOver: length, at: done, rate: rate, channels: channels, to: &mixed)
            done += frames
            if resampler == nil {
                try writer.write(mixed.span)
            } else {
                output.removeAll(keepingCapacity: true)
                try resampler?.push(mixed.span, into: &output)
                try writer.write(output.span)
            }
            if length < Int.max - begin { progress(Double(done) / Double(length)) }
        }
        guard done > 0 else { throw AudioError(.badArgument, "The copy begins behind the end of the sound.") }
        output.removeAll(keepingCapacity: true)
        try resampler?.finish(into: &output)
        if !output.isEmpty { try writer.write(output.span) }
        _ = try writer.finish()
    }

    /// Two channels stay; of more, the even ones go to the left and the odd ones to the right, at their mean.
    private static func mix(_ block: [Float], frames: Int, from channels: Int, to wanted: Int) -> [Float] {
        guard channels != wanted else { return Array(block[..<(frames * channels)]) }
        var mixed = [Float](repeating: 0, count: frames * wanted)
        for side in 0..<wanted {
            let sources = stride(from: side, to: channels, by: wanted)
            let share = 1 / Float(max(1, (channels - side + wanted - 1) / wanted))
            for frame in 0..<frames {
                var sum: Float = 0
                for channel in sources { sum += block[frame * channels + channel] }
                mixed[frame * wanted + side] = sum * share
            }
        }
        return mixed
    }

    /// Fades the beginning and the end linearly.
    private func apply(fadeOver length: Int, at first: Int, rate: Int, channels: Int, to samples: inout [Float]) {
        let ramp = Int(fade * Double(rate))
        guard ramp > 0 else { return }
        for frame in 0..<(samples.count / channels) {
            let place = first + frame
            let nearest = min(place, length == .max ? .max : length - 1 - place)
            guard nearest < ramp else { continue }
            let gain = Float(nearest) / Float(ramp)
            for channel in 0..<channels { samples[frame * channels + channel] *= gain }
        }
    }
}
