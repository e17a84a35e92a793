// Owns one search for similar frames of the signal core.

import CBuskerDSP

/// Frames that sound alike, and the median over them; belongs to one thread.
@safe
struct SimilarityCore: ~Copyable {
    private let handle: OpaquePointer

    init(_ config: busker_similarity_config) throws(AudioError) {
        var config = config
        var made: OpaquePointer?
        try unsafe busker_similarity_create(&config, &made).check("The search for similar frames")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The search was not made.") }
        unsafe handle = made
    }

    deinit { unsafe busker_similarity_destroy(handle) }

    /// Finds the neighbours of every frame; magnitudes are channel after channel.
    func find(_ magnitudes: Span<Float>, channels: Int, frames: Int) throws(AudioError) {
        try unsafe busker_similarity_find(handle, magnitudes, channels, frames).check("The search for similar frames")
    }

    /// The median of every bin over the neighbours that were found.
    func median(_ magnitudes: Span<Float>, channels: Int, into out: inout MutableSpan<Float>) throws(AudioError) {
        try unsafe busker_similarity_median(
            handle, magnitudes.base, magnitudes.count, channels, out.base, out.count
        )
        .check("The median of similar frames")
    }
}
