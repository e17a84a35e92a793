// What takes a sound apart, as it is named on the command line.

import ArgumentParser
import BuskerAudio

/// The models by name; a net's name is followed by where its weights lie.
enum ModelChoice: ExpressibleByArgument, Equatable {
    case stems, repeating, centre, harmonicPercussive
    case openUnmix(String)
    case htdemucs(String)

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1)
        switch (parts.first, parts.count) {
        case ("stems", 1): self = .stems
        case ("repeating", 1): self = .repeating
        case ("centre", 1): self = .centre
        case ("harmonic-percussive", 1): self = .harmonicPercussive
        case ("umx", 2): self = .openUnmix(String(parts[1]))
        case ("htdemucs", 2): self = .htdemucs(String(parts[1]))
        default: return nil
        }
    }

    /// Whether it is a net, whose weights somebody brings.
    var isNet: Bool {
        switch self {
        case .openUnmix, .htdemucs: true
        default: false
        }
    }

    /// Makes the separator; a net's weights are loaded here.
    func separator(_ options: ModelOptions) throws(AudioError) -> Separator {
        let threads = options.threads
        switch self {
        case .stems where options.stems == 2:
            return .twoStems(refinements: options.refine, threads: threads)
        case .stems: return .fourStems(refinements: options.refine, threads: threads)
        case .harmonicPercussive: return .harmonicPercussive(threads: threads)
        case .repeating: return .repeatingBackground(threads: threads)
        case .centre: return .centre(threads: threads)
        case .openUnmix(let folder):
            var settings = OpenUnmix.Settings()
            settings.threads = threads
            settings.sum = options.free ? .free : .exact
            settings.iterations = options.iterations
            return .openUnmix(try OpenUnmix(folder: folder, only: options.only, settings: settings))
        case .htdemucs(let file):
            var settings = HTDemucs.Settings()
            settings.threads = threads
            settings.sum = options.free ? .free : .exact
            (settings.shifts, settings.seed) = (options.shifts, options.seed)
            return .htdemucs(try HTDemucs(file: file, only: options.only, settings: settings))
        }
    }
}

/// What can be said about how a model works.
struct ModelOptions: ParsableArguments {
    @Option(
        help: "2 (vocals, accompaniment) or 4; a net with 2 runs only what the vocals need (default: all stems).")
    var stems: Int?

    @Option(help: "For the model stems: rounds of Wiener refinement, 0 to 8; helps only sources with a steady place.")
    var refine = 0

    @Flag(help: "For nets: stems as the net says; their sum is only near the sound.")
    var free = false

    @Option(help: "For umx: rounds of the Wiener filter, 0 to 32.")
    var iterations = 1

    @Option(help: "For htdemucs: how often the sound is separated, shifted by up to half a second, 0 to 32.")
    var shifts = 0

    @Option(help: "For htdemucs: what the shifts are drawn from; the same seed gives the same stems.")
    var seed: UInt64 = 0

    @Option(help: "Threads, 1 to 64 (default: one for each processor). The result is the same.")
    var threads: Int?

    /// The stems that a net is asked for; all where there are none.
    var only: [Stem]? { stems == 2 ? [.vocals] : nil }

    /// Refuses what the model does not have.
    func check(_ model: ModelChoice) throws {
        if let stems {
            guard model == .stems || model.isNet && stems == 2 else {
                throw ValidationError("--stems goes with --model stems; with a net it is 2.")
            }
            guard stems == 2 || stems == 4 else { throw ValidationError("--stems is 2 or 4.") }
        }
        guard refine == 0 || model == .stems else { throw ValidationError("--refine goes with --model stems.") }
        guard (0...8).contains(refine) else { throw ValidationError("--refine is from 0 to 8.") }
        guard !free || model.isNet else { throw ValidationError("--free goes with a net.") }
        if case .openUnmix = model {
        } else {
            guard iterations == 1 else { throw ValidationError("--iterations goes with --model umx:FOLDER.") }
        }
        if case .htdemucs = model {
        } else {
            guard shifts == 0, seed == 0 else {
                throw ValidationError("--shifts and --seed go with --model htdemucs:FILE.")
            }
        }
        guard (0...32).contains(shifts), (0...32).contains(iterations) else {
            throw ValidationError("--shifts and --iterations are from 0 to 32.")
        }
        if let threads, !(1...64).contains(threads) { throw ValidationError("--threads is from 1 to 64.") }
    }
}
