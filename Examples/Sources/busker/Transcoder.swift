// Copies a sound into another kind of file, at another rate where that is wanted.

import BuskerAudio
import Foundation

/// One copy of a sound: reads, resamples, writes, block by block.
struct Transcoder {
    /// What was written.
    struct Report: Encodable {
        let path: String
        let format: String
        let sampleRate: Int
        let sourceSampleRate: Int
        let channels: Int
        let frames: Int
        let seconds: Double
        let bytes: Int
        let sourcePeakDb: Double?
        let truncated: Bool
        let elapsed: Double

        /// The report as a sentence.
        var words: String {
            var text = "\(path): \(ProgressBar.clock(seconds)) of \(sampleRate) Hz, \(bytes) bytes"
            if sampleRate != sourceSampleRate { text += ", resampled from \(sourceSampleRate) Hz" }
            if truncated { text += "; the source ends before the length it announces" }
            return text
        }
    }

    private static let blockFrames = 16384

    var input: Place
    var output: Place
    var format: OutputFormat
    var bits: Int?
    var kilobits: Int?
    var quality: Double?
    /// The rate to write; by default the source's, or the nearest above it that the kind of file can hold.
    var rate: Int?
    var resampling = Resampler.Quality.medium
    var dither: AudioWriterSettings.Dither?

    func run(_ bar: ProgressBar) throws -> Report {
        let begin = ContinuousClock.now
        var reader = try AudioReader(input.source)
        let source = reader.format
        let rate = rate ?? format.fittingRate(source.sampleRate)
        let settings = try settings(for: reader.format, tags: reader.tags, declared: reader.declaredFrames, rate: rate)
        let (written, isTruncated, peak) = try Interrupt.guardingFiles(unless: output.isStandard) {
            var writer = try AudioWriter(output.destination, settings: settings)
            try copy(&reader, to: &writer, rate: rate, bar)
            return (try writer.finish(), reader.isTruncated, reader.levels.peak)
        }
        bar.end()
        return Report(
            path: output.path, format: settings.fileExtension, sampleRate: rate, sourceSampleRate: source.sampleRate,
            channels: source.channels, frames: written.frames, seconds: Double(written.frames) / Double(rate),
            bytes: written.byteCount, sourcePeakDb: Words.finiteDecibels(peak), truncated: isTruncated,
            elapsed: (ContinuousClock.now - begin) / .seconds(1))
    }

    private func settings(
        for source: AudioFormat, tags: AudioTags, declared: Int?, rate: Int
    ) throws(AudioError) -> AudioWriterSettings {
        let kind = try format.kind(bits: bits, kilobits: kilobits, quality: quality, rate: rate, from: source)
        var settings = AudioWriterSettings(kind, sampleRate: rate, channels: source.channels)
        settings.tags = tags
        settings.expectedFrames = declared.map {
            Resampler.outputFrames(for: $0, from: source.sampleRate, to: rate)
        }
        // Samples that fit as they are must come back unchanged.
        let fits = source.encoding.isWholeNumbers && (source.bitsPerSample ?? 32) <= 16 && rate == source.sampleRate
        settings.dither = dither ?? (fits ? .none : .automatic)
        return settings
    }

    private func copy(
        _ reader: inout AudioReader, to writer: inout AudioWriter, rate: Int, _ bar: ProgressBar
    ) throws {
        let channels = reader.format.channels
        let sourceRate = reader.format.sampleRate
        var block = [Float](repeating: 0, count: Self.blockFrames * channels)
        var resampler: Resampler?
        if rate != sourceRate {
            resampler = try Resampler(from: sourceRate, to: rate, channels: channels, quality: resampling)
        }
        var converted: [Float] = []
        while true {
            try Interrupt.check()
            var room = block.mutableSpan
            let frames = try reader.read(into: &room)
            guard frames > 0 else { break }
            let samples = block.span.extracting(..<(frames * channels))
            if resampler == nil {
                try writer.write(samples)
            } else {
                converted.removeAll(keepingCapacity: true)
                try resampler?.push(samples, into: &converted)
                try writer.write(converted.span)
            }
            bar.show(reader.position, of: reader.declaredFrames, rate: sourceRate)
        }
        guard reader.position > 0 else {
            throw Failure(
                .badInput, code: "no_sound", "\(input.inputName) holds no sound, so there is nothing to write.")
        }
        converted.removeAll(keepingCapacity: true)
        try resampler?.finish(into: &converted)
        try writer.write(converted.span)
    }
}
