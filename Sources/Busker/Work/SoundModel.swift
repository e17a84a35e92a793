// A net that customers may order by name.

public import BuskerAudio

/// A net with weights that the operator brings, under a name that may be ordered.
///
/// Who orders names it and nothing else: where the weights lie and what they cost is the operator's to say.
public struct SoundModel: Sendable, Hashable {
    /// The family of a net.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Open-Unmix: a folder of safetensors.
        case openUnmix = "umx"
        /// HTDemucs: a safetensors file, or the `.yaml` of a bag.
        case htdemucs
    }

    /// The name by which it is ordered, such as `fine`: lower case, digits, `-` and `_`.
    public let name: String
    /// The family.
    public let kind: Kind
    /// Where the weights lie, as an absolute path.
    public let path: String
    /// The rate card that prices it.
    public let card: String
    /// What it takes a song apart into.
    public let stems: [String]
    /// The frames a second it was made for, in Hz.
    public let sampleRate: Int
    /// Bytes of address space that a program which runs it gets.
    public let memoryBytes: Int64

    /// Loads the weights once, to see that they can be used, and lets them go again.
    ///
    /// - Parameters:
    ///   - name: the name by which it is ordered.
    ///   - kind: the family.
    ///   - path: where the weights lie, as an absolute path; programs of their own read them for each song.
    ///   - card: the rate card that prices it.
    ///   - memoryBytes: address space of a program that runs it; by default 2 GiB and four times the weights.
    /// - Throws: `bad_weights` or `out_of_memory` as the nets do; `bad_argument` for a name or path of another form.
    public init(
        _ name: String, _ kind: Kind, path: String, card: String, memoryBytes: Int64? = nil
    ) throws(AudioError) {
        let isPlain = name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || "-_".utf8.contains($0)
        }
        guard isPlain, (1...32).contains(name.utf8.count) else {
            throw AudioError(.badArgument, "A model is named by up to 32 small letters, digits, - and _.")
        }
        guard path.hasPrefix("/") else {
            throw AudioError(.badArgument, "The weights of the model \(name) are named by an absolute path.")
        }
        let known: NeuralModelCard =
            switch kind {
            case .openUnmix: try OpenUnmix(folder: path).card
            case .htdemucs: try HTDemucs(file: path).card
            }
        self.name = name
        self.kind = kind
        self.path = path
        self.card = card
        stems = known.stems.map(\.rawValue)
        sampleRate = known.sampleRate
        self.memoryBytes = memoryBytes ?? 2 << 30 + 4 * Int64(known.bytes)
    }

    /// What may be ordered of it: all of its stems, or the vocals and the rest, which may cost less work.
    var offer: WorkOffer {
        let isFour = stems.count == 4
        let numbers = (isFour ? ["4"] : []) + (stems.contains("vocals") && stems.count > 1 ? ["2"] : [])
        let choice = WorkOption("stems", .oneOf(numbers), usual: isFour ? "4" : nil)
        return WorkOffer(
            model: name, card: card, options: (numbers.isEmpty ? [] : [choice]) + [SeparationWork.format], stems: stems,
            sampleRate: sampleRate)
    }
}
