// busker models: what can take a sound apart, and what a net's weights are.

import ArgumentParser
import BuskerAudio

/// Lists the models, or looks at the weights of nets.
struct Models: ParsableCommand, Answering {
    static let configuration = CommandConfiguration(
        abstract: "List what can take a sound apart, or look at the weights of a net.",
        discussion: """
            Nets need weights that you bring, as safetensors; Documentation/NeuralModels.md says where they come from, what \
            their licences allow, and how to convert them.
            """)

    @Argument(help: ArgumentHelp("Nets to look at: umx:FOLDER, htdemucs:FILE.", valueName: "net"))
    var nets: [ModelChoice] = []

    @OptionGroup var answer: Answer

    func validate() throws {
        for net in nets {
            switch net {
            case .openUnmix, .htdemucs: continue
            default: throw ValidationError("Only umx:FOLDER and htdemucs:FILE have weights to look at.")
            }
        }
    }

    func run() throws {
        var cards: [NeuralModelCard] = []
        for net in nets {
            switch net {
            case .openUnmix(let folder): cards.append(try OpenUnmix(folder: folder).card)
            case .htdemucs(let file): cards.append(try HTDemucs(file: file).card)
            default: continue
            }
        }
        let report = Report(cards)
        try answer.give(report) { nets.isEmpty ? Report.list : cards.map(Report.words).joined(separator: "\n\n") }
    }

    /// What is told about nets.
    struct Report: Encodable {
        struct Card: Encodable {
            let architecture: String
            let sampleRate: Int
            let channels: Int
            let stems: [String]
            let parameters: Int
            let bytes: Int
            let licence: String
        }

        let models: [String]
        let nets: [Card]

        init(_ cards: [NeuralModelCard]) {
            models = ["stems", "harmonic-percussive", "repeating", "centre", "umx", "htdemucs"]
            nets = cards.map {
                Card(
                    architecture: $0.architecture, sampleRate: $0.sampleRate, channels: $0.channels,
                    stems: $0.stems.map(\.rawValue), parameters: $0.parameters, bytes: $0.bytes, licence: $0.licence)
            }
        }

        /// The models for people.
        static let list = Words.table([
            ("stems", "two or four stems, no weights needed"),
            ("harmonic-percussive", "what lasts and what strikes, no weights needed"),
            ("repeating", "what repeats and what does not, no weights needed"),
            ("centre", "the middle and the sides, no weights needed"),
            ("umx:FOLDER", "Open-Unmix, with weights of yours"),
            ("htdemucs:FILE", "HTDemucs, or a bag of them (.yaml), with weights of yours"),
        ])

        static func words(_ card: NeuralModelCard) -> String {
            card.architecture + "\n"
                + Words.table([
                    ("stems", card.stems.map(\.rawValue).joined(separator: ", ")),
                    ("sounds", "\(card.sampleRate) Hz, heard in \(card.channels) channels"),
                    ("weights", "\(card.parameters) numbers, \(card.bytes / 1_000_000) MB in memory"),
                    ("licence", card.licence),
                ])
        }
    }
}
