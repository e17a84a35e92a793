// busker waveform: peaks of a sound as data or as a drawing.

import ArgumentParser
import BuskerAudio

/// Computes and draws waveforms.
struct DrawWaveform: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "waveform",
        abstract: "Compute the waveform of a sound, as data or as a drawing.",
        discussion: """
            Options are named as audiowaveform's, and .dat and .json files have its bytes. The input may also be such a \
            file, for another resolution or for a drawing. --rms adds the loudness of every point to a drawing; beside a \
            .dat or .json file it is written as OUT.rms.json.
            """,
        helpNames: .long)

    @Option(
        name: [.short, .customLong("input-filename")], help: "The sound, .dat or .json to read; - is standard input.")
    var input = Place.standard

    @Option(name: [.short, .customLong("output-filename")], help: "The file to write; - is standard output.")
    var output = Place.standard

    @Option(help: "What the input is: audio, dat or json (default: by its extension).")
    var inputFormat: InputFormat?

    @Option(help: "What to write: dat, json, svg, wavesurfer or rms (default: by the extension of the output).")
    var outputFormat: OutputFormat?

    @Option(
        name: .shortAndLong,
        help: "Frames of sound in a point; auto makes as many points as --width says (default: 256).")
    var zoom: Zoom?

    @Option(help: "Points for a second of sound, in place of --zoom.")
    var pixelsPerSecond: Int?

    @Option(help: "Exactly so many points over the whole, in place of --zoom.")
    var points: Int?

    @Option(name: .shortAndLong, help: "Bits of a value in dat and json: 8 or 16.")
    var bits = 16

    @Option(name: .shortAndLong, help: "The second to begin at.")
    var start = 0.0

    @Option(name: .shortAndLong, help: "The second to end at (default: the end).")
    var end: Double?

    @Flag(help: "A waveform for every channel, in place of one for their mean.")
    var splitChannels = false

    @Option(help: "A factor for all values, or auto to fill the range.")
    var amplitudeScale: AmplitudeScale?

    @Flag(help: "Compute the loudness (RMS) of every point too.")
    var rms = false

    @OptionGroup(title: "Drawing") var drawing: DrawingOptions
    @OptionGroup var answer: Answer

    func validate() throws {
        try input.checkInput()
        guard [zoom != nil, pixelsPerSecond != nil, points != nil].filter({ $0 }).count < 2 else {
            throw ValidationError("--zoom, --pixels-per-second and --points exclude each other.")
        }
        guard bits == 8 || bits == 16 else { throw ValidationError("--bits is 8 or 16.") }
        guard let format = chosenOutput else {
            throw ValidationError("Say with --output-format what to write: dat, json, svg, wavesurfer or rms.")
        }
        if let points, !(1...WaveformLimits.evenPoints).contains(points) {
            throw ValidationError("--points is from 1 to \(WaveformLimits.evenPoints).")
        }
        if let pixelsPerSecond, pixelsPerSecond < 1 { throw ValidationError("--pixels-per-second is 1 or more.") }
        guard start >= 0, end.map({ $0 > start }) ?? true else {
            throw ValidationError("--start is 0 or more, and --end comes after it.")
        }
        if rms, output.isStandard, format == .dat || format == .json {
            throw ValidationError("--rms is a second file, which standard output cannot hold; name a file with -o.")
        }
        if chosenInput != .audio {
            guard !rms, format != .rms else {
                throw ValidationError("A waveform file does not hold RMS; read the sound.")
            }
            guard !splitChannels else {
                throw ValidationError("A waveform file has the channels it has; read the sound.")
            }
        }
        if answer.json, output.isStandard {
            throw ValidationError("--json and the waveform cannot both go to standard output.")
        }
    }

    func run() throws {
        guard let format = chosenOutput else { return }
        var waveform = try chosenInput == .audio ? computed(for: format) : converted(for: format)
        if let amplitudeScale { waveform = try waveform.scaled(amplitudeScale.scale) }
        let width: Waveform.Bits = bits == 8 ? .eight : .sixteen
        var written = [output.path]
        switch format {
        case .dat: try output.write(waveform.encodeBinary(bits: width))
        case .json: try output.write(waveform.encodeJSON(bits: width))
        case .wavesurfer: try output.write(waveform.encodeWavesurfer())
        case .rms: try output.write(waveform.encodeRMS())
        case .svg:
            let svg = try drawing.svg(fillsHeight: amplitudeScale == nil).render(waveform)
            try output.write(Array(svg.utf8))
        }
        if rms, format == .dat || format == .json {
            let beside = Place(output.path + ".rms.json")
            try beside.write(waveform.encodeRMS())
            written.append(beside.path)
        }
        guard !output.isStandard else { return }
        let report = Report(waveform, paths: written)
        try answer.give(report) { report.words }
    }

    /// The waveform of a sound.
    private func computed(for format: OutputFormat) throws -> Waveform {
        var reader = try AudioReader(input.source)
        let (declared, rate) = (reader.declaredFrames, reader.format.sampleRate)
        let resolution = try resolution(for: format, rate: rate)
        var options = WaveformOptions(
            resolution, mix: splitChannels ? .perChannel : .mono, rms: rms || format == .rms)
        options.start = start
        options.end = end
        let bar = answer.bar("Drawing")
        defer { bar.end() }
        return try Waveform(reading: &reader, options: options) { bar.show($0, of: declared, rate: rate) }
    }

    /// Another resolution of a waveform file, and the part that was asked for.
    private func converted(for format: OutputFormat) throws -> Waveform {
        let bytes = try input.readAll(bytesMax: WaveformLimits.fileBytes)
        var waveform =
            try chosenInput == .json ? Waveform(decodingJSON: bytes.span) : Waveform(decodingBinary: bytes.span)
        if start > 0 || end != nil {
            let rate = Double(waveform.sampleRate)
            let last = min(end.map { $0 * rate } ?? .infinity, Double(waveform.frames))
            let first = min(start * rate, Double(waveform.frames))
            waveform = try waveform.trimmed(to: Int(first)..<Int(max(first, last)))
        }
        switch try resolution(for: format, rate: waveform.sampleRate) {
        case .points(let points): return try waveform.resampled(points: points)
        case .samplesPerPoint(let frames):
            let isAsked = zoom != nil || pixelsPerSecond != nil
            return isAsked ? try waveform.resampled(to: frames) : waveform
        }
    }

    private func resolution(for format: OutputFormat, rate: Int) throws -> WaveformBuilder.Resolution {
        if let points { return .points(points) }
        if let pixelsPerSecond {
            return .samplesPerPoint(try Waveform.samplesPerPoint(sampleRate: rate, pointsPerSecond: pixelsPerSecond))
        }
        switch zoom {
        case .frames(let frames): return .samplesPerPoint(frames)
        case .automatic: return .points(drawing.width)
        case nil:
            return format == .svg && chosenInput == .audio ? .points(DrawingOptions.points) : .samplesPerPoint(256)
        }
    }

    private var chosenOutput: OutputFormat? { outputFormat ?? OutputFormat(rawValue: output.suffix) }

    private var chosenInput: InputFormat { inputFormat ?? InputFormat(rawValue: input.suffix) ?? .audio }

    private struct Report: Encodable {
        let paths: [String]
        let points: Int
        let channels: Int
        let sampleRate: Int
        let samplesPerPoint: Int
        let frames: Int
        let seconds: Double
        let truncated: Bool

        init(_ waveform: Waveform, paths: [String]) {
            self.paths = paths
            points = waveform.count
            channels = waveform.channels
            sampleRate = waveform.sampleRate
            samplesPerPoint = waveform.samplesPerPoint
            frames = waveform.frames
            seconds = waveform.duration
            truncated = waveform.findings.isTruncated
        }

        var words: String {
            var text = "\(paths.joined(separator: ", ")): \(points) points over \(ProgressBar.clock(seconds))"
            if truncated { text += "; the sound ends before the length it announces" }
            return text
        }
    }
}

extension DrawWaveform {
    enum InputFormat: String, ExpressibleByArgument, CaseIterable {
        case audio, dat, json
    }

    enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
        case dat, json, svg, wavesurfer, rms
    }

    /// Frames in a point, or auto.
    enum Zoom: ExpressibleByArgument {
        case frames(Int)
        case automatic

        init?(argument: String) {
            if argument == "auto" {
                self = .automatic
            } else if let frames = Int(argument), (2...WaveformLimits.samplesPerPoint).contains(frames) {
                self = .frames(frames)
            } else {
                return nil
            }
        }
    }

    /// A factor, or auto.
    struct AmplitudeScale: ExpressibleByArgument {
        let scale: Waveform.AmplitudeScale

        init?(argument: String) {
            if argument == "auto" {
                scale = .automatic
            } else if let factor = Double(argument), (0...32_768).contains(factor) {
                scale = .fixed(factor)
            } else {
                return nil
            }
        }
    }
}
