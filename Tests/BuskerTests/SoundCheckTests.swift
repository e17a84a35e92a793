// A stranger's sound is decoded within a budget before anybody works on it.

import BuskerAudio
import BuskerStorage
import Foundation
import Testing

@testable import Busker

@Suite struct SoundCheckTests {
    /// A sound of so many seconds that is silent, or a tone.
    static func sound(
        _ settings: AudioWriterSettings.Kind, seconds: Int, channels: Int, rate: Int = 48_000, tone: Bool = false
    )
        throws -> [UInt8]
    {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("busker-\(UUID()).sound").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var writer = try AudioWriter(
            .file(path), settings: AudioWriterSettings(settings, sampleRate: rate, channels: channels))
        var second = [Float](repeating: 0, count: rate * channels)
        if tone { for at in second.indices { second[at] = sin(Float(at / channels) * 0.05) / 2 } }
        for _ in 0..<seconds { try writer.write(second.span) }
        _ = try writer.finish()
        return Array(try #require(FileManager.default.contents(atPath: path)))
    }

    static func check(_ bytes: [UInt8], _ budget: DecodeBudget = .standard) -> Inspection {
        SoundCheck.inspect(.bytes(bytes), encodedBytes: Int64(bytes.count), budget: budget)
    }

    @Test func anOrdinarySoundPasses() throws {
        #expect(Self.check(try Self.sound(.flac(bits: 16), seconds: 2, channels: 2, tone: true)) == .passed)
    }

    @Test func silenceThatGrowsTenThousandTimesIsRefused() throws {
        let bomb = try Self.sound(.vorbis(quality: 0), seconds: 120, channels: 8)
        #expect(120 * 48_000 * 8 * 4 / bomb.count > 5_000, "it is no bomb")
        let budget = DecodeBudget(ratioMax: 5_000)
        #expect(Self.check(bomb, budget) == .refused("The sound grows more than 5000 times when it is decoded."))
    }

    @Test func whatIsLongerThanTheBudgetIsRefused() throws {
        let sound = try Self.sound(.vorbis(quality: 0), seconds: 20, channels: 1, tone: true)
        guard case .refused = Self.check(sound, DecodeBudget(samplesMax: 480_000)) else {
            Issue.record("it passed")
            return
        }
        #expect(Self.check(sound, DecodeBudget(samplesMax: 960_000)) == .passed)
    }

    @Test func channelsAndRatesAreBounded() throws {
        let sound = try Self.sound(.wav(.int16), seconds: 1, channels: 2, rate: 44_100, tone: true)
        for budget in [DecodeBudget(channelsMax: 1), DecodeBudget(rates: 8_000...22_050)] {
            guard case .refused = Self.check(sound, budget) else {
                Issue.record("it passed")
                continue
            }
        }
    }

    @Test func whatIsNoSoundIsRefused() {
        for bytes in [[], Array("RIFF0000WAVEnothing".utf8), Array(repeating: 0, count: 5_000)] as [[UInt8]] {
            guard case .refused = Self.check(bytes) else {
                Issue.record("it passed")
                continue
            }
        }
    }

    @Test func onlyTheVerbIsAnswered() {
        #expect(SoundCheck.answer(to: []) == nil)
        #expect(SoundCheck.answer(to: ["serve"]) == nil)
        #expect(SoundCheck.answer(to: [SoundCheck.verb])?.contains("failed") == true)
        #expect(SoundCheck.answer(to: [SoundCheck.verb, "1", "x"])?.contains("failed") == true)
    }

    @Test func whatIsNoAnswerIsNone() {
        for line in ["", "{}", "passed", #"{"result":"perhaps"}"#] { #expect(SoundCheck.inspection(line) == nil) }
        #expect(SoundCheck.inspection(#"{"result":"refused","reason":"too long"}"#) == .refused("too long"))
    }
}
