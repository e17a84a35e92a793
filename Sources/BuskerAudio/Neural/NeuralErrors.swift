// What can be wrong with the weights of a net, in words.

import CBuskerNeural

extension AudioError.Code {
    /// A file of weights is missing, damaged, or made for another net.
    public static let badWeights = Self("bad_weights")
}

extension busker_neural_status {
    private static let endless = "their numbers grow beyond what a stem can hold"

    /// Throws what the status says; `fault` holds what is wrong with the file at `path`.
    func check(_ path: String, _ fault: busker_neural_fault = busker_neural_fault()) throws(AudioError) {
        let words = unsafe withUnsafeBytes(of: fault.words) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch self {
        case BUSKER_NEURAL_OK: return
        case BUSKER_NEURAL_NO_MEMORY:
            throw AudioError(.outOfMemory, "There is not enough memory for the net '\(path)'.")
        case BUSKER_NEURAL_UNREADABLE, BUSKER_NEURAL_MALFORMED, BUSKER_NEURAL_MISFIT:
            throw AudioError(
                .badWeights, "The weights '\(path)' cannot be used: \(words.isEmpty ? Self.endless : words).")
        default: throw AudioError(.coreFailed, "The net '\(path)' was not given what it needs.")
        }
    }
}
