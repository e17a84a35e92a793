// Separates segments by HTDemucs.

import CBuskerDSP
import CBuskerNeural

/// One thread's share of a separation by HTDemucs.
@safe
final class HTDemucsWorker: StockedWorker {
    var stock = SampleStock()

    private let model: HTDemucs
    private let channels: Int
    private let session: OpaquePointer

    init(_ model: HTDemucs, channels: Int) throws(AudioError) {
        var made: OpaquePointer?
        try unsafe busker_htdemucs_session_create(model.core.handle, model.core.segment, model.threads, &made)
            .check(model.name)
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The separation was not made.") }
        self.model = model
        self.channels = channels
        unsafe session = made
    }

    deinit { unsafe busker_htdemucs_session_destroy(session) }

    func separate(
        _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
    ) throws(AudioError) -> [PlanarAudio] {
        let sound = mixture
        let frames = sound.frames
        // A single channel is heard twice.
        let heard = channels == 1 ? sound.samples + sound.samples : sound.samples
        try unsafe busker_htdemucs_begin(session, heard.span.base, heard.count).check(model.name)
        var share = 0.0
        while share < 1 {
            try unsafe busker_htdemucs_step(session, &share).check(model.name)
            try report(share)
        }
        var stems = model.stems.map { _ in stock.take(channels: channels, frames: frames) }
        for stem in stems.indices {
            for channel in 0..<channels {
                var part = stems[stem].samples.part(stems[stem].range(of: channel))
                try unsafe busker_htdemucs_read(session, stem, channel, part.base, frames).check(model.name)
            }
            if channels == 1 { try mixSecond(stem, into: &stems[stem]) }
        }
        if let rest = model.rest { sound.leave(in: &stems, at: rest) }
        return stems
    }

    /// Mixes what the net made of the second copy of a single channel into that of the first.
    private func mixSecond(_ stem: Int, into sound: inout PlanarAudio) throws(AudioError) {
        var other = stock.take(channels: 1, frames: sound.frames)
        var room = other.samples.mutableSpan
        try unsafe busker_htdemucs_read(session, stem, 1, room.base, room.count).check(model.name)
        var whole = sound.samples.mutableSpan
        busker_gain(&whole, 0.5)
        unsafe busker_mix_add(room.base, room.count, 0.5, whole.base, whole.count)
        stock.give([other])
    }
}
