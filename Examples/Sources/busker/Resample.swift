// busker resample: changes the sample rate of a sound.

import ArgumentParser
import BuskerAudio

/// Changes the sample rate.
struct Resample: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(abstract: "Change the sample rate of a sound.")

    @Option(help: ArgumentHelp("Frames a second of the result, 8000 to 192000.", valueName: "hz"))
    var rate: Int

    @Option(help: "How much is paid for how little is lost: best, medium or fast.")
    var quality = Quality.medium

    @OptionGroup var copy: CopyOptions
    @OptionGroup var answer: Answer

    func validate() throws {
        guard (8000...192_000).contains(rate) else { throw ValidationError("--rate is from 8000 to 192000.") }
        try answer.check(copy.output)
    }

    func run() throws {
        let report = try copy.transcoder(rate: rate, quality.setting).run(answer.bar("Resampling"))
        try answer.give(report, for: copy.output)
    }

    enum Quality: String, ExpressibleByArgument, CaseIterable {
        case best, medium, fast

        var setting: Resampler.Quality {
            switch self {
            case .best: .best
            case .medium: .medium
            case .fast: .fast
            }
        }
    }
}
