// Owns one four-stem separation of the signal core.

import CBuskerDSP

/// Masks of a segment and their application; belongs to one thread.
@safe
struct StemCore: ~Copyable {
    private let handle: OpaquePointer

    init(sampleRate: Int, samplesMax: Int, refinements: Int) throws(AudioError) {
        let transform = StemSeparation.transform(sampleRate: sampleRate)
        var config = busker_stems_config()
        config.sample_rate = UInt32(sampleRate)
        config.fft_size = UInt32(transform.fftSize)
        config.hop = UInt32(transform.hop)
        config.samples_max = samplesMax
        config.refinements = UInt32(refinements)
        var made: OpaquePointer?
        try unsafe busker_stems_create(&config, &made).check("The separation into stems")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The separation was not made.") }
        unsafe handle = made
    }

    deinit { unsafe busker_stems_destroy(handle) }

    /// Begins a segment of half the sum and half the difference of two channels; no side for one channel.
    func begin(mid: Span<Float>, side: Span<Float>) throws(AudioError) {
        try unsafe busker_stems_begin(handle, mid.base, mid.count, side.base, side.count).check(
            "The separation into stems")
    }

    /// Does the next part of the work; returns the share that is done, 1 when the masks are ready.
    func step() throws(AudioError) -> Double {
        var share = 0.0
        try unsafe busker_stems_step(handle, &share).check("The separation into stems")
        return share
    }

    /// Passes samples of the segment's length through the mask of a stem's half.
    func filter(
        stem: Int, half: Int, _ samples: Span<Float>, into out: inout MutableSpan<Float>
    ) throws(AudioError) {
        try unsafe busker_stems_filter(
            handle, UInt32(stem), UInt32(half), samples.base, samples.count, out.base, out.count
        ).check("The separation into stems")
    }
}
