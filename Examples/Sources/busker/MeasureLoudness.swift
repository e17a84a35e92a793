// busker loudness: measures how loud a sound is to people.

import ArgumentParser
import BuskerAudio

/// Measures loudness.
struct MeasureLoudness: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "loudness", abstract: "Measure loudness after EBU R 128, and the gain to a target.")

    private static let blockFrames = 16384

    @Argument(help: "The sound to measure; - is standard input.")
    var input = Place.standard

    @Option(parsing: .unconditional, help: ArgumentHelp("The loudness to reach, in LUFS.", valueName: "lufs"))
    var target = -14.0

    @Flag(help: "Measure the true peak between the samples too, which takes several times longer.")
    var truePeak = false

    @OptionGroup var answer: Answer

    func validate() throws {
        guard (-70...0).contains(target) else { throw ValidationError("The target is between -70 and 0 LUFS.") }
        try input.checkInput()
    }

    func run() throws {
        var reader = try AudioReader(input.source)
        let format = reader.format
        var measures: LoudnessMeter.Measures = [.range, .maxima]
        if truePeak { measures.insert(.truePeak) }
        var meter = try LoudnessMeter(sampleRate: format.sampleRate, channels: format.channels, measures: measures)
        var block = [Float](repeating: 0, count: Self.blockFrames * format.channels)
        let bar = answer.bar("Measuring")
        while true {
            var room = block.mutableSpan
            let frames = try reader.read(into: &room)
            guard frames > 0 else { break }
            try meter.push(block.span.extracting(..<(frames * format.channels)))
            bar.show(reader.position, of: reader.declaredFrames, rate: format.sampleRate)
        }
        bar.end()
        let loudness = try meter.read()
        try answer.give(Report(loudness, target: target)) {
            "\(input.inputName)\n" + Words.table(rows(loudness))
        }
    }

    private func rows(_ loudness: Loudness) -> [(String, String)] {
        var rows = [("loudness", "\(Words.number(loudness.integrated)) LUFS")]
        if let range = loudness.range { rows.append(("range", "\(Words.number(range)) LU")) }
        if let most = loudness.momentaryMax { rows.append(("loudest 400 ms", "\(Words.number(most)) LUFS")) }
        if let most = loudness.shortTermMax { rows.append(("loudest 3 s", "\(Words.number(most)) LUFS")) }
        rows.append(("peak", Words.decibels(loudness.samplePeak)))
        if let peak = loudness.truePeak { rows.append(("true peak", Words.decibels(peak))) }
        rows.append(("gain to \(Words.number(target)) LUFS", "\(Words.number(loudness.gain(to: target))) dB"))
        return rows
    }

    /// What was measured; a value that is minus infinity is left out.
    private struct Report: Encodable {
        let integratedLufs: Double?
        let rangeLu: Double?
        let momentaryMaxLufs: Double?
        let shortTermMaxLufs: Double?
        let samplePeakDb: Double?
        let truePeakDb: Double?
        let targetLufs: Double
        let gainDb: Double

        init(_ loudness: Loudness, target: Double) {
            func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
            integratedLufs = finite(loudness.integrated)
            rangeLu = finite(loudness.range)
            momentaryMaxLufs = finite(loudness.momentaryMax)
            shortTermMaxLufs = finite(loudness.shortTermMax)
            samplePeakDb = Words.finiteDecibels(loudness.samplePeak)
            truePeakDb = loudness.truePeak.flatMap { Words.finiteDecibels($0) }
            targetLufs = target
            gainDb = loudness.gain(to: target)
        }
    }
}
