// Takes songs apart for money.

public import BuskerLedger

/// Separates a sound into stems; each comes with its peaks and a copy to listen to.
///
/// Options: `stems`, `4` (vocals, drums, bass, other) or `2` (vocals, accompaniment), and `format`, `flac` or `wav`, both with
/// 16 bits. Outputs are of the kinds `stem`, `peaks` (audiowaveform's .dat, 8 bits) and `preview` (MP3, whole length), each with
/// the label `stem`; the mixture has peaks and a preview too.
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

    /// Makes the work.
    ///
    /// - Parameters:
    ///   - runner: starts the programs that do it.
    ///   - card: the rate card that prices it.
    ///   - meters: which meters of the card it counts: `song`, one for each job, and `time`, microseconds.
    ///   - timeLimit: how long one attempt may take.
    ///   - secondsMax: the longest sound that is accepted, in seconds.
    public init(
        _ runner: SoundRunner, card: String = "separation", meters: Set<String> = ["song"],
        timeLimit: Duration = .seconds(1_800), secondsMax: Int64 = 3_600
    ) {
        self.runner = runner
        self.card = card
        self.meters = meters
        self.timeLimit = timeLimit
        self.secondsMax = secondsMax
    }

    /// One song, or its length.
    public func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        let names: Set<String> = ["stems", "format"]
        guard options.keys.allSatisfy(names.contains), ["4", "2", nil].contains(options["stems"]),
            ["flac", "wav", nil].contains(options["format"])
        else {
            throw MediaError(.badOptions, "Separation has the options stems (4 or 2) and format (flac or wav).")
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
