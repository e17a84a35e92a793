// What surrounds the nets: bags, shifts, other rates, some of the stems, short sounds.

import Foundation
import Testing

@testable import BuskerAudio

@Suite struct NeuralModelTests {
    static let net = "\(NeuralFixtures.folder)/htdemucs/net.safetensors"

    static func free() -> HTDemucs.Settings { NeuralParityTests.demucs() }

    /// The largest difference of two sounds.
    static func distance(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
    }

    /// A folder with the net, the same net with other signs in one of its last layers, and a bag of both.
    static func bag(_ text: String, _ test: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var bytes = try Data(contentsOf: URL(filePath: net))
        try bytes.write(to: folder.appending(path: "0a1b.safetensors"))
        let header = Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
        let json = try #require(
            try JSONSerialization.jsonObject(with: bytes[8..<8 + header]) as? [String: [String: Any]])
        let place = try #require(json["tdecoder.3.conv_tr.weight"]?["data_offsets"] as? [Int])
        for at in stride(from: 8 + header + place[0] + 1, to: 8 + header + place[1], by: 2) { bytes[at] ^= 0x80 }
        try bytes.write(to: folder.appending(path: "9f9f-12ab.safetensors"))
        try Data(text.utf8).write(to: folder.appending(path: "bag.yaml"))
        try test(folder.path)
    }

    static let weighed = """
        models: ['0a1b', '9f9f']
        weights: [
          [1., 0., 0.25, 1],
          [0., 1., 0.75, 0],
        ]
        """

    @Test func aBagWeighsItsNets() throws {
        try Self.bag(Self.weighed) { folder in
            let mixture = try NeuralFixtures.noise(channels: 2, frames: 60_000)
            let bag = try HTDemucs(file: "\(folder)/bag.yaml", settings: Self.free())
            let first = try HTDemucs(file: "\(folder)/0a1b.safetensors", settings: Self.free())
            let second = try HTDemucs(file: "\(folder)/9f9f-12ab.safetensors", settings: Self.free())
            let stems = try Separator.htdemucs(bag).separate(mixture)
            let (a, b) = (
                try Separator.htdemucs(first).separate(mixture), try Separator.htdemucs(second).separate(mixture)
            )
            #expect(Self.distance(a[0].samples, b[0].samples) > 1e-3)
            #expect(stems[0] == a[0] && stems[1] == b[1] && stems[3] == a[3])
            let mean = zip(a[2].samples, b[2].samples).map { 0.25 * $0 + 0.75 * $1 }
            #expect(Self.distance(stems[2].samples, mean) < 1e-5)
        }
    }

    @Test func vocalsOfABagNeedOneNet() throws {
        try Self.bag(Self.weighed) { folder in
            let mixture = try NeuralFixtures.noise(channels: 2, frames: 60_000)
            let model = try HTDemucs(file: "\(folder)/bag.yaml", only: [.vocals])
            #expect(model.bag.nets.count == 1 && model.stems == [.vocals, .accompaniment])
            let stems = try Separator.htdemucs(model).separate(mixture)
            let all = try Separator.htdemucs(HTDemucs(file: Self.net, settings: Self.free())).separate(mixture)
            #expect(stems[0] == all[3])
            let rest = zip(mixture.samples, all[3].samples).map(-)
            #expect(Self.distance(stems[1].samples, rest) < 1e-5)
            // Where `other` is what is left, the net that would make it is not run.
            let exact = try HTDemucs(file: "\(folder)/bag.yaml", only: [.drums, .vocals])
            #expect(exact.bag.nets.count == 1 && exact.stems == [.drums, .vocals, .residual])
            #expect(throws: AudioError(.badArgument, "")) { try HTDemucs(file: Self.net, only: [.centre]) }
        }
    }

    @Test(arguments: [
        "models: ['0a1b', 'gone']", "models: []", "weights: [[1, 1, 1, 1]]", "models: ['../0a1b']", "models: ['']",
        "models: ['0a1b']\nweights: [[1, 1, 1]]", "models: ['0a1b']\nweights: [[1, 1, 1, -1]]",
        "models: ['0a1b']\nweights: [[1, 1, 1, 0]]", "models: ['0a1b']\nweights: [[1, 1, nan, 1]]",
        "models: ['0a1b']\nsegment: 1e9", "models: ['0a1b']\nsegment: 0.1", "[[[[[[", ":::]]]]",
    ])
    func aWrongBagIsRefused(text: String) throws {
        try Self.bag(text) { folder in
            #expect(throws: AudioError(.badWeights, "")) { try HTDemucs(file: "\(folder)/bag.yaml") }
        }
    }

    @Test func bagsAreReadAsDemucsWritesThem() {
        let text = "models: ['f7e0c4bc', 'd12395a8']\nweights: [\n  [1., 0.],\n  [0., 1.],\n]\nsegment: 44"
        let values = BagText.values(Array(text.utf8))
        #expect(values["models"] == [["f7e0c4bc", "d12395a8"]])
        #expect(values["weights"] == [["1.", "0."], ["0.", "1."]])
        #expect(values["segment"] == [["44"]])
    }

    /// As `apply_model(shifts=…)`: the sound with silence before it is separated, the silence cut off, the results averaged.
    @Test func shiftsAverageSeparationsOfALaterSound() throws {
        let mixture = try NeuralFixtures.noise(channels: 2, frames: 70_000)
        var settings = Self.free()
        (settings.shifts, settings.seed) = (2, 7)
        let model = try HTDemucs(file: Self.net, settings: settings)
        let leads = model.leads
        #expect(leads.count == 2 && leads[0] != leads[1] && leads.allSatisfy { (0...22_050).contains($0) })
        let stems = try Separator.htdemucs(model).separate(mixture)
        let plain = Separator.htdemucs(try HTDemucs(file: Self.net, settings: Self.free()))
        let later = try leads.map { lead in
            try plain.separate(
                AudioBuffer(
                    sampleRate: 44_100, channels: 2,
                    samples: [Float](repeating: 0, count: 2 * lead) + mixture.samples))
        }
        for at in stems.indices {
            let (a, b) = (later[0][at].samples[(2 * leads[0])...], later[1][at].samples[(2 * leads[1])...])
            #expect(Self.distance(stems[at].samples, zip(a, b).map { 0.5 * ($0 + $1) }) < 1e-6)
        }
        let again = try Separator.htdemucs(HTDemucs(file: Self.net, settings: settings)).separate(mixture)
        #expect(again == stems)
        settings.seed = 8
        #expect(try HTDemucs(file: Self.net, settings: settings).leads != leads)
        settings.shifts = 33
        #expect(throws: AudioError(.badArgument, "")) { try HTDemucs(file: Self.net, settings: settings) }
    }

    @Test(arguments: [48_000, 22_050, 96_000])
    func soundsOfOtherRatesAreBroughtToTheNet(rate: Int) throws {
        let mixture = try NeuralFixtures.noise(channels: 2, frames: rate, rate: rate)
        let model = try HTDemucs(file: Self.net, settings: Self.free())
        let stems = try Separator.htdemucs(model).separate(mixture)
        let brought = try Resampler.convert(mixture.samples, from: rate, to: 44_100, channels: 2)
        let there = try Separator.htdemucs(model).separate(
            AudioBuffer(sampleRate: 44_100, channels: 2, samples: brought))
        for at in stems.indices {
            #expect(stems[at].frames == rate && stems[at].sampleRate == rate)
            var back = try Resampler.convert(there[at].samples, from: 44_100, to: rate, channels: 2)
            back = Array((back + [0, 0, 0, 0]).prefix(2 * rate))
            #expect(Self.distance(stems[at].samples, back) < 1e-6)
        }
    }

    @Test(arguments: [1, 2, 5_000, 50_001])
    func atAnyRateStemsSumToTheSound(frames: Int) throws {
        let mixture = try NeuralFixtures.noise(channels: 2, frames: frames, rate: 44_100)
        let separator = Separator.openUnmix(try OpenUnmix(folder: "\(NeuralFixtures.folder)/umxse"))
        var last = 0
        let stems = try separator.separate(mixture) { progress in
            #expect(progress.frames >= last && progress.frames <= frames)
            last = progress.frames
            return true
        }
        #expect(last == frames)
        for at in mixture.samples.indices {
            #expect(abs(stems[0].samples[at] + stems[1].samples[at] - mixture.samples[at]) < 1e-5)
        }
    }

    @Test(arguments: [1, 2], [1, 100, 44_100])
    func shortSoundsHaveStemsOfTheirLength(channels: Int, frames: Int) throws {
        let mixture = try NeuralFixtures.noise(channels: channels, frames: frames)
        let models: [Separator] = [
            .openUnmix(try OpenUnmix(folder: "\(NeuralFixtures.folder)/umx", only: [.vocals])),
            .htdemucs(try HTDemucs(file: Self.net, only: [.vocals])),
        ]
        for separator in models {
            let stems = try separator.separate(mixture)
            #expect(stems.count == 2 && stems.allSatisfy { $0.frames == frames && $0.channels == channels })
        }
    }

    @Test func nothingIsSeparatedIntoNothing() throws {
        let silence = try AudioBuffer(sampleRate: 48_000, channels: 2, samples: [])
        let stems = try Separator.htdemucs(HTDemucs(file: Self.net)).separate(silence)
        #expect(stems.count == 4 && stems.allSatisfy { $0.frames == 0 })
    }
}
