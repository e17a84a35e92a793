// The host's own program as the child that opens strangers' sounds.

import BuskerAudio
import BuskerCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a host's program does when it was started to work on a sound instead of to serve.
///
/// Decoders read bytes that strangers wrote, so they run in a process of their own, with little memory and little time; the
/// program to start is the host's own. A host calls ``main(_:)`` before anything else.
public enum SoundProgram {
    /// The first argument by which a program knows that it is to measure the sound on its standard input.
    static let measureVerb = "busker-measure-sound"
    /// The first argument by which a program knows that it is to do a task in its working folder.
    static let workVerb = "busker-work-sound"

    /// The environment of a child.
    ///
    /// A child that crashes ends at once: Swift's own look at a crash would stop its threads, ask for programs that are not there,
    /// and after a signal from outside go on with half of them.
    static let environment = ["LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]

    /// Does what the arguments ask for, if they ask for work on a sound.
    ///
    /// - Parameter arguments: without the program's own name.
    /// - Returns: the number to exit with; nothing when the arguments mean something else.
    public static func main(_ arguments: [String]) -> Int32? {
        switch arguments.first {
        case SoundCheck.verb: write(SoundCheck.answer(to: arguments) ?? "")
        case measureVerb: write(measure(.standardInput).line)
        case workVerb:
            guard arguments.count == 2, let task = SoundTask(arguments[1]) else {
                write(SoundWord.fault("failed", "The task cannot be read.").line)
                return 0
            }
            write(perform(task) { write($0.line) }.line)
        default: return nil
        }
        return 0
    }

    /// Decodes a sound to its end.
    static func measure(_ source: AudioSource) -> SoundWord {
        do throws(AudioError) {
            var reader = try AudioReader(source)
            let format = reader.format
            var block = [Float](repeating: 0, count: 8_192 * format.channels)
            while true {
                var room = block.mutableSpan
                if try reader.read(into: &room) == 0 { break }
            }
            guard reader.position > 0 else { return .fault("no_sound", "The file has no sound in it.") }
            let (high, low) = Int64(reader.position).multipliedFullWidth(by: 1_000_000)
            let rate = Int64(format.sampleRate)
            guard high < rate else { return .fault("failed", "The sound is too long.") }
            let (microseconds, rest) = rate.dividingFullWidth((high, low))
            return .measured(
                SoundFacts(
                    microseconds: microseconds + (rest > 0 ? 1 : 0), sampleRate: format.sampleRate,
                    channels: format.channels))
        } catch {
            return fault(error)
        }
    }

    /// Does a task in the working folder.
    static func perform(_ task: SoundTask, _ tell: @escaping (SoundWord) -> Void) -> SoundWord {
        do throws(AudioError) {
            switch task.verb {
            case .separate: return .done(try separate(task, tell))
            case .waveform:
                try draw(task.input, as: "waveform", task)
                return .done(["waveform.dat", "waveform.json"])
            case .preview:
                let start = (task.start, task.seconds, task.fade)
                let copy = ListeningCopy(
                    start: start.0, seconds: start.1, fade: start.2, rateMax: 44_100, kilobits: task.kilobits)
                try copy.write(.file(task.input), to: "preview.mp3") { tell(.progress($0, "preview")) }
                return .done(["preview.mp3"])
            case .song: return .done(try compose(task, tell))
            }
        } catch {
            return fault(error)
        }
    }

    /// Stems, peaks of the mixture and of every stem, and a copy of each to listen to.
    private static func separate(
        _ task: SoundTask, _ tell: @escaping (SoundWord) -> Void
    ) throws(AudioError) -> [String] {
        let separator = try separator(task)
        let kind: AudioWriterSettings.Kind = task.format == "wav" ? .wav(.int16) : .flac(bits: 16)
        let report = try separator.separate(.file(task.input), into: ".", as: kind) { progress in
            tell(.progress(0.75 * (progress.fraction ?? 0), "separating"))
            return true
        }
        var names: [String] = []
        let sounds = [("mixture", task.input)] + report.files.map { ("\($0.stem)", "\($0.stem).\(task.format)") }
        let share = 0.25 / Double(sounds.count)
        for (place, (name, path)) in sounds.enumerated() {
            tell(.progress(0.75 + share * Double(place), "drawing"))
            try draw(path, as: name, task)
            try ListeningCopy(kilobits: task.kilobits).write(.file(path), to: "\(name).mp3")
            if name != "mixture" { names.append(path) }
            names += ["\(name).dat", "\(name).mp3"]
        }
        return names
    }

    /// A song, its peaks, and a piece of it to listen to.
    private static func compose(
        _ task: SoundTask, _ tell: @escaping (SoundWord) -> Void
    ) throws(AudioError) -> [String] {
        let song = try ProceduralSong(
            prompt: task.prompt, seed: task.seed, seconds: Int(task.seconds ?? 0), style: task.style)
        let kind: AudioWriterSettings.Kind =
            switch task.format {
            case "flac": .flac(bits: 16)
            case "wav": .wav(.int16)
            case "ogg": .vorbis(quality: 0.6)
            default: .mp3(kilobits: 320)
            }
        let name = "song.\(task.format)"
        _ = try song.write(.file(name), as: kind) { share in
            tell(.progress(0.9 * share, "composing"))
            return true
        }
        tell(.progress(0.9, "drawing"))
        try draw(name, as: "song", task)
        let length = 30
        let copy = ListeningCopy(
            start: song.highlight(length), seconds: Double(length), fade: 1.5, rateMax: 44_100, kilobits: 64)
        try copy.write(.file(name), to: "preview.mp3")
        return [name, "preview.mp3", "song.dat"]
    }

    private static func separator(_ task: SoundTask) throws(AudioError) -> Separator {
        let only: [Stem]? = task.isTwo ? [.vocals] : nil
        return switch task.model?.kind {
        case .openUnmix: .openUnmix(try OpenUnmix(folder: task.model?.path ?? "", only: only))
        case .htdemucs: .htdemucs(try HTDemucs(file: task.model?.path ?? "", only: only))
        case nil: task.isTwo ? .twoStems() : .fourStems()
        }
    }

    private static func draw(_ path: String, as name: String, _ task: SoundTask) throws(AudioError) {
        let rate = try AudioReader(.file(path)).format.sampleRate
        let span = try Waveform.samplesPerPoint(sampleRate: rate, pointsPerSecond: task.pointsPerSecond)
        let waveform = try Waveform(contentsOf: .file(path), options: WaveformOptions(.samplesPerPoint(span)))
        try save(try waveform.encodeBinary(bits: .eight), as: "\(name).dat")
        if task.verb == .waveform { try save(try waveform.encodeJSON(bits: .eight), as: "\(name).json") }
    }

    private static func save(_ bytes: [UInt8], as path: String) throws(AudioError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AudioError(.cannotWrite, "A result cannot be written.") }
        defer { close(descriptor) }
        guard (try? NamelessFile.write(bytes, to: descriptor)) != nil else {
            throw AudioError(.cannotWrite, "A result cannot be written.")
        }
    }

    private static func fault(_ error: AudioError) -> SoundWord {
        switch error.code {
        case .noSound: .fault("no_sound", error.detail)
        case .outOfMemory: .fault("out_of_memory", error.detail)
        case .cannotWrite, .coreFailed, .fileUnreadable, .badWeights: .fault("failed", error.detail)
        default: .fault("sound_unreadable", error.detail)
        }
    }

    private static func write(_ line: String) {
        _ = try? NamelessFile.write(Array("\(line)\n".utf8), to: 1)
    }
}
