// Stems by HTDemucs, with weights the operator brings.

import CBuskerNeural

/// HTDemucs, version 4 of Demucs (Rouard, Massa, Défossez 2023): a branch for the spectrogram and one for the samples.
///
/// Segments have the length the net was trained on, 7.8 s; a quarter of each is faded into the next, as the original does
/// with `shifts=0`. Memory does not grow with the sound. It takes sounds of one or two channels; those of another rate than
/// the net's are brought to it and back.
public struct HTDemucs: SeparationModel {
    /// How stems are made out of what the net says.
    public struct Settings: Sendable, Hashable {
        /// How the stems become the mixture again.
        public var sum = NeuralSum.exact
        /// How often the sound is separated, each time begun up to half a second later, 0...32; the results are averaged.
        ///
        /// 0 and 1 cost the same; 1 is one time with a shift, as the `demucs` program does by default.
        public var shifts = 0
        /// What the shifts are drawn from: the same seed gives the same stems.
        public var seed: UInt64 = 0
        /// Threads of one separation, 1...64; by default one for each processor.
        ///
        /// The result does not depend on it.
        public var threads: Int?

        /// The settings of the original, with stems that sum to the mixture.
        public init() {}
    }

    /// What the model calls itself.
    public let name = "htdemucs"
    /// The stems, in the order of the net; where not all were asked for, the last is what those leave.
    public let stems: [Stem]
    /// What was loaded.
    public let card: NeuralModelCard

    let bag: HTDemucsBag
    let settings: Settings
    let threads: Int
    /// Which source of the nets each stem is; the rest has none.
    let sources: [Int]

    /// Loads the weights; all separations share them.
    ///
    /// - Parameters:
    ///   - file: a safetensors file as `demucs` 4.1 reads it, or the `.yaml` of a bag beside the files of its nets.
    ///   - only: the stems to make, where not all; of a bag, only the nets that they need are loaded and run.
    ///   - settings: what follows the nets.
    /// - Throws: `bad_weights` for a file that is missing, damaged or of another shape; `bad_argument`; `out_of_memory`.
    public init(file: String, only: [Stem]? = nil, settings: Settings = Settings()) throws(AudioError) {
        guard (0...32).contains(settings.shifts) else {
            throw AudioError(.badArgument, "A sound is separated with 0 to 32 shifts.")
        }
        let description = try HTDemucsBag.Description(file)
        let names = try description.sources()
        let wanted = try Self.wanted(only, of: names, file)
        let isWhole = wanted.count == names.count
        let all = wanted.map { Stem(rawValue: names[$0]) }
        stems = isWhole ? all : all + [all == [.vocals] ? .accompaniment : .residual]
        self.settings = settings
        threads = min(max(1, settings.threads ?? Threads.processors), 64)
        let replaced = Self.rest(of: stems, isWhole: isWhole, settings.sum)
        sources = wanted
        bag = try HTDemucsBag(description, for: wanted.enumerated().filter { $0.offset != replaced }.map(\.element))
        card = NeuralModelCard(
            architecture: description.isBag ? "HTDemucs, a bag of \(description.files.count)" : "HTDemucs",
            sampleRate: bag.sampleRate, channels: Int(BUSKER_HTDEMUCS_CHANNELS), stems: stems,
            parameters: bag.nets.reduce(0) { $0 + $1.core.parameters },
            bytes: bag.nets.reduce(0) { $0 + $1.core.bytes },
            licence:
                "the program is MIT; its authors state nothing for the weights, which learned from MUSDB18-HQ and more")
    }

    /// The net's own rate.
    public var sampleRate: Int? { bag.sampleRate }

    /// Which stem is what the others leave.
    public var rest: Int? { Self.rest(of: stems, isWhole: stems.count == sources.count, settings.sum) }

    /// Silence of up to half a second for each shift.
    public var leads: [Int] {
        guard settings.shifts > 0 else { return [0] }
        var dice = SplitMix(state: settings.seed)
        let most = bag.sampleRate / 2
        return (0..<settings.shifts).map { _ in most - Int(dice.next() % UInt64(most + 1)) }
    }

    /// Segments of the net's own length, of which a quarter is faded into the next.
    public func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        let segment = bag.segment
        return SegmentPlan(
            exactly: segment, margin: 0, fade: segment - segment * 3 / 4, grid: 1, shape: .linear, isCentred: true)
    }

    /// Makes one thread's share.
    public func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try card.check(sampleRate: sampleRate, channels: channels)
        return try HTDemucsWorker(self, channels: channels)
    }

    private static func rest(of stems: [Stem], isWhole: Bool, _ sum: NeuralSum) -> Int? {
        guard isWhole else { return stems.count - 1 }
        guard sum == .exact, stems.count > 1 else { return nil }
        return stems.firstIndex(of: .other) ?? stems.count - 1
    }

    private static func wanted(_ only: [Stem]?, of names: [String], _ file: String) throws(AudioError) -> [Int] {
        guard let only else { return Array(names.indices) }
        let found = only.compactMap { names.firstIndex(of: $0.rawValue) }
        guard !found.isEmpty, found.count == only.count, Set(found).count == found.count else {
            throw AudioError(
                .badArgument, "The weights '\(file)' have the stems \(names.joined(separator: ", ")) and no others.")
        }
        return found.count == names.count ? Array(names.indices) : found
    }
}

extension Separator {
    /// Separates by HTDemucs; its threads share each segment, so memory does not grow with them.
    public static func htdemucs(_ model: HTDemucs) -> Separator { Separator(model: model, threads: 1) }
}

/// A small generator of numbers by seed (Steele, Lea, Flood 2014).
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
