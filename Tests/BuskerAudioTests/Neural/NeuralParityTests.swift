// The nets beside what PyPI's openunmix and demucs make of the same random weights.

import Foundation
import Testing

@testable import BuskerAudio

/// Small nets and every 37th sample of reference stems; made by Benchmarks/peers/neural/fixtures.py.
enum NeuralFixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path
    static let step = 37

    /// The mixture of the references: channels after one another, as the generator makes it.
    static func noise(channels: Int, frames: Int, rate: Int = 44_100) throws -> AudioBuffer {
        var state: UInt32 = 1
        let planar = (0..<channels * frames).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return (Float(state >> 8) / Float(1 << 24) - 0.5) * 0.5
        }
        let samples = (0..<channels * frames).map { planar[$0 % channels * frames + $0 / channels] }
        return try AudioBuffer(sampleRate: rate, channels: channels, samples: samples)
    }

    static func reference(_ name: String) throws -> [Float] {
        let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name).f32"))
        return stride(from: 0, to: data.count, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[at + $1]) << (8 * $1) })
        }
    }

    /// The relative RMS error of each stem.
    static func errors(of stems: [AudioBuffer], beside reference: [Float]) -> [Double] {
        var at = 0
        return stems.map { stem in
            var (wrong, whole) = (0.0, 0.0)
            for channel in 0..<stem.channels {
                for frame in stride(from: 0, to: stem.frames, by: step) where at < reference.count {
                    let (got, right) = (Double(stem.samples[frame * stem.channels + channel]), Double(reference[at]))
                    wrong += (got - right) * (got - right)
                    whole += right * right
                    at += 1
                }
            }
            return at <= reference.count && whole > 0 ? (wrong / whole).squareRoot() : .infinity
        }
    }
}

@Suite struct NeuralParityTests {
    static func unmix(_ iterations: Int, soft: Bool = false, threads: Int = 2) -> OpenUnmix.Settings {
        var settings = OpenUnmix.Settings()
        settings.iterations = iterations
        settings.usesSoftMask = soft
        settings.sum = .free
        settings.threads = threads
        return settings
    }

    static func demucs(threads: Int = 2) -> HTDemucs.Settings {
        var settings = HTDemucs.Settings()
        settings.sum = .free
        settings.threads = threads
        return settings
    }

    @Test(arguments: [("plain", 0, 2, 40_000), ("filtered", 1, 2, 40_000), ("mono", 1, 1, 7_000)])
    func openUnmixAgrees(name: String, iterations: Int, channels: Int, frames: Int) throws {
        let model = try OpenUnmix(folder: "\(NeuralFixtures.folder)/umx", settings: Self.unmix(iterations))
        let mixture = try NeuralFixtures.noise(channels: channels, frames: frames)
        let stems = try Separator.openUnmix(model).separate(mixture)
        let reference = try NeuralFixtures.reference("umx/\(name)")
        #expect(model.stems == [.vocals, .drums, .bass, .other])
        for error in NeuralFixtures.errors(of: stems, beside: reference) { #expect(error < 1e-4) }
    }

    @Test func openUnmixOfOneChannelAt16KilohertzAgrees() throws {
        let model = try OpenUnmix(folder: "\(NeuralFixtures.folder)/umxse", settings: Self.unmix(1))
        let mixture = try NeuralFixtures.noise(channels: 1, frames: 20_000, rate: 16_000)
        let stems = try Separator.openUnmix(model).separate(mixture)
        #expect(model.stems.map(\.rawValue) == ["speech", "noise"] && model.card.sampleRate == 16_000)
        for error in NeuralFixtures.errors(of: stems, beside: try NeuralFixtures.reference("umxse/plain")) {
            #expect(error < 1e-4)
        }
    }

    @Test func openUnmixOfOneStemLeavesTheRest() throws {
        let model = try OpenUnmix(
            folder: "\(NeuralFixtures.folder)/umx", only: [.vocals], settings: Self.unmix(2, soft: true))
        let stems = try Separator.openUnmix(model).separate(NeuralFixtures.noise(channels: 2, frames: 40_000))
        #expect(model.stems == [.vocals, .accompaniment])
        for error in NeuralFixtures.errors(of: stems, beside: try NeuralFixtures.reference("umx/residual")) {
            #expect(error < 1e-4)
        }
    }

    @Test(arguments: [("short", 2, 20_000), ("edge", 2, 40_000), ("long", 2, 100_000), ("mono", 1, 20_000)])
    func htdemucsAgrees(name: String, channels: Int, frames: Int) throws {
        let model = try HTDemucs(file: "\(NeuralFixtures.folder)/htdemucs/net.safetensors", settings: Self.demucs())
        let mixture = try NeuralFixtures.noise(channels: channels, frames: frames)
        let stems = try Separator.htdemucs(model).separate(mixture)
        #expect(model.stems == [.drums, .bass, .other, .vocals])
        for error in NeuralFixtures.errors(of: stems, beside: try NeuralFixtures.reference("htdemucs/\(name)")) {
            #expect(error < 1e-4)
        }
    }

    @Test func htdemucsOfSixSourcesAgrees() throws {
        let model = try HTDemucs(file: "\(NeuralFixtures.folder)/htdemucs/six.safetensors", settings: Self.demucs())
        let stems = try Separator.htdemucs(model).separate(NeuralFixtures.noise(channels: 2, frames: 30_000))
        #expect(model.stems.map(\.rawValue) == ["drums", "bass", "other", "vocals", "guitar", "piano"])
        for error in NeuralFixtures.errors(of: stems, beside: try NeuralFixtures.reference("htdemucs/six")) {
            #expect(error < 1e-4)
        }
    }

    @Test func aWrongReferenceIsNoticed() throws {
        let model = try OpenUnmix(folder: "\(NeuralFixtures.folder)/umx", settings: Self.unmix(1))
        let stems = try Separator.openUnmix(model).separate(NeuralFixtures.noise(channels: 2, frames: 40_000))
        let errors = NeuralFixtures.errors(of: stems, beside: try NeuralFixtures.reference("umx/plain"))
        #expect(errors.allSatisfy { $0 > 1e-3 })
    }

    @Test func threadsAndBlocksChangeNoBit() throws {
        let mixture = try NeuralFixtures.noise(channels: 2, frames: 60_000)
        let file = "\(NeuralFixtures.folder)/htdemucs/net.safetensors"
        let folder = "\(NeuralFixtures.folder)/umx"
        let one = try Separator.htdemucs(HTDemucs(file: file, settings: Self.demucs(threads: 1))).separate(mixture)
        let three = try Separator.htdemucs(HTDemucs(file: file, settings: Self.demucs(threads: 3))).separate(mixture)
        #expect(one == three)
        let alone = try Separator.openUnmix(OpenUnmix(folder: folder, settings: Self.unmix(1, threads: 1)))
        let many = try Separator.openUnmix(OpenUnmix(folder: folder, settings: Self.unmix(1, threads: 3)))
        #expect(try alone.separate(mixture) == many.separate(mixture))
    }

    @Test func stemsSumToTheMixtureUnlessToldOtherwise() throws {
        let mixture = try NeuralFixtures.noise(channels: 2, frames: 50_000)
        let models: [Separator] = [
            .openUnmix(try OpenUnmix(folder: "\(NeuralFixtures.folder)/umx")),
            .htdemucs(try HTDemucs(file: "\(NeuralFixtures.folder)/htdemucs/net.safetensors")),
        ]
        for separator in models {
            let stems = try separator.separate(mixture)
            for at in stride(from: 0, to: mixture.samples.count, by: 101) {
                let sum = stems.reduce(Float(0)) { $0 + $1.samples[at] }
                #expect(abs(sum - mixture.samples[at]) < 1e-5)
            }
        }
    }

    @Test func progressIsFinerThanASegmentAndCancels() throws {
        let model = try HTDemucs(file: "\(NeuralFixtures.folder)/htdemucs/net.safetensors")
        let mixture = try NeuralFixtures.noise(channels: 2, frames: 40_000)
        var shares: [Double] = []
        _ = try Separator.htdemucs(model).separate(mixture) { progress in
            shares.append(progress.fraction ?? -1)
            return true
        }
        #expect(Set(shares).count > 10)
        #expect(shares == shares.sorted())
        var calls = 0
        #expect(throws: AudioError(.cancelled, "")) {
            _ = try Separator.htdemucs(model).separate(mixture) { _ in
                calls += 1
                return calls < 5
            }
        }
        #expect(calls == 5)
    }
}
