// The separators that need no weights.

extension Separator {
    /// Separates what lasts from what strikes.
    public static func harmonicPercussive(
        _ settings: HarmonicPercussive = HarmonicPercussive(), threads: Int? = nil
    ) -> Separator {
        Separator(spectral: settings, threads: threads)
    }

    /// Separates what repeats from what does not.
    public static func repeatingBackground(
        _ settings: RepeatingBackground = RepeatingBackground(), threads: Int? = nil
    ) -> Separator {
        Separator(spectral: settings, threads: threads)
    }

    /// Separates the middle between the loudspeakers from the sides.
    public static func centre(_ settings: CentreExtraction = CentreExtraction(), threads: Int? = nil) -> Separator {
        Separator(spectral: settings, threads: threads)
    }

    /// Separates a song into vocals and accompaniment.
    public static var twoStems: Separator { .twoStems() }

    /// Separates a song into vocals and accompaniment; see ``StemSeparation``.
    public static func twoStems(refinements: Int = 0, threads: Int? = nil) -> Separator {
        Separator(model: StemSeparation(.two, refinements: refinements), threads: threads)
    }

    /// Separates a song into vocals, drums, bass, and other.
    public static var fourStems: Separator { .fourStems() }

    /// Separates a song into vocals, drums, bass, and other; see ``StemSeparation``.
    public static func fourStems(refinements: Int = 0, threads: Int? = nil) -> Separator {
        Separator(model: StemSeparation(.four, refinements: refinements), threads: threads)
    }

    /// Seats any spectral model in a separator.
    ///
    /// - Parameters:
    ///   - model: turns magnitudes into masks.
    ///   - threads: segments separated at once, 1...64; by default one for each processor.
    public init(spectral model: any SpectralModel, threads: Int? = nil) {
        self.init(model: SpectralSeparation(model: model), threads: threads)
    }
}
