// Owns the nets of one Open-Unmix model in the neural core.

import CBuskerNeural

#if canImport(Glibc)
import Glibc
#endif

/// Loaded nets.
///
/// They never change, so any thread may use them; the handle is kept as a number for that.
final class OpenUnmixCore: Sendable {
    let parameters: Int
    let hop: Int
    let channels: Int
    private let address: Int

    init(folder: String, names: [String], fftSize: Int, hop: Int, channels: Int) throws(AudioError) {
        var config = busker_umx_config()
        (config.fft_size, config.hop, config.channels, config.targets) = (fftSize, hop, channels, names.count)
        var made: OpaquePointer?
        let status = unsafe busker_umx_create(&config, &made)
        if status == BUSKER_NEURAL_BAD_ARGUMENT {
            throw AudioError(
                .badWeights, "\(folder)/separator.json asks for frames or channels that Open-Unmix does not have.")
        }
        try status.check(folder)
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The nets were not made.") }
        (self.hop, self.channels) = (hop, channels)
        address = Int(bitPattern: made)
        var parameters = 0
        do throws(AudioError) {
            for (at, name) in names.enumerated() {
                let weights = try NeuralWeights("\(folder)/\(name).safetensors")
                try unsafe weights.load { file, fault in unsafe busker_umx_load(made, at, file, &fault) }
                parameters += weights.values
            }
        } catch {
            // An object whose properties are not all set has no deinit.
            unsafe busker_umx_destroy(made)
            throw error
        }
        self.parameters = parameters
    }

    deinit { unsafe busker_umx_destroy(handle) }

    /// The handle of the core.
    var handle: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    /// Bytes of the weights in memory.
    var bytes: Int { unsafe busker_umx_bytes(handle) }

    /// How wide the nets are.
    var width: Int { unsafe busker_umx_width(handle) }

    /// Whether a file can be read.
    static func isThere(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }
}
