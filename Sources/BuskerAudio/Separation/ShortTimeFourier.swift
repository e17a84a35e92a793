// Owns one short-time Fourier transform of the signal core.

import CBuskerDSP

/// A short-time Fourier transform of blocks and its exact inverse; belongs to one thread.
@safe
struct ShortTimeFourier: ~Copyable {
    let transform: SpectralTransform
    private let handle: OpaquePointer

    /// Throws `bad_argument` where the window and hop could not be undone.
    init(_ transform: SpectralTransform) throws(AudioError) {
        guard (64...65536).contains(transform.fftSize), (1...transform.fftSize).contains(transform.hop) else {
            throw AudioError(
                .badArgument, "A transform of \(transform.fftSize) samples every \(transform.hop) is not supported.")
        }
        let window =
            switch transform.window {
            case .hann: BUSKER_WINDOW_HANN
            case .squareRootHann: BUSKER_WINDOW_SQRT_HANN
            case .hamming: BUSKER_WINDOW_HAMMING
            }
        var config = busker_stft_config()
        config.fft_size = UInt32(transform.fftSize)
        config.hop = UInt32(transform.hop)
        config.window = window
        var made: OpaquePointer?
        unsafe try busker_stft_create(&config, &made).check("The Fourier transform")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The Fourier transform was not made.") }
        self.transform = transform
        unsafe handle = made
    }

    deinit { unsafe busker_stft_destroy(handle) }

    /// Spectra of a block of `count` samples.
    func frames(of count: Int) -> Int { unsafe busker_stft_frames(handle, count) }

    /// Transforms a block; `spectra` holds `frames(of:) * 2 * bins` values.
    func analyse(_ samples: Span<Float>, into spectra: inout MutableSpan<Float>) throws(AudioError) {
        unsafe try busker_stft_analyse(handle, samples.base, samples.count, spectra.base, spectra.count)
            .check("The Fourier transform")
    }

    /// Rebuilds a block from its spectra, each bin multiplied by a mask.
    func synthesise(
        _ spectra: Span<Float>, mask: Span<Float>, into samples: inout MutableSpan<Float>
    ) throws(AudioError) {
        unsafe try busker_stft_synthesise_masked(
            handle, spectra.base, spectra.count, mask.base, mask.count, samples.base, samples.count
        )
        .check("The inverse Fourier transform")
    }
}
