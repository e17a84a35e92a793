// Two and four stems: of a real song, of odd sounds, of any number of channels.

import Testing

@testable import BuskerAudio

@Suite struct StemTests {
    /// The bundled song, or one of its true stems.
    static func sound(_ name: String) throws -> AudioBuffer {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        var reader = try AudioReader(.file("/\(folder)/Sounds/song-44k/\(name).flac"))
        var samples: [Float] = []
        while true {
            let block = try reader.read(frames: 65536)
            if block.isEmpty { break }
            samples += block
        }
        return try AudioBuffer(
            sampleRate: reader.format.sampleRate, channels: reader.format.channels, samples: samples)
    }

    /// Scale-invariant signal-to-distortion ratio in dB (Le Roux and others 2019).
    static func quality(_ reference: [Float], _ estimate: [Float]) -> Double {
        var (cross, energy) = (0.0, 0.0)
        for (r, e) in zip(reference, estimate) {
            cross += Double(r) * Double(e)
            energy += Double(r) * Double(r)
        }
        let scale = Float(cross / energy)
        return decibels(reference.map { $0 * scale }, estimate)
    }

    /// What each stem must gain over the mixture, in dB: a little below what is reached, so that losing a cue is seen.
    static let gains: [Stem: Double] = [.vocals: 8, .drums: 12, .bass: 9.9, .other: 5.5]

    @Test func aSongComesApart() throws {
        let mixture = try Self.sound("mixture")
        let stems = try Separator.fourStems(threads: 2).separate(mixture)
        for (stem, estimate) in zip(StemSeparation(.four).stems, stems) {
            let truth = try Self.sound(stem.rawValue)
            let gain = Self.quality(truth.samples, estimate.samples) - Self.quality(truth.samples, mixture.samples)
            #expect(try gain > #require(Self.gains[stem]), "\(stem) gains \(gain) dB")
        }
    }

    @Test func twoStemsAreTheVoiceAndTheRest() throws {
        try withSteadyInstructionSet {
            let mixture = try Self.sound("mixture")
            let four = try Separator.fourStems.separate(mixture)
            let two = try Separator.twoStems.separate(mixture)
            #expect(two[0] == four[0])
            let rest = zip(mixture.samples, two[0].samples).map(-)
            #expect(decibels(rest, two[1].samples) > 120)
        }
    }

    @Test(arguments: [1, 2, 3, 6, 8])
    func stemsSumToTheMixtureOfAnyChannels(channels: Int) throws {
        let mixture = try SeparatorTests.mixture(frames: 20000, channels: channels)
        let stems = try Separator.fourStems(threads: 2).separate(mixture)
        var sum = [Float](repeating: 0, count: mixture.samples.count)
        for stem in stems { for at in sum.indices { sum[at] += stem.samples[at] } }
        #expect(decibels(mixture.samples, sum) > 90)
        #expect(stems.allSatisfy { $0.frames == mixture.frames })
    }

    @Test func threadsDoNotChangeABit() throws {
        try withSteadyInstructionSet {
            let mixture = try SeparatorTests.mixture(frames: 8000 * 40, channels: 2, sampleRate: 8000)
            let one = try Separator.fourStems(threads: 1).separate(mixture)
            let three = try Separator.fourStems(threads: 3).separate(mixture)
            #expect(one == three)
        }
    }

    @Test(arguments: [8000, 11025, 22050, 32000, 48000, 96000, 192_000])
    func anyRateIsSeparated(sampleRate: Int) throws {
        let mixture = try SeparatorTests.mixture(frames: sampleRate / 4, channels: 2, sampleRate: sampleRate)
        let stems = try Separator.fourStems.separate(mixture)
        #expect(stems.allSatisfy { $0.samples.allSatisfy(\.isFinite) })
    }

    @Test(arguments: [0, 1, 2, 1023, 1024, 4097])
    func shortSoundsKeepTheirLength(frames: Int) throws {
        let mixture = try SeparatorTests.mixture(frames: frames, channels: 2)
        let stems = try Separator.fourStems.separate(mixture)
        #expect(stems.allSatisfy { $0.frames == frames && $0.samples.allSatisfy(\.isFinite) })
    }

    @Test func silenceStaysSilent() throws {
        let mixture = try AudioBuffer(sampleRate: 44100, channels: 2, samples: [Float](repeating: 0, count: 40000))
        let stems = try Separator.fourStems.separate(mixture)
        #expect(stems.allSatisfy { $0.samples.allSatisfy { $0 == 0 } })
    }

    @Test func loudSoundsDoNotOverflow() throws {
        let mixture = try AudioBuffer(
            sampleRate: 44100, channels: 2, samples: Signals.noise(60000, seed: 9, amplitude: 16))
        let stems = try Separator.fourStems.separate(mixture)
        #expect(stems.allSatisfy { $0.samples.allSatisfy(\.isFinite) })
    }

    /// Equal channels give what one channel gives: nothing is read from a side that is not there.
    @Test func equalChannelsAreMono() throws {
        let mono = try SeparatorTests.mixture(frames: 30000, channels: 1)
        let stereo = try AudioBuffer(sampleRate: 16000, channels: 2, samples: mono.samples.flatMap { [$0, $0] })
        let one = try Separator.fourStems.separate(mono)
        let two = try Separator.fourStems.separate(stereo)
        for (a, b) in zip(one, two) {
            let left = stride(from: 0, to: b.samples.count, by: 2).map { b.samples[$0] }
            #expect(decibels(a.samples, left) > 60)
        }
    }

    /// The filter changes the stems, keeps their sum, and leaves sounds of one channel alone.
    @Test func refinementKeepsTheSum() throws {
        try withSteadyInstructionSet {
            let mixture = try Self.sound("mixture")
            let plain = try Separator.fourStems.separate(mixture)
            let refined = try Separator.fourStems(refinements: 1).separate(mixture)
            #expect(plain != refined)
            var sum = [Float](repeating: 0, count: mixture.samples.count)
            for stem in refined { for at in sum.indices { sum[at] += stem.samples[at] } }
            #expect(decibels(mixture.samples, sum) > 90)
            for (a, b) in zip(plain, refined) { #expect(decibels(a.samples, b.samples) > 0) }
            let mono = try SeparatorTests.mixture(frames: 9000, channels: 1)
            let alone = try Separator.fourStems(refinements: 1).separate(mono)
            #expect(try alone == Separator.fourStems.separate(mono))
        }
    }
}
