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
        guard let first = model.bag.nets.first?.core else { throw AudioError(.coreFailed, "The bag is empty.") }
        try unsafe busker_htdemucs_session_create(first.handle, model.bag.segment, model.threads, &made)
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
        let nets = model.bag.nets
        var stems = model.stems.map { _ in stock.take(channels: channels, frames: sound.frames) }
        for stem in stems.indices where stem != model.rest {
            unsafe stems[stem].samples.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) }
        }
        for (at, net) in nets.enumerated() {
            try run(net, on: sound) { (share: Double) throws(AudioError) in
                try report((Double(at) + share) / Double(nets.count))
            }
            for stem in stems.indices where stem != model.rest && net.shares[model.sources[stem]] > 0 {
                try add(net.shares[model.sources[stem]], of: model.sources[stem], to: &stems[stem])
            }
        }
        if let rest = model.rest { sound.leave(in: &stems, at: rest) }
        return stems
    }

    private func run(
        _ net: HTDemucsBag.Net, on sound: PlanarAudio, report: (Double) throws(AudioError) -> Void
    ) throws(AudioError) {
        if model.bag.nets.count > 1 {
            guard unsafe busker_htdemucs_turn(session, net.core.handle) == BUSKER_NEURAL_OK else {
                throw AudioError(.badWeights, "The nets of the bag differ in size, so they cannot share memory.")
            }
        }
        // A single channel is heard twice.
        let heard = channels == 1 ? sound.samples + sound.samples : sound.samples
        try unsafe busker_htdemucs_begin(session, heard.span.base, heard.count).check(model.name)
        var share = 0.0
        while share < 1 {
            try unsafe busker_htdemucs_step(session, &share).check(model.name)
            try report(share)
        }
    }

    /// Adds a share of what the net made of a source; of a sound that was heard twice, the mean of both.
    private func add(_ share: Float, of source: Int, to stem: inout PlanarAudio) throws(AudioError) {
        let copies = channels == 1 ? Int(BUSKER_HTDEMUCS_CHANNELS) : 1
        var made = stock.take(channels: 1, frames: stem.frames)
        for channel in 0..<channels * copies {
            var room = made.samples.mutableSpan
            try unsafe busker_htdemucs_read(session, source, channel, room.base, room.count).check(model.name)
            var part = stem.samples.part(stem.range(of: channel / copies))
            unsafe busker_mix_add(
                made.samples.span.base, made.samples.count, share / Float(copies), part.base, part.count)
        }
        stock.give([made])
    }
}
