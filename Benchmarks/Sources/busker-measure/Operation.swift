// The operations that can be measured, each through the public interface.

import BuskerAudio
import Glibc

/// Something to run several times; `run` returns how many seconds of sound it worked on.
struct Operation {
    let name: String
    var note = ""
    var isWarmedUp = true
    let run: () throws -> Double

    /// Frames that are read at once.
    private static let blockFrames = 16384

    /// Finds an operation by name and loads what it needs; `nil` for an unknown name.
    static func named(_ name: String, file: String, settings: [String: String]) throws -> Operation? {
        let threads = settings["threads"].flatMap(Int.init) ?? 1
        let model = settings["model"] ?? "four"
        switch name {
        case "separate":
            let seconds = settings["seconds"].flatMap(Double.init) ?? 0
            return try separate(load(file, seconds: seconds), separator(model, threads), model)
        case "stream": return try stream(file, separator(model, threads), model)
        case "waveform": return waveform(file, to: settings["out"])
        case "decode": return Operation(name: "decode") { try decode(file) }
        default: return nil
        }
    }

    private static func separator(_ model: String, _ threads: Int) throws -> Separator {
        switch model {
        case "harmonic": return .harmonicPercussive(threads: threads)
        case "repeating": return .repeatingBackground(threads: threads)
        case "centre": return .centre(threads: threads)
        case "two": return .twoStems(threads: threads)
        case "four": return .fourStems(threads: threads)
        default: throw Refusal(description: "There is no model \(model).")
        }
    }

    private static func separate(_ sound: AudioBuffer, _ separator: Separator, _ model: String) -> Operation {
        Operation(name: "separate", note: "\(model), \(separator.threads) threads") {
            let stems = try separator.separate(sound)
            precondition(stems.count == separator.stems.count && stems.allSatisfy { $0.frames == sound.frames })
            return Double(sound.frames) / Double(sound.sampleRate)
        }
    }

    private static func stream(_ file: String, _ separator: Separator, _ model: String) -> Operation {
        Operation(name: "stream", note: "\(model), \(separator.threads) threads", isWarmedUp: false) {
            var reader = try AudioReader(.file(file))
            let rate = reader.format.sampleRate
            var written = 0
            let stream = try separator.stream(sampleRate: rate, channels: reader.format.channels) {
                (block: StemBlock) throws(AudioError) in written += block.frames
            }
            while true {
                let block = try reader.read(frames: blockFrames)
                if block.isEmpty { break }
                try stream.push(block.span)
            }
            try stream.finish()
            precondition(written == reader.position)
            return Double(written) / Double(rate)
        }
    }

    private static func waveform(_ file: String, to path: String?) -> Operation {
        Operation(name: "waveform") {
            var reader = try AudioReader(.file(file))
            let format = reader.format
            var builder = try WaveformBuilder(
                sampleRate: format.sampleRate, channels: format.channels, resolution: .samplesPerPoint(256),
                expectedFrames: reader.declaredFrames)
            try format.encoding.isWholeNumbers ? drawNumbers(&reader, &builder) : drawFloats(&reader, &builder)
            let frames = builder.frames
            let bytes = try builder.finish().encodeBinary(bits: .eight)
            if let path { try write(bytes, to: path) }
            return Double(frames) / Double(format.sampleRate)
        }
    }

    private static func drawNumbers(_ reader: inout AudioReader, _ builder: inout WaveformBuilder) throws {
        let channels = reader.format.channels
        var block = [Int16](repeating: 0, count: blockFrames * channels)
        while true {
            var span = block.mutableSpan
            let frames = try reader.readInt16(into: &span)
            if frames == 0 { return }
            try builder.append(block.span.extracting(..<(frames * channels)))
        }
    }

    private static func drawFloats(_ reader: inout AudioReader, _ builder: inout WaveformBuilder) throws {
        let channels = reader.format.channels
        var block = [Float](repeating: 0, count: blockFrames * channels)
        while true {
            var span = block.mutableSpan
            let frames = try reader.read(into: &span)
            if frames == 0 { return }
            try builder.append(block.span.extracting(..<(frames * channels)))
        }
    }

    private static func decode(_ file: String) throws -> Double {
        var reader = try AudioReader(.file(file))
        var block = [Float](repeating: 0, count: blockFrames * reader.format.channels)
        var span = block.mutableSpan
        while try reader.read(into: &span) > 0 {}
        return Double(reader.position) / Double(reader.format.sampleRate)
    }

    private static func load(_ file: String, seconds: Double) throws -> AudioBuffer {
        var reader = try AudioReader(.file(file))
        let rate = reader.format.sampleRate
        let limit = seconds > 0 ? Int(seconds * Double(rate)) : Int.max
        var samples: [Float] = []
        while reader.position < limit {
            let block = try reader.read(frames: min(blockFrames, limit - reader.position))
            if block.isEmpty { break }
            samples += block
        }
        return try AudioBuffer(sampleRate: rate, channels: reader.format.channels, samples: samples)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw Refusal(description: "\(path) cannot be written.") }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw Refusal(description: "\(path) cannot be written.") }
    }

    /// Why an operation cannot be done.
    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }
}
