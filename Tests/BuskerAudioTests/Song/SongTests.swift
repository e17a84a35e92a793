// Songs as files: equal bytes, loudness, peaks, ends, errors.

import CBuskerDSP
import Foundation
import Testing

@testable import BuskerAudio

@Suite struct SongTests {
    static func bytes(
        _ prompt: String = "", seed: UInt64 = 1, seconds: Int = 10, _ style: SongStyle? = .folk,
        _ kind: AudioWriterSettings.Kind = .wav(.int16)
    ) throws -> [UInt8] {
        let song = try ProceduralSong(prompt: prompt, seed: seed, seconds: seconds, style: style)
        return try #require(try song.write(.memory, as: kind).bytes)
    }

    /// Decoded stereo samples.
    static func samples(_ bytes: [UInt8]) throws -> [Float] {
        var reader = try AudioReader(.bytes(bytes))
        return try reader.read(frames: 400 * 44_100)
    }

    @Test func theSameOrderGivesTheSameBytesOnEveryInstructionSet() throws {
        let first = try Self.bytes()
        for name in ["avx2", "baseline"] {
            try withInstructionSet(name) {
                let again = try Self.bytes()
                #expect(again == first, "\(name)")
            }
        }
        #expect(try Self.bytes(seed: 2) != first)
        #expect(try Self.bytes("sun") != first)
    }

    @Test(arguments: zip(SongStyle.allCases, [3, .max, 0, 17, 4, 11] as [UInt64]))
    func everyStyleIsAsLoudAsItShallBeAndClean(style: SongStyle, seed: UInt64) throws {
        let song = try ProceduralSong(seed: seed, seconds: 10, style: style)
        let report = try song.write(.memory, as: .wav(.float32))
        let bytes = try #require(report.bytes)
        let samples = try Self.samples(bytes)
        #expect(samples.count == 2 * 441_000)
        #expect(report.droppedNotes == 0)
        let heard = try LoudnessMeter.measure(.bytes(bytes), measures: [.truePeak, .exact])
        #expect(abs(heard.integrated + 14) <= 0.3, "\(heard.integrated) LUFS, seed \(seed)")
        let peak = 20 * log10(try #require(heard.truePeak))
        #expect(peak <= -1, "\(peak) dBTP, seed \(seed)")
        Self.checkCleanliness(samples, "\(style), seed \(seed)")
    }

    /// No offset, no jumps, sides that agree, sound from the beginning to shortly before the end.
    private static func checkCleanliness(_ samples: [Float], _ name: String) {
        let frames = samples.count / 2
        var (sum, jump) = ([0.0, 0.0], Float(0))
        var (left, right, both) = (0.0, 0.0, 0.0)
        var (first, last) = (frames, 0)
        for frame in 0..<frames {
            let (l, r) = (samples[2 * frame], samples[2 * frame + 1])
            sum[0] += Double(l)
            sum[1] += Double(r)
            left += Double(l * l)
            right += Double(r * r)
            both += Double(l * r)
            if frame > 0 { jump = max(jump, abs(l - samples[2 * frame - 2]), abs(r - samples[2 * frame - 1])) }
            if max(abs(l), abs(r)) > 0.003 { (first, last) = (min(first, frame), frame) }
        }
        #expect(sum.allSatisfy { abs($0) / Double(frames) < 1e-3 }, "\(name)")
        #expect(jump < 0.9, "\(name) jumps by \(jump)")
        #expect(both / (left * right).squareRoot() > 0.2, "\(name)")
        #expect(first < 4_410 && frames - last < 66_150, "\(name): \(first), \(frames - last)")
        #expect(samples.suffix(2).allSatisfy { abs($0) < 1e-4 }, "\(name)")
    }

    @Test(arguments: [AudioWriterSettings.Kind.mp3(kilobits: 320), .flac(bits: 16), .vorbis(quality: 0.6)])
    func decodedFilesKeepTheirPeaksToo(kind: AudioWriterSettings.Kind) throws {
        let bytes = try Self.bytes("", seed: 5, .march, kind)
        if case .mp3 = kind { #expect(try Self.bytes("", seed: 5, .march, kind) == bytes) }
        let heard = try LoudnessMeter.measure(.bytes(bytes), measures: .truePeak)
        #expect(20 * log10(try #require(heard.truePeak)) <= -1)
        #expect(abs(heard.integrated + 14) < 0.4)
    }

    @Test func strangeOrdersAreRefused() throws {
        for seconds in [Int.min, 0, 9, 286, .max] {
            #expect(throws: AudioError(.badArgument, "")) { try ProceduralSong(seed: 1, seconds: seconds) }
        }
        let long = String(repeating: "노", count: 667)
        #expect(throws: AudioError(.badArgument, "")) { try ProceduralSong(prompt: long, seed: 1, seconds: 10) }
        let song = try ProceduralSong(seed: 1, seconds: 10)
        #expect(throws: AudioError(.badArgument, "")) { try song.write(.memory, as: .opus(quality: 0.5)) }
    }

    @Test func aCancelledSongLeavesNothingBehind() throws {
        let folder = try ScratchFolder()
        let song = try ProceduralSong(seed: 1, seconds: 10, style: .ballad)
        for last in [0.2, 0.7] {
            var told: [Double] = []
            #expect(throws: AudioError(.cancelled, "")) {
                try song.write(.file(folder.path("x.wav")), as: .wav(.int16)) { share in
                    told.append(share)
                    return share < last
                }
            }
            #expect(told == told.sorted() && told.last ?? 0 < last + 0.1)
            #expect(try folder.names().isEmpty)
        }
    }

    @Test func theHighlightIsTheFirstChorusWhereItFits() throws {
        for seconds in [10, 31, 60, 285] {
            for seed in 0..<20 as Range<UInt64> {
                let song = try ProceduralSong(seed: seed, seconds: seconds)
                let start = song.highlight()
                #expect(start >= 0 && start <= max(0, Double(seconds - 30)))
                if seconds == 285 {
                    #expect(start == song.sections.first { $0.kind == .chorus }?.start, "seed \(seed)")
                }
            }
        }
    }
}
