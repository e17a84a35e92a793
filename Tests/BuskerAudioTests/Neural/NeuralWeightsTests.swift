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
        let slow = try AudioBuffer(sampleRate: 22_050, channels: 2, samples: [0, 0])
        #expect(throws: AudioError(.badArgument, "")) { _ = try Separator.openUnmix(model).separate(slow) }
        #expect(model.card.parameters > 1000 && model.card.sampleRate == 44_100)
    }
}
