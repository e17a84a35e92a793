// Sound for the benchmarks, made from a seed.

import BuskerAudio

enum Noise {
    /// White noise at 44.1 kHz in -0.5...0.5.
    static func stereo(seconds: Int) -> AudioBuffer {
        var state: UInt64 = 1
        let samples = (0..<seconds * 44100 * 2).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 32)
        }
        guard let sound = try? AudioBuffer(sampleRate: 44100, channels: 2, samples: samples) else {
            preconditionFailure("noise is a sound")
        }
        return sound
    }
}
