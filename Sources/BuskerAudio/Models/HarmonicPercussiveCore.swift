// Owns one harmonic/percussive estimator of the signal core.

import CBuskerDSP

/// Harmonic and percussive masks of magnitudes; belongs to one thread.
@safe
struct HarmonicPercussiveCore: ~Copyable {
    private let handle: OpaquePointer

    init(_ config: busker_hpss_config) throws(AudioError) {
        var config = config
        var made: OpaquePointer?
        try unsafe busker_hpss_create(&config, &made).check("The harmonic/percussive separation")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The separation was not made.") }
        unsafe handle = made
    }

    deinit { unsafe busker_hpss_destroy(handle) }

    /// Masks of frames, one after another; all three have as many values.
    func masks(
        of magnitudes: Span<Float>, harmonic: inout MutableSpan<Float>, percussive: inout MutableSpan<Float>
    ) throws(AudioError) {
        try unsafe busker_hpss_masks(
            handle, magnitudes.base, magnitudes.count, harmonic.base, harmonic.count, percussive.base, percussive.count
        )
        .check("The harmonic/percussive separation")
    }
}
