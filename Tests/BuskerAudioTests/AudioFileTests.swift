// What is written is read back: every kind of file, every reading.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

/// Writes a whole file into memory.
func encoded(
    _ samples: [Float], _ kind: AudioWriterSettings.Kind, rate: Int = 44100, channels: Int = 2,
    change: (inout AudioWriterSettings) -> Void = { _ in }
) throws -> [UInt8] {
    var settings = AudioWriterSettings(kind, sampleRate: rate, channels: channels)
    change(&settings)
    var writer = try AudioWriter(.memory, settings: settings)
    try writer.write(samples.span)
    return try writer.finish().bytes ?? []
}

/// Reads a whole source in blocks.
func decoded(_ source: AudioSource, block: Int = 1000, limits: AudioLimits = .standard) throws -> [Float] {
    var reader = try AudioReader(source, limits: limits)
    var all: [Float] = []
    while true {
        let part = try reader.read(frames: block)
        if part.isEmpty { return all }
        all += part
    }
}

@Suite struct AudioFileTests {
    static let kinds: [(AudioWriterSettings.Kind, Double)] = [
        (.wav(.int16), 75), (.wav(.int24), 130), (.wav(.float32), .infinity), (.flac(bits: 16), 75),
        (.flac(bits: 24), 130),
        (.aiff(bits: 16), 75), (.aiff(bits: 24), 130), (.vorbis(quality: 0.9), 12), (.mp3(kilobits: 320), 15),
    ]

    /// A tune that lossy encoders can follow.
    static func tune(_ frames: Int, channels: Int = 2, rate: Double = 44100) -> [Float] {
        var samples: [Float] = []
        samples.reserveCapacity(frames * channels)
        for i in 0..<frames {
            let t = Double(i) / rate
            for c in 0..<channels {
                samples.append(Float(0.3 * sin(2764.6 * t + Double(c)) + 0.2 * sin(6911.5 * t)))
            }
        }
        return samples
    }

    @Test(arguments: kinds) func roundTrip(kind: AudioWriterSettings.Kind, quality: Double) throws {
        let samples = Self.tune(20_000)
        let bytes = try encoded(samples, kind)
        let back = try decoded(.bytes(bytes))
        #expect(back.count == samples.count)
        #expect(decibels(samples, back) >= quality)
    }
}
