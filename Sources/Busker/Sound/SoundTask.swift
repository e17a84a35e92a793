// What a child program is to do with a sound, and what it says while it does it.

import BuskerAudio
import BuskerCore

/// A task for a child program, as it is written into its arguments.
struct SoundTask: Sendable, Hashable {
    /// What is to be done.
    enum Verb: String, Sendable, Hashable {
        /// Take it apart into stems, each with its peaks and a copy to listen to.
        case separate
        /// Draw the peaks.
        case waveform
        /// Cut a piece to listen to.
        case preview
        /// Make a song from words, with its peaks and a piece to listen to.
        case song
    }

    /// The net that takes it apart.
    struct Model: Sendable, Hashable {
        let kind: SoundModel.Kind
        let path: String
    }

    var verb: Verb
    /// The sound, in the working folder; empty for a song, which is made from nothing.
    var input: String
    /// Whether it is taken apart into two stems instead of four.
    var isTwo = false
    /// The net that takes it apart; of two stems, one is the vocals.
    ///
    /// Signal processing where there is none.
    var model: Model?
    /// `flac` or `wav`.
    var format = "flac"
    /// Where the piece begins, in seconds.
    var start = 0.0
    /// How long the piece is, in seconds; all of it when there is none.
    var seconds: Double?
    /// How long it fades, in seconds.
    var fade = 0.0
    /// Bits in a second, in thousands.
    var kilobits = 128
    /// Points of a waveform in a second.
    var pointsPerSecond = 100
    /// The words that a song is made from.
    var prompt = ""
    /// The seed that a song is made from.
    var seed: UInt64 = 0
    /// The style of a song.
    var style: SongStyle?

    /// As one argument of a program; lengths are in thousandths.
    var text: String {
        JSON.object([
            ("verb", .text(verb.rawValue)), ("input", .text(input)), ("two", .flag(isTwo)), ("format", .text(format)),
            ("start", .number(Int64(start * 1_000))), ("seconds", seconds.map { .number(Int64($0 * 1_000)) }),
            ("fade", .number(Int64(fade * 1_000))), ("kilobits", .number(Int64(kilobits))),
            ("points", .number(Int64(pointsPerSecond))), ("prompt", .text(prompt)), ("seed", .text("\(seed)")),
            ("style", style.map { .text($0.rawValue) }),
            ("net", model.map { .text($0.kind.rawValue) }), ("weights", model.map { .text($0.path) }),
        ]).description
    }

    init(_ verb: Verb, input: String) {
        self.verb = verb
        self.input = input
    }

    init(_ song: ProceduralSong, format: String) {
        self.init(.song, input: "")
        seconds = Double(song.seconds)
        (prompt, seed, style, self.format) = (song.prompt, song.seed, song.style, format)
    }

    init?(_ text: String) {
        guard let json = try? JSONValue(parsing: Array(text.utf8)),
            let verb = json["verb"]?.text.flatMap(Verb.init), let input = json["input"]?.text
        else { return nil }
        self.init(verb, input: input)
        isTwo = json["two"]?.flag ?? false
        if let kind = json["net"]?.text.flatMap(SoundModel.Kind.init), let path = json["weights"]?.text {
            model = Model(kind: kind, path: path)
        }
        format = json["format"]?.text ?? "flac"
        start = Double(json["start"]?.integer ?? 0) / 1_000
        seconds = json["seconds"]?.integer.map { Double($0) / 1_000 }
        fade = Double(json["fade"]?.integer ?? 0) / 1_000
        kilobits = Int(clamping: json["kilobits"]?.integer ?? 128)
        pointsPerSecond = Int(clamping: json["points"]?.integer ?? 100)
        prompt = json["prompt"]?.text ?? ""
        seed = json["seed"]?.text.flatMap { UInt64($0) } ?? 0
        style = json["style"]?.text.flatMap { SongStyle(rawValue: $0) }
    }
}

/// A line that a child program writes: how far it is, or what it came to.
enum SoundWord: Sendable, Hashable {
    /// How far it is, 0...1, and what it is doing.
    case progress(Double, String)
    /// The names of the files it made.
    case done([String])
    /// What is known of the sound.
    case measured(SoundFacts)
    /// Why it cannot be done, by the code of a ``WorkFault``.
    case fault(String, String)

    var line: String {
        let json: JSON =
            switch self {
            case .progress(let share, let stage):
                ["progress": .number(Int64(min(max(share, 0), 1) * 1_000_000)), "stage": .text(stage)]
            case .done(let names): ["done": .list(names.map { .text($0) })]
            case .measured(let sound):
                [
                    "microseconds": .number(sound.microseconds), "rate": .number(Int64(sound.sampleRate)),
                    "channels": .number(Int64(sound.channels)),
                ]
            case .fault(let code, let detail): ["fault": .text(code), "detail": .text(detail)]
            }
        return json.description
    }

    init?(_ line: String) {
        guard let json = try? JSONValue(parsing: Array(line.utf8)) else { return nil }
        if let share = json["progress"]?.integer {
            self = .progress(Double(share) / 1_000_000, json["stage"]?.text ?? "")
        } else if let names = json["done"]?.elements {
            self = .done(names.compactMap(\.text))
        } else if let code = json["fault"]?.text {
            self = .fault(code, json["detail"]?.text ?? "")
        } else if let microseconds = json["microseconds"]?.integer, let rate = json["rate"]?.integer,
            let channels = json["channels"]?.integer
        {
            self = .measured(
                SoundFacts(
                    microseconds: microseconds, sampleRate: Int(clamping: rate), channels: Int(clamping: channels)))
        } else {
            return nil
        }
    }
}
