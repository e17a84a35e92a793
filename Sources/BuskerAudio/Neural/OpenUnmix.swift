// Stems by Open-Unmix, with weights the operator brings.

import CBuskerNeural

/// Open-Unmix (Stöter, Uhlich, Liutkus, Mitsufuji 2019): a recurrent net for each stem, then a multichannel Wiener filter.
///
/// The folder holds one `<stem>.safetensors` for each stem and the `separator.json` of the original. A song of up to a
/// minute is separated as a whole, as the original does; longer ones in segments of a minute that overlap by fourteen seconds,
/// so memory does not grow. It takes sounds of one or two channels; those of another rate than the model's are brought to it and
/// back.
public struct OpenUnmix: SeparationModel {
    /// How stems are made out of what the nets say.
    public struct Settings: Sendable, Hashable {
        /// Rounds of the Wiener filter, 0...32; the original does one.
        public var iterations = 1
        /// Whether the first estimates are shares of the mixture rather than magnitudes with the mixture's phase.
        public var usesSoftMask = false
        /// Whether what the nets leave is a stem of its own; by default where only some of the stems are asked for.
        public var hasResidual: Bool?
        /// How the stems become the mixture again.
        public var sum = NeuralSum.exact
        /// Threads of one separation, 1...64; by default one for each processor.
        ///
        /// The result does not depend on it.
        public var threads: Int?

        /// The settings of the original, with stems that sum to the mixture.
        public init() {}
    }

    /// What the model calls itself.
    public let name = "umx"
    /// The stems; with a residual, that is the last.
    public let stems: [Stem]
    /// What was loaded.
    public let card: NeuralModelCard

    let core: OpenUnmixCore
    let settings: Settings
    let threads: Int

    /// The names that stems of published models have.
    private static let known = ["vocals", "drums", "bass", "other", "speech", "noise"]

    /// Loads the weights; this takes about a second, and all separations share them.
    ///
    /// - Parameters:
    ///   - folder: where `<stem>.safetensors` and `separator.json` lie.
    ///   - only: the stems to make, where not all: a song costs as much as the nets that run.
    ///   - settings: what follows the nets.
    /// - Throws: `bad_weights` for files that are missing, damaged or of another shape; `bad_argument`; `out_of_memory`.
    public init(
        folder: String, only: [Stem]? = nil, settings: Settings = Settings()
    ) throws(AudioError) {
        guard (0...32).contains(settings.iterations) else {
            throw AudioError(.badArgument, "The Wiener filter does 0 to 32 rounds.")
        }
        let about = NeuralSettings("\(folder)/separator.json")
        let there = Self.known.filter { OpenUnmixCore.isThere("\(folder)/\($0).safetensors") }
        let names = only?.map(\.rawValue) ?? there
        guard !names.isEmpty, names.count <= Int(BUSKER_UMX_TARGETS_MAX), Set(names).count == names.count else {
            throw AudioError(
                .badWeights,
                "The folder '\(folder)' holds no vocals.safetensors, drums.safetensors, ...; convert .pth files first.")
        }
        let rate = about?.number("sample_rate") ?? 44_100
        guard SeparationLimits.sampleRates.contains(rate) else {
            throw AudioError(.badWeights, "\(folder)/separator.json asks for \(rate) Hz.")
        }
        core = try OpenUnmixCore(
            folder: folder, names: names, fftSize: about?.number("nfft") ?? 4096, hop: about?.number("nhop") ?? 1024,
            channels: about?.number("nb_channels") ?? 2)
        let hasResidual = settings.hasResidual ?? (names.count < there.count)
        let rest = names == ["vocals"] ? Stem.accompaniment : .residual
        var made = settings
        made.hasResidual = hasResidual
        self.settings = made
        threads = min(max(1, settings.threads ?? Threads.processors), 64)
        stems = names.map { Stem(rawValue: $0) } + (hasResidual ? [rest] : [])
        card = NeuralModelCard(
            architecture: "Open-Unmix \(core.width)", sampleRate: rate,
            channels: core.channels, stems: stems, parameters: core.parameters, bytes: core.bytes,
            licence: "umxl: CC BY-NC-SA 4.0, no paid use; umx and umxhq: not stated by their authors, ask them first")
    }

    /// The model's own rate, 44,100 or 16,000 Hz in published ones.
    public var sampleRate: Int? { card.sampleRate }

    /// Segments of a minute, on the windows of the Wiener filter.
    ///
    /// The first and the last window of a segment are not used: the nets lack what lies beyond, and the filter looks at a whole
    /// window at once. Where two windows of different segments meet, one fades into the other over three frames.
    public func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        let grid = Int(BUSKER_UMX_WINDOW) * core.hop
        // One frame less than nine windows: the frame after the last sample then fills the ninth. Segments begin every seven.
        return SegmentPlan(
            exactly: 9 * grid - core.hop, margin: grid - 2 * core.hop, fade: 3 * core.hop, grid: grid)
    }

    /// Makes one thread's share.
    public func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try card.check(sampleRate: sampleRate, channels: channels)
        return try OpenUnmixWorker(self, channels: channels, plan: plan(sampleRate: sampleRate, channels: channels))
    }

    /// Which stem is what the others leave.
    public var rest: Int? {
        guard settings.sum == .exact, stems.count > 1 else { return nil }
        if settings.hasResidual == true { return stems.count - 1 }
        return stems.firstIndex(of: .other) ?? stems.count - 1
    }
}

extension NeuralModelCard {
    /// Throws `bad_argument` for a sound the net was not made for.
    func check(sampleRate: Int, channels: Int) throws(AudioError) {
        guard sampleRate == self.sampleRate, (1...2).contains(channels) else {
            throw AudioError(
                .badArgument,
                "\(architecture) takes one or two channels at \(self.sampleRate) Hz, not \(channels) at \(sampleRate) Hz."
            )
        }
    }
}

extension Separator {
    /// Separates by Open-Unmix; its threads share each segment, so memory does not grow with them.
    public static func openUnmix(_ model: OpenUnmix) -> Separator { Separator(model: model, threads: 1) }
}
