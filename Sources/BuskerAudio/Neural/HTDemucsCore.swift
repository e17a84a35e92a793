// Owns one HTDemucs net in the neural core.

import CBuskerNeural

/// A loaded net.
///
/// It never changes, so any thread may use it; the handle is kept as a number for that.
final class HTDemucsCore: Sendable {
    /// The names of the sources.
    let names: [String]
    let parameters: Int
    let sampleRate: Int
    /// Samples of a segment.
    let segment: Int
    private let address: Int

    init(file: String) throws(AudioError) {
        let weights = try NeuralWeights(file)
        let about = NeuralSettings(text: weights.metadata("kwargs") ?? "")
        var made: OpaquePointer?
        try unsafe weights.load { open, fault in
            unsafe busker_htdemucs_create(open, about.number("t_heads") ?? 8, &made, &fault)
        }
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The net was not made.") }
        parameters = weights.values
        sampleRate = about.number("samplerate") ?? 44_100
        let (over, under) = (about.number("numerator") ?? 39, about.number("denominator") ?? 5)
        let seconds = under > 0 && over < 1 << 20 ? Double(over) / Double(under) : 0
        segment = Int(min(1e9, seconds * Double(min(sampleRate, 192_000))))
        names = Self.names(of: weights)
        address = Int(bitPattern: made)
        guard SeparationLimits.sampleRates.contains(sampleRate) else {
            throw AudioError(.badWeights, "The weights '\(file)' ask for \(sampleRate) Hz.")
        }
        guard (Int(BUSKER_HTDEMUCS_SEGMENT_MIN)...Int(BUSKER_HTDEMUCS_SEGMENT_MAX)).contains(segment) else {
            throw AudioError(.badWeights, "The weights '\(file)' ask for segments of \(segment) samples.")
        }
    }

    deinit { unsafe busker_htdemucs_destroy(handle) }

    /// The names of the sources that a file tells, or usual ones where it tells none that can be used.
    static func names(of weights: borrowing NeuralWeights) -> [String] {
        let count = (weights.shape("tdecoder.3.conv_tr.bias")?.first ?? 0) / Int(BUSKER_HTDEMUCS_CHANNELS)
        let said = NeuralSettings(text: weights.metadata("kwargs") ?? "").words("sources")
        let usual = ["drums", "bass", "other", "vocals", "guitar", "piano"]
        if said.count == count, Set(said).count == count, said.allSatisfy(isPlain) { return said }
        let most = min(count, Int(BUSKER_HTDEMUCS_SOURCES_MAX))
        return (0..<most).map { count == 4 || count == 6 ? usual[$0] : "source\($0 + 1)" }
    }

    /// The handle of the core.
    var handle: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    /// Bytes of the weights in memory.
    var bytes: Int { unsafe busker_htdemucs_bytes(handle) }

    /// Whether a name from a file may become the name of a file.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 32
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}
