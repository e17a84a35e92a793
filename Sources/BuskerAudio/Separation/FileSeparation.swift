// One separation of a file: reads, separates, writes, and does it again where stems would clip.

import CBuskerDSP

#if canImport(Glibc)
import Glibc
#endif

/// The state of one separation of a file.
final class FileSeparation {
    /// Frames that are read at once.
    private static let blockFrames = 16384
    /// Where the largest sample is put when stems must be turned down.
    private static let ceiling: Float = 0.999

    private let separator: Separator
    private let folder: String
    private let kind: AudioWriterSettings.Kind
    private var reader: AudioReader
    private var gain: Float = 1
    private var levels = AudioLevels()

    init(
        separator: Separator, source: AudioSource, folder: String, kind: AudioWriterSettings.Kind, limits: AudioLimits
    ) throws(AudioError) {
        reader = try AudioReader(source, limits: limits)
        self.separator = separator
        self.folder = folder
        self.kind = kind
    }

    func run(progress: @escaping (SeparationProgress) -> Bool) throws(AudioError) -> SeparationReport {
        var (files, peaks) = try pass(progress)
        levels = reader.levels
        let highest = peaks.max() ?? 0
        if highest > 1, !storesFloats {
            for file in files { file.cancel() }
            gain = Self.ceiling / highest
            try reader.seek(toFrame: 0)
            (files, peaks) = try pass(progress)
        }
        var written: [SeparationReport.File] = []
        for (file, peak) in zip(files, peaks) {
            try file.finish()
            written.append(.init(stem: file.stem, path: file.path, peak: peak * gain))
        }
        return SeparationReport(
            files: written, source: reader.format, frames: reader.position,
            gainDecibels: 20 * Double(log10(gain)), isTruncated: reader.isTruncated, levels: levels)
    }

    private var storesFloats: Bool {
        if case .wav(.float32) = kind { return true }
        return false
    }

    /// Separates the whole file once; the files are complete but not yet in their place.
    private func pass(
        _ progress: @escaping (SeparationProgress) -> Bool
    ) throws(AudioError) -> (files: [StemFile], peaks: [Float]) {
        let format = reader.format
        let files = try openFiles(format)
        let gain = gain
        let stream = try separator.stream(
            sampleRate: format.sampleRate, channels: format.channels, expectedFrames: reader.declaredFrames,
            progress: progress
        ) { block throws(AudioError) in
            for (file, samples) in zip(files, block.samples) { try file.write(samples, gain: gain) }
        }
        var block = [Float](repeating: 0, count: Self.blockFrames * format.channels)
        while true {
            var room = block.mutableSpan
            let frames = try reader.read(into: &room)
            guard frames > 0 else { break }
            try stream.push(block.span.extracting(..<(frames * format.channels)))
        }
        guard reader.position > 0 else {
            throw AudioError(.noSound, "The file holds no sound, so there is nothing to separate.")
        }
        try stream.finish()
        return (files, stream.peaks)
    }

    private func openFiles(_ format: AudioFormat) throws(AudioError) -> [StemFile] {
        var settings = AudioWriterSettings(kind, sampleRate: format.sampleRate, channels: format.channels)
        settings.expectedFrames = reader.declaredFrames
        settings.tags = reader.tags
        var files: [StemFile] = []
        for stem in separator.stems {
            files.append(try StemFile(stem, "\(folder)/\(stem).\(settings.fileExtension)", settings))
        }
        return files
    }
}

/// A stem on its way to a file; a file that is neither finished nor cancelled is cancelled when it goes.
private final class StemFile {
    let stem: Stem
    let path: String
    private var writer: AudioWriter?

    init(_ stem: Stem, _ path: String, _ settings: AudioWriterSettings) throws(AudioError) {
        self.stem = stem
        self.path = path
        writer = try AudioWriter(.file(path), settings: settings)
    }

    func write(_ samples: [Float], gain: Float) throws(AudioError) {
        if gain == 1 {
            try writer?.write(samples.span)
        } else {
            var scaled = samples
            var room = scaled.mutableSpan
            busker_gain(&room, gain)
            try writer?.write(scaled.span)
        }
    }

    func finish() throws(AudioError) {
        if let writer = writer.take() { _ = try writer.finish() }
    }

    func cancel() {
        if let writer = writer.take() { writer.cancel() }
    }
}
