// Where the stems of all passes through a sound come together.

import CBuskerDSP

/// Averages what several passes made of a sound, brings it to the sound's rate, and hands it out.
final class StemOutlet {
    /// The largest absolute sample of each stem.
    private(set) var peaks: [Float]

    private let channels: Int
    private let leads: [Int]
    private let bridge: RateBridge?
    private let output: (StemBlock) throws(AudioError) -> Void
    /// What each pass made and not all have: for each pass the samples of each stem.
    private var waiting: [[[Float]]]
    private var next = 0

    init(
        stems: Int, channels: Int, leads: [Int], bridge: RateBridge?,
        output: @escaping (StemBlock) throws(AudioError) -> Void
    ) {
        self.channels = channels
        self.leads = leads
        self.bridge = bridge
        self.output = output
        peaks = [Float](repeating: 0, count: stems)
        waiting = [[[Float]]](repeating: [[Float]](repeating: [], count: stems), count: leads.count)
    }

    /// Takes the next block of a pass.
    func take(_ block: StemBlock, from pass: Int) throws(AudioError) {
        guard leads.count > 1 || leads[pass] > 0 else { return try bring(block) }
        // The silence before the sound is left out.
        let skipped = min(block.frames, max(0, leads[pass] - block.firstFrame)) * channels
        for stem in block.samples.indices { waiting[pass][stem] += block.samples[stem][skipped...] }
        let ready = waiting.map { ($0.first ?? []).count }.min() ?? 0
        guard ready > 0 else { return }
        var mean = peaks.map { _ in [Float](repeating: 0, count: ready) }
        for pass in waiting.indices {
            for stem in mean.indices {
                var target = mean[stem].mutableSpan
                let source = waiting[pass][stem]
                unsafe busker_mix_add(
                    source.span.extracting(..<ready).base, ready, 1 / Float(leads.count), target.base, ready)
                waiting[pass][stem] = Array(source[ready...])
            }
        }
        let frames = ready / channels
        defer { next += frames }
        try bring(StemBlock(firstFrame: next, frames: frames, samples: mean))
    }

    /// Hands out what the way to the sound's rate held back.
    func finish() throws(AudioError) {
        if let block = try bridge?.finish() { try give(block) }
    }

    private func bring(_ block: StemBlock) throws(AudioError) {
        guard let bridge else { return try give(block) }
        if let block = try bridge.back(block) { try give(block) }
    }

    private func give(_ block: StemBlock) throws(AudioError) {
        for (at, stem) in block.samples.enumerated() { peaks[at] = max(peaks[at], busker_peak(stem.span)) }
        try output(block)
    }
}
