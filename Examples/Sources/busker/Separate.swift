// busker separate: takes a song apart into stems that sum to it.

import ArgumentParser
import BuskerAudio
import Foundation

/// Takes a sound apart.
struct Separate: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        abstract: "Take a song apart into stems that sum to it.",
        discussion: """
            The stems are named after what they hold (vocals.wav, drums.wav, ...). They appear together when all of them are \
            complete, and replace files of the same names; a failure or Ctrl-C leaves none. Stems of floats (wav) are never \
            scaled; where stems of whole numbers would clip, all are turned down by one gain, which is reported.
            """)

    @Argument(help: "The sound to take apart; - is standard input.")
    var input: Place

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder for the stems, made if it is not there (default: NAME-stems beside the sound, or stems here for -).",
            valueName: "folder"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "What takes it apart: stems, harmonic-percussive, repeating, centre; or a net with weights of yours: "
                + "umx:FOLDER, htdemucs:FILE (see busker models).", valueName: "model"))
    var model = ModelChoice.stems

    @OptionGroup var options: ModelOptions

    @Option(help: "How stems are stored; wav holds floats, flac 24 bits.")
    var format = OutputFormat.wav

    @Flag(help: "Read the stems back and report how far their sum is from the sound.")
    var verify = false

    @OptionGroup var answer: Answer

    func validate() throws {
        try input.checkInput()
        try options.check(model)
        if output?.isEmpty == true { throw ValidationError("The folder has no name.") }
        if verify, input.isStandard { throw ValidationError("--verify reads the sound twice, which - cannot.") }
    }

    func run() throws {
        let begin = ContinuousClock.now
        let separator = try model.separator(options)
        let kind = try stemKind()
        let source = try input.rewindable()
        let bar = answer.bar("Separating")
        defer { bar.end() }
        let report = try Interrupt.guardingFiles {
            let folder = try StemFolder(output ?? defaultFolder)
            do {
                try spareTheInput(separator.stems, kind, in: folder.path)
                return try separator.separate(source, into: folder.path, as: kind) { progress in
                    bar.show(progress)
                    return !Interrupt.wasRaised
                }
            } catch {
                folder.removeIfNew()
                throw error
            }
        }
        bar.end()
        let elapsed = (ContinuousClock.now - begin) / .seconds(1)
        let residual = verify ? try StemSum(of: report, source: input.source).residualDecibels() : nil
        let told = Report(report, model: separator.model.name, threads: separator.threads, elapsed, residual)
        try answer.give(told) { told.words }
    }

    /// Refuses to put a stem in the place of the sound it comes from, as would happen to a vocals.wav.
    private func spareTheInput(_ stems: [Stem], _ kind: AudioWriterSettings.Kind, in folder: String) throws {
        var sound = stat()
        guard !input.isStandard, stat(input.path, &sound) == 0 else { return }
        let suffix = AudioWriterSettings(kind, sampleRate: 44100, channels: 2).fileExtension
        for stem in stems {
            let path = "\(folder)/\(stem).\(suffix)"
            var place = stat()
            guard stat(path, &place) == 0, place.st_dev == sound.st_dev, place.st_ino == sound.st_ino else { continue }
            throw Failure.cannotWrite(path, "it is the sound to take apart; choose another folder with -o")
        }
    }

    /// How the stems are stored; an MP3's bit rate depends on the sample rate, which a stream cannot tell beforehand.
    private func stemKind() throws(AudioError) -> AudioWriterSettings.Kind {
        guard format == .mp3 else { return format.stemKind }
        let rate = input.isStandard ? 44100 : try AudioProbe.probe(input.source).format.sampleRate
        return .mp3(kilobits: OutputFormat.usualKilobits(rate))
    }

    private var defaultFolder: String {
        guard !input.isStandard else { return "stems" }
        let name = URL(filePath: input.path).deletingPathExtension().lastPathComponent + "-stems"
        guard let slash = input.path.lastIndex(of: "/") else { return name }
        return input.path[...slash] + name
    }

    /// What is told about a separation.
    struct Report: Encodable {
        struct File: Encodable {
            let stem: String
            let path: String
            let peak: Float
            let peakDb: Double?
        }

        let model: String
        let files: [File]
        let gainDb: Double
        let seconds: Double
        let frames: Int
        let sampleRate: Int
        let channels: Int
        let truncated: Bool
        let source: Levels
        let threads: Int
        let elapsed: Double
        let realtimeFactor: Double
        let residualDb: Double?

        init(_ report: SeparationReport, model: String, threads: Int, _ elapsed: Double, _ residual: Double?) {
            self.model = model
            self.threads = threads
            self.elapsed = elapsed
            files = report.files.map {
                File(stem: "\($0.stem)", path: $0.path, peak: $0.peak, peakDb: Words.finiteDecibels($0.peak))
            }
            gainDb = report.gainDecibels
            frames = report.frames
            sampleRate = report.source.sampleRate
            channels = report.source.channels
            seconds = Double(report.frames) / Double(report.source.sampleRate)
            truncated = report.isTruncated
            source = Levels(report.levels)
            realtimeFactor = seconds / max(elapsed, 1e-9)
            residualDb = residual
        }

        /// The report for people.
        var words: String {
            var lines = [
                "\(ProgressBar.clock(seconds)) of sound in \(Words.number(elapsed, 2)) s, "
                    + "\(Words.number(realtimeFactor)) times faster than it plays"
            ]
            lines.append(Words.table(files.map { ($0.stem, "\(Words.decibels($0.peak)) peak  \($0.path)") }))
            if gainDb != 0 {
                lines.append("All stems were turned down by \(Words.number(-gainDb, 2)) dB, or one would clip.")
            }
            if let residualDb {
                let exactly = residualDb <= StemSum.exact
                lines.append(
                    "The stems sum to the sound \(exactly ? "exactly" : "within \(Words.number(residualDb)) dB").")
            }
            if truncated { lines.append("The sound ends before the length its file announces.") }
            return lines.joined(separator: "\n")
        }
    }
}

extension ProgressBar {
    /// Shows how far a separation is.
    func show(_ progress: SeparationProgress) {
        show(progress.fraction, done: "\(progress.frames) frames")
    }
}
