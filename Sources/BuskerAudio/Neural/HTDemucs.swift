// Stems by HTDemucs, with weights the operator brings.

import CBuskerNeural

/// HTDemucs, version 4 of Demucs (Rouard, Massa, Défossez 2023): a branch for the spectrogram and one for the samples.
///
/// Segments have the length the net was trained on, 7.8 s; a quarter of each is faded into the next, as the original does
/// with `shifts=0`. Memory does not grow with the sound. It takes sounds of one or two channels at the net's rate.
public struct HTDemucs: SeparationModel {
    /// How stems are made out of what the net says.
    public struct Settings: Sendable, Hashable {
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
    public let name = "htdemucs"
    /// The stems, in the order of the net.
    public let stems: [Stem]
    /// What was loaded.
    public let card: NeuralModelCard

    let core: HTDemucsCore
    let settings: Settings
    let threads: Int

    /// Loads the weights from a safetensors file as `demucs` 4.1 reads it; all separations share them.
    ///
    /// - Throws: `bad_weights` for a file that is missing, damaged or of another shape; `out_of_memory`.
    public init(file: String, settings: Settings = Settings()) throws(AudioError) {
        let core = try HTDemucsCore(file: file)
        self.core = core
        self.settings = settings
        threads = min(max(1, settings.threads ?? Threads.processors), 64)
        stems = core.names.map { Stem(rawValue: $0) }
        card = NeuralModelCard(
            architecture: "HTDemucs", sampleRate: core.sampleRate, channels: Int(BUSKER_HTDEMUCS_CHANNELS),
            stems: stems, parameters: core.parameters, bytes: core.bytes,
            licence:
                "the program is MIT; its authors state nothing for the weights, which learned from MUSDB18-HQ and more")
    }

    /// Segments of the net's own length, of which a quarter is faded into the next.
    public func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        SegmentPlan(
            exactly: core.segment, margin: 0, fade: core.segment - core.segment * 3 / 4, grid: 1, shape: .linear,
            isCentred: true)
    }

    /// Makes one thread's share.
    public func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try card.check(sampleRate: sampleRate, channels: channels)
        return try HTDemucsWorker(self, channels: channels)
    }

    /// Which stem is what the others leave.
    var rest: Int? {
        guard settings.sum == .exact, stems.count > 1 else { return nil }
        return stems.firstIndex(of: .other) ?? stems.count - 1
    }
}

extension Separator {
    /// Separates by HTDemucs; its threads share each segment, so memory does not grow with them.
    public static func htdemucs(_ model: HTDemucs) -> Separator { Separator(model: model, threads: 1) }
}
