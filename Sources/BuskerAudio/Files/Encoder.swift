// Turns blocks of floats into the bytes of a file.

import CBuskerDSP
import CSndfile

/// Something that takes interleaved floats, at most ``AudioLimits/blockFrames`` frames at a time.
protocol Encoder: AnyObject {
    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError)
    /// Completes the file in its sink; nothing is written afterwards.
    func finish() throws(AudioError)
}

/// The C quantiser as an object, with its buffers.
@safe final class Quantiser {
    private let quantiser: OpaquePointer
    private var wide: [Int32]
    private var narrow: [Int16]
    let bits: Int

    init(_ settings: AudioWriterSettings, bits: Int) throws(AudioError) {
        let (dither, seed): (Bool, UInt64) =
            switch settings.dither {
            case .automatic: (bits == 16, 1)
            case .none: (false, 0)
            case .triangular(let seed): (true, seed)
            }
        var made: OpaquePointer?
        try unsafe busker_quantiser_create(UInt32(bits), dither, seed, &made).check("The rounding to \(bits) bits")
        guard let made = unsafe made else { throw AudioError(.coreFailed, "The rounding was not made.") }
        unsafe quantiser = unsafe made
        self.bits = bits
        let samples = AudioLimits.blockFrames * settings.channels
        wide = bits == 24 ? [Int32](repeating: 0, count: samples) : []
        narrow = bits == 16 ? [Int16](repeating: 0, count: samples) : []
    }

    deinit { unsafe busker_quantiser_destroy(quantiser) }

    /// Rounds to 16 bits and lends the numbers.
    func shorts<R>(
        _ samples: UnsafeBufferPointer<Float>, _ use: (UnsafeBufferPointer<Int16>) -> R
    ) throws(AudioError) -> R {
        guard samples.count <= narrow.count else { throw AudioError(.coreFailed, "A block is too long.") }
        let quantiser = unsafe quantiser
        let (status, result) = unsafe narrow.withUnsafeMutableBufferPointer { out in
            let status = unsafe busker_quantiser_16(quantiser, samples.baseAddress, out.baseAddress, samples.count)
            return unsafe (status, use(UnsafeBufferPointer(rebasing: out[..<samples.count])))
        }
        try status.check("The rounding to 16 bits")
        return result
    }

    /// Rounds to 24 bits in the upper part of 32 and lends the numbers.
    func ints<R>(
        _ samples: UnsafeBufferPointer<Float>, _ use: (UnsafeBufferPointer<Int32>) -> R
    ) throws(AudioError) -> R {
        guard samples.count <= wide.count else { throw AudioError(.coreFailed, "A block is too long.") }
        let quantiser = unsafe quantiser
        let (status, result) = unsafe wide.withUnsafeMutableBufferPointer { out in
            let status = unsafe busker_quantiser_24(quantiser, samples.baseAddress, out.baseAddress, samples.count)
            return unsafe (status, use(UnsafeBufferPointer(rebasing: out[..<samples.count])))
        }
        try status.check("The rounding to 24 bits")
        return result
    }
}
