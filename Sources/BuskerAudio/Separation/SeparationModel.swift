// The seat a model takes in the separator.

/// A way to take a mixture apart, segment by segment.
///
/// Most models work on spectra and conform to ``SpectralModel`` instead; this seat is for those that need the samples.
public protocol SeparationModel: Sendable {
    /// What the model calls itself, such as `four-stems`.
    var name: String { get }

    /// The stems it makes, in the order of its output. Together they are the mixture.
    var stems: [Stem] { get }

    /// How a sound of this shape is cut.
    func plan(sampleRate: Int, channels: Int) -> SegmentPlan

    /// Makes what separates one segment at a time; every thread has its own.
    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker
}

/// One thread's share of a model: takes its memory once and separates segments.
public protocol SeparationWorker: AnyObject {
    /// Separates one segment.
    ///
    /// - Parameters:
    ///   - mixture: the segment, as many frames as the plan's window or fewer for a shorter sound.
    ///   - report: to be called now and then with the share that is done, 0...1; it throws when the work is cancelled.
    /// - Returns: the stems of the model in its order, each of the mixture's shape.
    func separate(
        _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
    ) throws(AudioError) -> [PlanarAudio]
}
