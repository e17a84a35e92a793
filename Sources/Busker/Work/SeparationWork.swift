// Takes songs apart for money.

public import BuskerLedger

/// Separates a sound into stems; each comes with its peaks and a copy to listen to.
///
/// Options: `stems`, `4` (vocals, drums, bass, other) or `2` (vocals, accompaniment), and `format`, `flac` or `wav`, both with
/// 16 bits. Outputs are of the kinds `stem`, `peaks` (audiowaveform's .dat, 8 bits) and `preview` (MP3, whole length), each with
/// the label `stem`; the mixture has peaks and a preview too.
///
/// Where the operator lends models, the option `model` names one of them; `stems` is then left out for all of its stems, or `2`
/// for the vocals and the rest. Each model has a rate card of its own. Without the option, nothing but signal processing is used.
public struct SeparationWork: Work {
    /// `separate`.
    public var kind: String { "separate" }
    /// The rate card that prices it.
    public let card: String
    /// How long one attempt may take.
    public let timeLimit: Duration
    private let meters: Set<String>
    private let runner: SoundRunner
    private let secondsMax: Int64
    private let models: [SoundModel]

    /// Makes the work.
    ///
    /// - Parameters:
    ///   - runner: starts the programs that do it.
    ///   - card: the rate card that prices it without a model.
    ///   - models: the nets that may be ordered by name.
    ///   - meters: which meters of the card it counts: `song`, one for each job, and `time`, microseconds.
    ///   - timeLimit: how long one attempt may take.
    ///   - secondsMax: the longest sound that is accepted, in seconds.
    public init(
        _ runner: SoundRunner, card: String = "separation", models: [SoundModel] = [], meters: Set<String> = ["song"],
        timeLimit: Duration = .seconds(1_800), secondsMax: Int64 = 3_600
    ) {
        self.runner = runner
        self.card = card
        self.models = models.enumerated().filter { at, model in
            !models[..<at].contains { $0.name == model.name }
        }.map(\.element)
        self.meters = meters
        self.timeLimit = timeLimit
        self.secondsMax = secondsMax
    }

    /// The rate card of the model that is ordered.
    public func card(for options: [String: String]) -> String {
        options["model"].flatMap { model($0)?.card } ?? card
    }

    static let format = WorkOption("format", .oneOf(["flac", "wav"]), usual: "flac")

    /// Signal processing, and each of the models in the order they were lent.
    public var offers: [WorkOffer] {
        let stems = WorkOption("stems", .oneOf(["4", "2"]), usual: "4")
        let plain = WorkOffer(
            card: card, options: [stems, Self.format], stems: ["vocals", "drums", "bass", "other"])
        return [plain] + models.map(\.offer)
    }

    private func model(_ name: String) -> SoundModel? { models.first { $0.name == name } }

    /// One song, or its length.
    public func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        let offer = try offer(for: options)
        try offer.check(options, of: sound)
        if let model = offer.model, sound.channels > 2 {
            throw MediaError(.badFile, "The model \(model) takes sounds of one or two channels, not \(sound.channels).")
        }
        guard sound.microseconds <= secondsMax * 1_000_000 else {
            throw MediaError(.badFile, "The sound is longer than the \(secondsMax) seconds that are accepted.")
        }
        return Measured.usages(sound, meters)
    }

    /// Has a child program separate it.
    public func run(_ task: WorkTask) async throws -> WorkProduct {
        var order = SoundTask(.separate, input: try task.sounding())
        order.isTwo = task.options["stems"] == "2"
        order.format = task.options["format"] ?? "flac"
        var runner = runner
        if let name = task.options["model"] {
            guard let model = model(name) else {
                throw WorkFault(.failed, "The model \(name) is not there any more.", isFinal: true)
            }
            order.model = SoundTask.Model(kind: model.kind, path: model.path)
            runner.memoryBytes = model.memoryBytes
        }
        let names = try await runner.perform(order, in: task.folder, timeLimit: timeLimit, report: task.report)
        let files = names.map { name in
            let parts = name.split(separator: ".")
            let (stem, ending) = (String(parts.first ?? ""), String(parts.last ?? ""))
            let tags = ["stem": stem]
            return switch ending {
            case "dat":
                WorkFile(name, name: name, kind: "peaks", contentType: "application/octet-stream", tags: tags)
            case "mp3": WorkFile(name, name: name, kind: "preview", contentType: "audio/mpeg", tags: tags)
            default: WorkFile(name, name: name, kind: "stem", contentType: "audio/\(ending)", tags: tags)
            }
        }
        return WorkProduct(files)
    }
}

/// What the works of this room count.
enum Measured {
    static func usages(_ sound: SoundFacts, _ meters: Set<String>) -> [Usage] {
        var usages: [Usage] = []
        if meters.contains("song") { usages.append(Usage("song", 1)) }
        if meters.contains("time") { usages.append(Usage("time", sound.microseconds)) }
        return usages
    }
}
