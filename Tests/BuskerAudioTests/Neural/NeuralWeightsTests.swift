// Files of weights that are wrong, cut off or hostile are refused with words and never trap.

import Foundation
import Testing

@testable import BuskerAudio

@Suite struct NeuralWeightsTests {
    static let small = "\(NeuralFixtures.folder)/umx/vocals.safetensors"

    /// A file with this header before `data` zeros, at a place of its own.
    static func file(_ header: String, data: Int, length: UInt64? = nil) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "busker-\(UUID().uuidString).safetensors")
        var bytes = Data()
        let told = length ?? UInt64(header.utf8.count)
        for at in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: told >> (8 * UInt64(at)))) }
        bytes.append(Data(header.utf8))
        bytes.append(Data(count: data))
        try bytes.write(to: path)
        return path.path
    }

    static func code(_ path: String) -> AudioError.Code? {
        do throws(AudioError) {
            _ = try NeuralWeights(path)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func aGoodHeaderIsRead() throws {
        let header =
            #"{"__metadata__":{"format":"a\"b"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, "#
            + #""v":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}  "#
        let path = try Self.file(header, data: 26)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let weights = try NeuralWeights(path)
        #expect(weights.shape("w") == [2, 3])
        #expect(weights.shape("v") == [])
        #expect(weights.shape("x") == nil)
        #expect(weights.values == 7)
        #expect(weights.metadata("format") == "a\"b")
    }

    @Test(arguments: [
        #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,17]}}"#,
        #"{"w":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}"#,
        #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#,
        #"{"w":{"dtype":"F32","shape":[4294967295,4294967295,4294967295],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,4],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F31","shape":[4],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[04],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,99999999999999999999999]}}"#,
        #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"more":[1]}}"#,
        #"{"w":{"dtype":"F32","shape":[4]}}"#,
        #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} x"#,
        #"{"w\u00":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
        #"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#,
        #"{"w"#, "[]", "", "{}",
    ])
    func aWrongHeaderIsRefused(header: String) throws {
        let path = try Self.file(header, data: 16)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(Self.code(path) == .badWeights)
    }

    @Test func lengthsBeyondTheFileAreRefused() throws {
        for length in [17, 1 << 23 + 1, UInt64.max, 1 << 63] as [UInt64] {
            let path = try Self.file("{}", data: 0, length: length)
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(Self.code(path) == .badWeights)
        }
        #expect(Self.code("/nowhere/at/all") == .badWeights)
        #expect(Self.code("/") == .badWeights)
        #expect(Self.code("/dev/null") == .badWeights)
    }

    @Test func everyCutOfARealFileIsRefused() throws {
        let whole = try Data(contentsOf: URL(filePath: Self.small))
        let path = FileManager.default.temporaryDirectory.appending(path: "busker-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: path) }
        for end in Array(0..<64) + stride(from: 64, to: whole.count, by: 997) {
            try whole.prefix(end).write(to: path)
            #expect(Self.code(path.path) == .badWeights, "cut at \(end)")
        }
    }

    @Test(arguments: 0..<4)
    func changedHeadersNeverTrap(seed: Int) throws {
        let whole = try Data(contentsOf: URL(filePath: Self.small))
        let header = 8 + Int(whole[0]) + Int(whole[1]) << 8
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for round in 0..<150 {
            var bytes = whole
            for _ in 0...next(3) { bytes[next(header)] = UInt8(next(256)) }
            try bytes.write(to: folder.appending(path: "vocals.safetensors"))
            do throws(AudioError) {
                _ = try OpenUnmix(folder: folder.path)
            } catch {
                let expected = [AudioError.Code.badWeights, .outOfMemory].contains(error.code)
                #expect(expected, "seed \(seed), round \(round): \(error)")
            }
        }
    }

    @Test func weightsOfAnotherNetAreRefusedWithWords() throws {
        #expect(throws: AudioError(.badWeights, "")) { _ = try HTDemucs(file: Self.small) }
        #expect(throws: AudioError(.badWeights, "")) { _ = try OpenUnmix(folder: "/nowhere") }
        let model = try OpenUnmix(folder: "\(NeuralFixtures.folder)/umx")
        let wide = try AudioBuffer(sampleRate: 44_100, channels: 3, samples: [0, 0, 0])
        #expect(throws: AudioError(.badArgument, "")) { _ = try Separator.openUnmix(model).separate(wide) }
        #expect(model.card.parameters > 1000 && model.card.sampleRate == 44_100)
    }

    /// A real file with one tensor's values replaced.
    static func changed(_ source: String, _ tensor: String, half: UInt16, _ test: (String) throws -> Void) throws {
        var bytes = try Data(contentsOf: URL(filePath: source))
        let header = Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
        let json = try #require(try JSONSerialization.jsonObject(with: bytes[8..<8 + header]) as? [String: Any])
        let entry = try #require(json[tensor] as? [String: Any])
        let place = try #require(entry["data_offsets"] as? [Int])
        for at in stride(from: 8 + header + place[0], to: 8 + header + place[1], by: 2) {
            (bytes[at], bytes[at + 1]) = (UInt8(truncatingIfNeeded: half), UInt8(half >> 8))
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "busker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try bytes.write(to: folder.appending(path: "vocals.safetensors"))
        try test(folder.path)
    }

    /// NaN, infinity, a negative variance.
    @Test(arguments: [
        ("fc1.weight", 0x7E00), ("lstm.weight_hh_l1_reverse", 0x7C00), ("output_mean", 0xFC00),
        ("bn3.running_var", 0xBC00),
    ])
    func numbersThatAreNoneAreRefused(tensor: String, half: Int) throws {
        try Self.changed(Self.small, tensor, half: UInt16(half)) { folder in
            #expect(throws: AudioError(.badWeights, "")) { try OpenUnmix(folder: folder) }
        }
    }

    /// Finite numbers so large that sums of their products are not: the stems are refused, not sold.
    @Test func netsThatOverflowAreRefusedAtWork() throws {
        let net = "\(NeuralFixtures.folder)/htdemucs/net.safetensors"
        var path = "encoder.0.conv.weight"
        try Self.changed(net, path, half: 0x7BFF) { folder in
            // Norms bring most of it back: all that counts is that nothing traps and no stem holds what is no number.
            let model = try HTDemucs(file: "\(folder)/vocals.safetensors")
            let stems = try? Separator.htdemucs(model).separate(NeuralFixtures.noise(channels: 2, frames: 9_000))
            #expect(stems?.allSatisfy { $0.samples.allSatisfy(\.isFinite) } ?? true)
        }
        path = "crosstransformer.layers.0.gamma_1.scale"
        try Self.changed(net, path, half: 0x7E01) { folder in
            #expect(throws: AudioError(.badWeights, "")) {
                try HTDemucs(file: "\(folder)/vocals.safetensors")
            }
        }
    }

    /// Shapes that claim far more than the file holds must not take the memory for it.
    @Test func shapesBeyondTheFileTakeNoMemory() throws {
        let sizes: [(String, [Int])] = [
            ("tdecoder.3.conv_tr.bias", [8]), ("encoder.0.conv.weight", [1024]), ("channel_upsampler.weight", [8192]),
        ]
        let layers = (0..<16).map { ("crosstransformer.layers.\($0).linear1.weight", [65_536, 1]) }
        var (entries, at) = ([String](), 0)
        for (name, shape) in sizes + layers {
            let size = 2 * shape.reduce(1, *)
            entries.append(#""\#(name)":{"dtype":"F16","shape":\#(shape),"data_offsets":[\#(at),\#(at + size)]}"#)
            at += size
        }
        let path = try Self.file("{\(entries.joined(separator: ","))}", data: at)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: AudioError(.badWeights, "")) { try HTDemucs(file: path) }
    }

    /// Deep nesting, in the header and in what the file says of itself, is refused or ignored without a deep stack.
    @Test(arguments: ["[", "{\"a\":", "\"", "\\\"["])
    func deepNestingIsHarmless(piece: String) throws {
        let deep = String(repeating: piece, count: 200_000)
        for header in [deep, "{\"w\":\(deep)", "{\"__metadata__\":{\"kwargs\":\"\(deep)\"}}"] {
            let path = try Self.file(header, data: 0)
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(throws: AudioError(.badWeights, "")) { try HTDemucs(file: path) }
        }
    }

    @Test(arguments: 0..<3)
    func changedNetsNeverTrap(seed: Int) throws {
        let whole = try Data(contentsOf: URL(filePath: "\(NeuralFixtures.folder)/htdemucs/net.safetensors"))
        let header = 8 + Int(whole[0]) + Int(whole[1]) << 8 + Int(whole[2]) << 16
        let path = FileManager.default.temporaryDirectory.appending(path: "busker-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: path) }
        var dice = SplitMix(state: UInt64(seed))
        for round in 0..<60 {
            var bytes = whole
            for _ in 0...Int(dice.next() % 3) {
                bytes[Int(dice.next() % UInt64(header))] = UInt8(truncatingIfNeeded: dice.next())
            }
            if round % 4 == 0 { bytes = bytes.prefix(Int(dice.next() % UInt64(bytes.count))) }
            try bytes.write(to: path)
            do throws(AudioError) {
                _ = try HTDemucs(file: path.path)
            } catch {
                let expected = [AudioError.Code.badWeights, .outOfMemory].contains(error.code)
                #expect(expected, "seed \(seed), round \(round): \(error)")
            }
        }
    }
}
