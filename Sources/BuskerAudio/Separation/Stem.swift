// The parts a mixture is taken apart into.

/// One part of a mixture, such as the vocals.
///
/// The raw value is a lower-case word that also names the file a stem is written to.
public struct Stem: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The stable name of the stem.
    public let rawValue: String

    /// Makes a stem with a name of the model's own.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The stable name of the stem.
    public var description: String { rawValue }

    /// The singing or speaking voice.
    public static let vocals = Stem(rawValue: "vocals")
    /// Everything but the voice.
    public static let accompaniment = Stem(rawValue: "accompaniment")
    /// Drums and other struck sounds without a lasting pitch.
    public static let drums = Stem(rawValue: "drums")
    /// The bass line.
    public static let bass = Stem(rawValue: "bass")
    /// What is neither voice nor drums nor bass.
    public static let other = Stem(rawValue: "other")
    /// Sounds that last: horizontal lines of the spectrogram.
    public static let harmonic = Stem(rawValue: "harmonic")
    /// Sounds that strike: vertical lines of the spectrogram.
    public static let percussive = Stem(rawValue: "percussive")
    /// What belongs to no other stem of the model.
    public static let residual = Stem(rawValue: "residual")
    /// What repeats.
    public static let background = Stem(rawValue: "background")
    /// What does not repeat.
    public static let foreground = Stem(rawValue: "foreground")
    /// What sounds from the middle between the loudspeakers.
    public static let centre = Stem(rawValue: "centre")
    /// What sounds from anywhere but the middle.
    public static let sides = Stem(rawValue: "sides")
}
