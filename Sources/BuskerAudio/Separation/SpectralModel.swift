// The seat of a model that turns magnitudes into masks.

/// The window of a short-time Fourier transform; all are periodic.
public enum SpectralWindow: Sendable, Hashable {
    /// 0.5 - 0.5 cos x.
    case hann
    /// The square root of the Hann window.
    case squareRootHann
    /// 0.54 - 0.46 cos x.
    case hamming
}

/// The short-time Fourier transform a model wants to see.
public struct SpectralTransform: Sendable, Hashable {
    /// Samples in a frame: even, 64...65536.
    public let fftSize: Int
    /// Samples from one frame to the next; a frame is centred on every multiple of it.
    public let hop: Int
    /// The window of both directions.
    public let window: SpectralWindow

    /// Makes a description; whether it can be undone is checked when a separation starts.
    public init(fftSize: Int, hop: Int, window: SpectralWindow = .hann) {
        self.fftSize = fftSize
        self.hop = hop
        self.window = window
    }

    /// Bins of a spectrum: fftSize / 2 + 1.
    public var bins: Int { fftSize / 2 + 1 }

    /// A transform whose frames last about as long at any rate: `fftSize` and `hop` are meant for 44100 Hz and are scaled by
    /// the power of two nearest to `sampleRate / 44100`.
    public static func scaled(
        fftSize: Int, hop: Int, window: SpectralWindow = .hann, to sampleRate: Int
    ) -> SpectralTransform {
        var (size, step, rate) = (fftSize, hop, Double(sampleRate))
        // 44100 times and divided by the square root of two: beyond, the next power is nearer.
        while rate > 62_366, size < 65536 { (size, step, rate) = (size * 2, step * 2, rate / 2) }
        while rate < 31_183, size > 128, step > 1 { (size, step, rate) = (size / 2, step / 2, rate * 2) }
        return SpectralTransform(fftSize: size, hop: step, window: window)
    }
}

/// How much of a sound a mask depends on.
public enum SpectralReach: Sendable, Hashable {
    /// So many frames to either side, and no more: results do not depend on how the sound is cut.
    case frames(Int)
    /// A whole segment of so many seconds; neighbouring segments are faded into each other over `fade` seconds.
    case segment(seconds: Double, fade: Double)
}

/// What a mask estimator is made for.
public struct SpectralShape: Sendable, Hashable {
    /// Frames a second of the sound, in Hz.
    public let sampleRate: Int
    /// Channels of the sound.
    public let channels: Int
    /// Bins of a spectrum.
    public let bins: Int
    /// The most spectra of one channel in a segment.
    public let framesMax: Int
    /// The transform the spectra come from.
    public let transform: SpectralTransform
}

/// A model that sees the spectra of a segment and answers with masks.
///
/// A mask says for every bin which share of the mixture belongs to a stem. The last stem gets what the others leave, so
/// that all stems together are the mixture.
public protocol SpectralModel: Sendable {
    /// What the model calls itself.
    var name: String { get }

    /// The stems, two or more; the last one is the rest.
    var stems: [Stem] { get }

    /// The transform at a sample rate.
    func transform(sampleRate: Int) -> SpectralTransform

    /// How far masks depend on their surroundings.
    func reach(sampleRate: Int) -> SpectralReach

    /// Makes one thread's estimator; all memory is taken here.
    func makeEstimator(for shape: SpectralShape) throws(AudioError) -> any MaskEstimator
}

/// One thread's share of a spectral model.
public protocol MaskEstimator: AnyObject {
    /// Estimates the masks of a segment.
    ///
    /// - Parameters:
    ///   - spectra: real and imaginary parts, `channels * frames * 2 * bins` values, channel after channel.
    ///   - magnitudes: their absolute values, `channels * frames * bins`.
    ///   - frames: spectra of one channel, 1...`framesMax`.
    ///   - masks: for every stem but the last, `channels * frames * bins` values of 0...1, to be overwritten.
    ///   - report: to be called now and then with the share that is done, 0...1; it throws when the work is cancelled.
    func estimate(
        spectra: Span<Float>, magnitudes: Span<Float>, frames: Int, masks: inout MutableSpan<Float>,
        report: (Double) throws(AudioError) -> Void
    ) throws(AudioError)
}
