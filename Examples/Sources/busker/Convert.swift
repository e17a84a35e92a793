// busker convert: writes a sound as another kind of file.

import ArgumentParser
import BuskerAudio

/// Where a copy goes and how it is stored; shared by `convert` and `resample`.
struct CopyOptions: ParsableArguments {
    @Argument(help: "The sound to read; - is standard input.")
    var input: Place

    @Argument(help: "The file to write; - is standard output. Its extension says what kind of file it becomes.")
    var output: Place

    @Option(help: "The kind of file, whatever the name says.")
    var format: OutputFormat?

    @Option(help: "Bits of a sample: 16, 24 or, in a WAV, 32 for floats; by default those of the source.")
    var bits: Int?

    @Option(help: ArgumentHelp("Bit rate of an MP3.", valueName: "kb/s"))
    var bitrate: Int?

    @Option(help: "Quality of Ogg Vorbis and Opus, 0 to 1 (default: 0.6, Opus 0.25).")
    var encodingQuality: Double?

    @Option(help: "Noise before rounding to whole numbers: auto, none or triangular.")
    var dither = DitherChoice.auto

    @Option(help: "The seed of triangular noise: the same seed gives the same bytes.")
    var seed: UInt64 = 1

    func validate() throws {
        try input.checkInput()
        guard let format = format ?? OutputFormat(suffix: output.suffix) else {
            let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("Say with --format what to write: \(known).")
        }
        if let bits {
            guard format == .wav || format == .flac || format == .aiff else {
                throw ValidationError("--bits goes with wav, flac and aiff; \(format.rawValue) has its own.")
            }
            guard [16, 24].contains(bits) || bits == 32 && format == .wav else {
                throw ValidationError("\(format.rawValue) holds 16\(format == .wav ? ", 24 or 32" : " or 24") bits.")
            }
        }
        if bitrate != nil, format != .mp3 { throw ValidationError("--bitrate goes with mp3.") }
        if let encodingQuality {
            guard format == .ogg || format == .opus else {
                throw ValidationError("--encoding-quality goes with ogg and opus.")
            }
            guard (0...1).contains(encodingQuality) else { throw ValidationError("--encoding-quality is from 0 to 1.") }
        }
    }

    /// The copy that was asked for.
    func transcoder(rate: Int?, _ quality: Resampler.Quality) -> Transcoder {
        Transcoder(
            input: input, output: output, format: format ?? OutputFormat(suffix: output.suffix) ?? .wav, bits: bits,
            kilobits: bitrate, quality: encodingQuality, rate: rate, resampling: quality,
            dither: dither.setting(seed: seed))
    }

    /// The noise that can be asked for.
    enum DitherChoice: String, ExpressibleByArgument, CaseIterable {
        case auto, none, triangular

        func setting(seed: UInt64) -> AudioWriterSettings.Dither? {
            switch self {
            case .auto: nil
            case .none: AudioWriterSettings.Dither.none
            case .triangular: .triangular(seed: seed)
            }
        }
    }
}

extension Answer {
    /// What is told about a copy; nothing in words where the copy itself goes to standard output.
    func give(_ report: Transcoder.Report, for output: Place) throws {
        if !output.isStandard { try give(report) { report.words } }
    }

    func check(_ output: Place) throws {
        if json, output.isStandard {
            throw ValidationError("--json and what is written cannot both go to standard output.")
        }
    }
}

/// Writes a sound as another kind of file.
struct Convert: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        abstract: "Write a sound as another kind of file.",
        discussion: """
            16-bit sound that stays 16-bit comes through unchanged; what is rounded to 16 bits gets triangular noise of a \
            fixed seed. A rate that the kind of file cannot hold (Opus, MP3) is resampled to the next that it can.
            """)

    @OptionGroup var copy: CopyOptions
    @OptionGroup var answer: Answer

    func validate() throws { try answer.check(copy.output) }

    func run() throws {
        let report = try copy.transcoder(rate: nil, .best).run(answer.bar("Converting"))
        try answer.give(report, for: copy.output)
    }
}
