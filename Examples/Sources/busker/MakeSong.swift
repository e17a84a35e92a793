// busker song: composes and plays a song from words and a seed.

import ArgumentParser
import BuskerAudio

/// Makes a song.
struct MakeSong: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "song", abstract: "Compose and play a song from words and a seed.",
        discussion: """
            The same seed, prompt, length and style make the same song, byte for byte. Words of the prompt choose the style, \
            the mode and the tempo where they name one.
            """)

    @Option(help: "Words that the song is made from, in any language.")
    var prompt = ""

    @Option(help: "Another seed is another song.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How long it lasts, 10 to 285.", valueName: "seconds"))
    var length = 120

    @Option(help: "\(Self.styles); by default what the prompt names.", transform: Self.style)
    var style: SongStyle?

    @Option(
        name: .shortAndLong, help: "The file to write; - is standard output. Its extension says what kind it becomes.")
    var output: Place

    @Option(help: "The kind of file, whatever the name says.")
    var format: OutputFormat?

    @OptionGroup var answer: Answer

    private static var styles: String { SongStyle.allCases.map(\.rawValue).joined(separator: ", ") }

    @Sendable private static func style(_ name: String) throws -> SongStyle {
        guard let style = SongStyle(rawValue: name) else { throw ValidationError("--style is one of \(styles).") }
        return style
    }

    private var kind: AudioWriterSettings.Kind? {
        switch format ?? OutputFormat(suffix: output.suffix) {
        case .wav: .wav(.int16)
        case .flac: .flac(bits: 16)
        case .mp3: .mp3(kilobits: 320)
        case .opus, nil: nil
        case .some(let other): other.stemKind
        }
    }

    func validate() throws {
        try answer.check(output)
        guard ProceduralSong.secondsRange.contains(length) else {
            throw ValidationError("--length is from 10 to 285 seconds.")
        }
        guard prompt.utf8.count <= ProceduralSong.promptBytesMax else {
            throw ValidationError("--prompt has at most \(ProceduralSong.promptBytesMax) bytes.")
        }
        if kind == nil {
            throw ValidationError("Songs are written as wav, flac, ogg, aiff or mp3: say which with --format.")
        }
    }

    func run() throws {
        guard let kind else { return }
        let begin = ContinuousClock.now
        let song = try ProceduralSong(prompt: prompt, seed: seed, seconds: length, style: style)
        let bar = answer.bar("Composing")
        let frames = length * ProceduralSong.sampleRate
        let made = try Interrupt.guardingFiles(unless: output.isStandard) {
            try song.write(output.destination, as: kind) { share in
                bar.show(Int(share * Double(frames)), of: frames, rate: ProceduralSong.sampleRate)
                return !Interrupt.wasRaised
            }
        }
        bar.end()
        let report = Report(
            path: output.path, style: song.style.rawValue, key: song.key, beatsPerMinute: song.beatsPerMinute,
            sections: song.sections.map { Section(kind: $0.kind.rawValue, bars: $0.bars, start: $0.start) },
            frames: made.frames, bytes: made.byteCount, integratedLufs: made.loudness, truePeakDb: made.truePeak,
            passes: made.passes, droppedNotes: made.droppedNotes, elapsed: (ContinuousClock.now - begin) / .seconds(1))
        if !output.isStandard { try answer.give(report) { report.words } }
    }

    private struct Section: Encodable {
        let kind: String
        let bars: Int
        let start: Double
    }

    private struct Report: Encodable {
        let path: String
        let style: String
        let key: String
        let beatsPerMinute: Double
        let sections: [Section]
        let frames: Int
        let bytes: Int
        let integratedLufs: Double
        let truePeakDb: Double
        let passes: Int
        let droppedNotes: Int
        let elapsed: Double

        var words: String {
            "\(path): \(style) in \(key), \(Words.number(beatsPerMinute, 0)) beats a minute, "
                + "\(Words.number(integratedLufs)) LUFS, true peak \(Words.number(truePeakDb)) dB"
        }
    }
}
