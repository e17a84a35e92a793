// The seat a model takes in the separator.

/// A way to take a mixture apart, segment by segment.
///
/// Most models work on spectra and conform to ``SpectralModel`` instead; this seat is for those that need the samples.
public protocol SeparationModel: Sendable {
    /// What the model calls itself, such as `four-stems`.
    var name: String { get }

    /// The stems it makes, in the order of its output. Together they are the mixture.
    var stems: [Stem] { get }

    /// The frames a second it was made for, in Hz; nothing where it takes any.
    ///
    /// A sound of another rate is brought to it, and its stems are brought back.
    var sampleRate: Int? { get }

    /// The stem that is what the others leave, if there is one.
    ///
    /// Where the rate of a sound was changed, that stem keeps what the model could not hear.
    var rest: Int? { get }

    /// Frames of silence before the sound, for each time it is separated; what comes of it is averaged.
    ///
    /// `[0]` separates it once. There is always one at least.
    var leads: [Int] { get }

    /// How a sound of this shape is cut.
    func plan(sampleRate: Int, channels: Int) -> SegmentPlan

    /// Makes what separates one segment at a time; every thread has its own.
    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker
}

extension SeparationModel {
    /// Any rate.
    public var sampleRate: Int? { nil }
    /// No stem is what the others leave, or the model sees to it itself.
    public var rest: Int? { nil }
    /// The sound is separated once.
    public var leads: [Int] { [0] }
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
