// Composes songs that are sold after they were heard.

public import BuskerAudio
public import BuskerLedger

/// Makes a song from words and a seed, without any model and without a file; see `ProceduralSong`.
///
/// Options: `prompt`, at most 2,000 bytes; `seed`, a whole number, 1 where there is none; `length` in seconds, 120 where there is none;
/// `style`, one of `SongStyle`, or what the prompt names; `format`, `mp3` (320 kb/s, where there is none), `flac`, `wav` (both with
/// 16 bits) or `ogg`. Outputs are of the kinds `song` (sold), `preview` (30 seconds of MP3 from the first chorus on) and `peaks`
/// (audiowaveform's .dat of the whole, 8 bits), with the labels `style`, `key`, `tempo` and `start`, the millisecond of the song at
/// which the preview begins. Equal orders give equal bytes.
public struct SongWork: Work {
    /// `song`.
    public var kind: String { "song" }
    /// It works from options alone.
    public var needsFile: Bool { false }
    /// The song, where it is sold; its preview and its peaks are free.
    public let soldKinds: Set<String>
    /// The rate card that prices the making of it, which may be free.
    public let card: String
    /// How long one attempt may take.
    public let timeLimit: Duration
    private let meters: Set<String>
    private let runner: SoundRunner
    private let seconds: ClosedRange<Int>

    /// Makes the work.
    ///
    /// - Parameters:
    ///   - runner: starts the programs that do it.
    ///   - card: the rate card that prices it.
    ///   - meters: which meters of the card it counts: `song`, one for each job, and `time`, microseconds.
    ///   - timeLimit: how long one attempt may take.
    ///   - seconds: the lengths that may be ordered; what `ProceduralSong` cannot make is left out.
    ///   - isSold: whether the song is sold after it was heard; it is free otherwise, as its preview and its peaks are.
    public init(
        _ runner: SoundRunner, card: String = "song", meters: Set<String> = ["song"],
        timeLimit: Duration = .seconds(600), seconds: ClosedRange<Int> = ProceduralSong.secondsRange,
        isSold: Bool = true
    ) {
        self.runner = runner
        self.card = card
        self.meters = meters
        self.timeLimit = timeLimit
        soldKinds = isSold ? ["song"] : []
        self.seconds = seconds.clamped(to: ProceduralSong.secondsRange)
    }

    /// A song; one without a style has that of its prompt, or a drawn one.
    public var offers: [WorkOffer] {
        let styles = SongStyle.allCases.map(\.rawValue)
        let options = [
            WorkOption("prompt", .text(bytesMax: ProceduralSong.promptBytesMax), usual: ""),
            WorkOption("seed", .whole(0...Int128(UInt64.max)), usual: "1"),
            WorkOption(
                "length", .whole(Int128(seconds.lowerBound)...Int128(seconds.upperBound)), usual: "\(usualSeconds)"),
            WorkOption("style", .oneOf(styles)),
            WorkOption("format", .oneOf(["mp3", "flac", "wav", "ogg"]), usual: "mp3"),
        ]
        return [WorkOffer(card: card, options: options)]
    }

    private var usualSeconds: Int { min(max(120, seconds.lowerBound), seconds.upperBound) }

    /// One song, or its length.
    public func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        try offer(for: options).check(options, of: sound)
        let song = try song(options)
        return Measured.usages(
            SoundFacts(
                microseconds: Int64(song.seconds) * 1_000_000, sampleRate: ProceduralSong.sampleRate, channels: 2),
            meters)
    }

    /// Has a child program compose, play, draw and cut it.
    public func run(_ task: WorkTask) async throws -> WorkProduct {
        let song: ProceduralSong
        do throws(MediaError) {
            song = try self.song(task.options)
        } catch {
            throw WorkFault(.failed, error.detail, isFinal: true)
        }
        let format = task.options["format"] ?? "mp3"
        let order = SoundTask(song, format: format)
        _ = try await runner.perform(order, in: task.folder, timeLimit: timeLimit, report: task.report)
        let tags = [
            "style": song.style.rawValue, "key": song.key, "tempo": "\(Int(song.beatsPerMinute.rounded()))",
            "start": "\(Int((song.highlight() * 1_000).rounded()))",
        ]
        let type = format == "mp3" ? "audio/mpeg" : "audio/\(format)"
        return WorkProduct([
            WorkFile("song.\(format)", name: "song.\(format)", kind: "song", contentType: type, tags: tags),
            WorkFile("preview.mp3", name: "preview.mp3", kind: "preview", contentType: "audio/mpeg", tags: tags),
            WorkFile(
                "song.dat", name: "song.dat", kind: "peaks", contentType: "application/octet-stream", tags: tags),
        ])
    }

    /// The song that options describe.
    private func song(_ options: [String: String]) throws(MediaError) -> ProceduralSong {
        guard let seed = UInt64(options["seed"] ?? "1"), let length = Int(options["length"] ?? "\(usualSeconds)") else {
            throw MediaError(.badOptions, "The seed and the length of a song are whole numbers.")
        }
        let style = options["style"].flatMap { SongStyle(rawValue: $0) }
        do throws(AudioError) {
            return try ProceduralSong(prompt: options["prompt"] ?? "", seed: seed, seconds: length, style: style)
        } catch {
            throw MediaError(.badOptions, error.detail, underlying: error)
        }
    }
}
