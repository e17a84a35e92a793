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

    /// Makes the separator; a net's weights are loaded here.
    func separator(stems: Int, refinements: Int, threads: Int?) throws(AudioError) -> Separator {
        switch self {
        case .stems where stems == 2: return .twoStems(refinements: refinements, threads: threads)
        case .stems: return .fourStems(refinements: refinements, threads: threads)
        case .harmonicPercussive: return .harmonicPercussive(threads: threads)
        case .repeating: return .repeatingBackground(threads: threads)
        case .centre: return .centre(threads: threads)
        case .openUnmix(let folder):
            var settings = OpenUnmix.Settings()
            settings.threads = threads
            return .openUnmix(try OpenUnmix(folder: folder, settings: settings))
        case .htdemucs(let file):
            var settings = HTDemucs.Settings()
            settings.threads = threads
            return .htdemucs(try HTDemucs(file: file, settings: settings))
        }
    }
}
