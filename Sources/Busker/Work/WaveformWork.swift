// Draws waveforms for money.

public import BuskerLedger

/// Computes the waveform of a sound: `waveform.dat` and `waveform.json` as audiowaveform writes them, with 8 bits.
///
/// Options: `points`, points in a second, 1 to 1,000; 100 where there is none.
public struct WaveformWork: Work {
    /// `waveform`.
    public var kind: String { "waveform" }
    /// The rate card that prices it.
    public let card: String
    /// How long one attempt may take.
    public let timeLimit: Duration
    private let meters: Set<String>
    private let runner: SoundRunner

    /// Makes the work.
    ///
    /// - Parameters:
    ///   - runner: starts the programs that do it.
    ///   - card: the rate card that prices it.
    ///   - meters: which meters of the card it counts: `song`, one for each job, and `time`, microseconds.
    ///   - timeLimit: how long one attempt may take.
    public init(
        _ runner: SoundRunner, card: String = "waveform", meters: Set<String> = ["song"],
        timeLimit: Duration = .seconds(600)
    ) {
        self.runner = runner
        self.card = card
        self.meters = meters
        self.timeLimit = timeLimit
    }

    private static let pointsUsually = 100

    /// A waveform with so many points in a second.
    public var offers: [WorkOffer] {
        let points = WorkOption("points", .whole(1...1_000), usual: "\(Self.pointsUsually)")
        return [WorkOffer(card: card, options: [points])]
    }

    /// One song, or its length.
    public func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        try offer(for: options).check(options, of: sound)
        return Measured.usages(sound, meters)
    }

    /// Has a child program draw it.
    public func run(_ task: WorkTask) async throws -> WorkProduct {
        var order = SoundTask(.waveform, input: try task.sounding())
        order.pointsPerSecond = task.options["points"].flatMap { Int($0) } ?? Self.pointsUsually
        _ = try await runner.perform(order, in: task.folder, timeLimit: timeLimit, report: task.report)
        return WorkProduct([
            WorkFile("waveform.dat", name: "waveform.dat", kind: "peaks", contentType: "application/octet-stream"),
            WorkFile("waveform.json", name: "waveform.json", kind: "peaks", contentType: "application/json"),
        ])
    }
}
