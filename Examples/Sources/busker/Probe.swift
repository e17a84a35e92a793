// busker probe: says what a file is and what is wrong with it.

import ArgumentParser
import BuskerAudio

/// Looks at a file.
struct Probe: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        abstract: "Say what a sound file is, how long it lasts, and what is wrong with it.")

    @Argument(help: "The file to look at; - is standard input.")
    var input = Place.standard

    @Flag(help: "Decode all of it: the length is true, and peak and clipping are known.")
    var exact = false

    @OptionGroup var answer: Answer

    func validate() throws { try input.checkInput() }

    func run() throws {
        let probe = try AudioProbe.probe(input.source, depth: exact ? .exact : .header)
        try answer.give(Report(probe)) { "\(input.inputName)\n" + Words.table(Self.rows(probe)) }
    }

    private static func rows(_ probe: AudioProbe) -> [(String, String)] {
        var rows = [("format", "\(probe.format)")]
        if let seconds = probe.seconds, let frames = probe.decodedFrames ?? probe.declaredFrames {
            let manner = probe.decodedFrames == nil ? "as announced" : "decoded"
            rows.append(
                ("length", "\(ProgressBar.clock(seconds)), \(Words.number(seconds, 3)) s, \(frames) frames, \(manner)"))
        } else {
            rows.append(("length", "not announced; --exact decodes the file"))
        }
        if let levels = probe.levels {
            rows.append(("peak", Words.decibels(levels.peak)))
            let clipped = "\(levels.clippedSamples) samples in \(levels.clippedRuns) places"
            rows.append(("clipped", levels.isClipped ? clipped : "nothing"))
            if levels.notNumbers > 0 { rows.append(("repaired", "\(levels.notNumbers) samples that are no numbers")) }
            if levels.outOfRange > 0 { rows.append(("clamped", "\(levels.outOfRange) samples far beyond full scale")) }
        }
        for (key, text) in probe.tags.all { rows.append((key.rawValue, text)) }
        if probe.isTruncated { rows.append(("warning", "the file ends before the length it announces")) }
        if probe.strayBytes > 0 { rows.append(("warning", "\(probe.strayBytes) bytes belong to no frame")) }
        if let name = probe.misleadingExtension {
            rows.append(("warning", "the name ends in .\(name), which this file is not"))
        }
        return rows
    }

    private struct Report: Encodable {
        let container: String
        let encoding: String
        let sampleRate: Int
        let channels: Int
        let bitsPerSample: Int?
        let declaredFrames: Int?
        let decodedFrames: Int?
        let seconds: Double?
        let truncated: Bool
        let tags: [String: String]
        let levels: Levels?
        let strayBytes: Int
        let misleadingExtension: String?

        init(_ probe: AudioProbe) {
            container = probe.format.container.rawValue
            encoding = probe.format.encoding.rawValue
            sampleRate = probe.format.sampleRate
            channels = probe.format.channels
            bitsPerSample = probe.format.bitsPerSample
            declaredFrames = probe.declaredFrames
            decodedFrames = probe.decodedFrames
            seconds = probe.seconds
            truncated = probe.isTruncated
            tags = Dictionary(uniqueKeysWithValues: probe.tags.all.map { ($0.key.rawValue, $0.text) })
            levels = probe.levels.map(Levels.init)
            strayBytes = probe.strayBytes
            misleadingExtension = probe.misleadingExtension
        }
    }
}

/// Peak, clipping and repairs as JSON.
struct Levels: Encodable {
    let peak: Float
    let peakDb: Double?
    let clippedSamples: Int
    let clippedRuns: Int
    let notNumbers: Int
    let outOfRange: Int

    init(_ levels: AudioLevels) {
        peak = levels.peak
        peakDb = Words.finiteDecibels(levels.peak)
        clippedSamples = levels.clippedSamples
        clippedRuns = levels.clippedRuns
        notNumbers = levels.notNumbers
        outOfRange = levels.outOfRange
    }
}
