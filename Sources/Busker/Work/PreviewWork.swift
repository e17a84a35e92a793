// Cuts pieces to listen to before somebody pays.

public import BuskerLedger

/// Cuts a piece of a sound: 30 seconds that fade in and out, as MP3 with a low bit rate.
///
/// Options: `start`, the second at which it begins, where half a minute fits; a third into the sound where there is none.
public struct PreviewWork: Work {
    /// `preview`.
    public var kind: String { "preview" }
    /// The rate card that prices it.
    public let card: String
    /// How long one attempt may take.
    public let timeLimit: Duration
    private let runner: SoundRunner
    private let seconds: Int64
    private let kilobits: Int

    /// Makes the work.
    ///
    /// - Parameters:
    ///   - runner: starts the programs that do it.
    ///   - card: the rate card that prices it, by its meter `song`.
    ///   - seconds: how long the piece is, 1...300.
    ///   - kilobits: bits in a second, in thousands.
    ///   - timeLimit: how long one attempt may take.
    public init(
        _ runner: SoundRunner, card: String = "preview", seconds: Int64 = 30, kilobits: Int = 64,
        timeLimit: Duration = .seconds(300)
    ) {
        self.runner = runner
        self.card = card
        self.seconds = min(max(seconds, 1), 300)
        self.kilobits = kilobits
        self.timeLimit = timeLimit
    }

    /// A piece, from a second that may be chosen.
    public var offers: [WorkOffer] { [WorkOffer(card: card, options: [WorkOption("start", .second)])] }

    /// One song.
    public func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        try offer(for: options).check(options, of: sound)
        return [Usage("song", 1)]
    }

    /// Has a child program cut it.
    public func run(_ task: WorkTask) async throws -> WorkProduct {
        var order = SoundTask(.preview, input: try task.sounding())
        let third = task.sound.microseconds / 1_000_000 / 3
        let last = max(0, task.sound.microseconds / 1_000_000 - seconds)
        order.start = Double(task.options["start"].flatMap { Int64($0) } ?? min(third, last))
        order.seconds = Double(seconds)
        order.fade = 1.5
        order.kilobits = kilobits
        _ = try await runner.perform(order, in: task.folder, timeLimit: timeLimit, report: task.report)
        return WorkProduct([
            WorkFile("preview.mp3", name: "preview.mp3", kind: "preview", contentType: "audio/mpeg")
        ])
    }
}
