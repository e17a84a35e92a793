// Separates segments by Open-Unmix.

import CBuskerDSP
import CBuskerNeural

/// One thread's share of a separation by Open-Unmix.
@safe
final class OpenUnmixWorker: StockedWorker {
    var stock = SampleStock()

    private let model: OpenUnmix
    private let channels: Int
    private let session: OpaquePointer

    init(_ model: OpenUnmix, channels: Int, plan: SegmentPlan) throws(AudioError) {
        var settings = busker_umx_settings()
        settings.samples_max = plan.window
        settings.threads = model.threads
        settings.iterations = model.settings.iterations
        settings.softmask = model.settings.usesSoftMask
        settings.residual = model.settings.hasResidual ?? false
        var made: OpaquePointer?
        try unsafe busker_umx_session_create(model.core.handle, &settings, &made).check(model.name)
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The separation was not made.") }
        self.model = model
        self.channels = channels
        unsafe session = made
    }

    deinit { unsafe busker_umx_session_destroy(session) }

    func separate(
        _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
    ) throws(AudioError) -> [PlanarAudio] {
        let sound = mixture
        var stems = model.stems.map { _ in stock.take(channels: channels, frames: sound.frames) }
        // A net of one channel hears two channels one after the other; one of two hears a single channel twice.
        let rounds = model.core.channels < channels ? channels : 1
        for round in 0..<rounds {
            try begin(sound, round)
            var share = 0.0
            while share < 1 {
                try unsafe busker_umx_step(session, &share).check(model.name)
                try takeReady(into: &stems, round)
                try report((Double(round) + share) / Double(rounds))
            }
        }
        if let rest = model.rest { sound.leave(in: &stems, at: rest) }
        return stems
    }

    private func begin(_ sound: PlanarAudio, _ round: Int) throws(AudioError) {
        let first = sound.range(of: round).lowerBound
        if model.core.channels <= channels {
            let part = sound.samples.span.extracting(first..<first + model.core.channels * sound.frames)
            try unsafe busker_umx_begin(session, part.base, part.count, sound.frames).check(model.name)
        } else {
            let twice = sound.samples + sound.samples
            try unsafe busker_umx_begin(session, twice.span.base, twice.count, sound.frames).check(model.name)
        }
    }

    /// Copies what the last step finished; both channels of a sound that was heard twice are mixed.
    private func takeReady(into stems: inout [PlanarAudio], _ round: Int) throws(AudioError) {
        var (first, count) = (0, 0)
        unsafe busker_umx_ready(session, &first, &count)
        guard count > 0 else { return }
        for stem in stems.indices {
            for channel in 0..<min(channels, model.core.channels) {
                let place = stems[stem].range(of: round + channel).lowerBound + first
                var part = stems[stem].samples.part(place..<place + count)
                try unsafe busker_umx_read(session, stem, channel, part.base, count).check(model.name)
                guard model.core.channels > channels else { continue }
                var other = [Float](repeating: 0, count: count)
                var room = other.mutableSpan
                try unsafe busker_umx_read(session, stem, 1, room.base, count).check(model.name)
                busker_gain(&part, 0.5)
                unsafe busker_mix_add(other.span.base, count, 0.5, part.base, count)
            }
        }
    }
}

extension PlanarAudio {
    /// Replaces one of the stems by what the others leave of this sound.
    func leave(in stems: inout [PlanarAudio], at rest: Int) {
        var left = self
        for at in stems.indices where at != rest { left.subtract(stems[at]) }
        stems[rest] = left
    }
}
