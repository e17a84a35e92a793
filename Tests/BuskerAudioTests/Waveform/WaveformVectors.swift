// The shared vectors: reads their files and the few kinds of WAV among them.

#if canImport(Glibc)
import Glibc
#endif

enum WaveformVectors {
    static let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Vectors/waveform/"

    /// The bytes of a vector.
    static func bytes(_ name: String) throws -> [UInt8] {
        guard let file = unsafe fopen(folder + name, "rb") else { throw Missing(name: name) }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    /// The samples of a WAV whose header has 44 bytes or more and whose data chunk is the last.
    static func wav(_ name: String) throws -> (rate: Int, channels: Int, int16: [Int16], float: [Float]) {
        let bytes = try bytes(name)
        func word(_ at: Int, _ size: Int) -> UInt32 {
            (0..<size).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
        }
        var at = 12
        var format: UInt32 = 1
        var shape = (rate: 0, channels: 0)
        while word(at, 4) != 0x6174_6164 {
            if word(at, 4) == 0x2074_6D66 {
                format = word(at + 8, 2)
                shape = (Int(word(at + 12, 4)), Int(word(at + 10, 2)))
            }
            at += 8 + Int(word(at + 4, 4))
        }
        let end = at + 8 + Int(word(at + 4, 4))
        if format == 3 {
            let samples = stride(from: at + 8, to: end, by: 4).map { Float(bitPattern: word($0, 4)) }
            return (shape.rate, shape.channels, [], samples)
        }
        let samples = stride(from: at + 8, to: end, by: 2).map { Int16(truncatingIfNeeded: word($0, 2)) }
        return (shape.rate, shape.channels, samples, [])
    }

    struct Missing: Error { let name: String }

    /// The names of all expected outputs, from the manifest's own text.
    static func names() throws -> [String] {
        let text = String(decoding: try bytes("manifest.json"), as: UTF8.self)
        return text.split(separator: "\"").map(String.init)
            .filter { $0.contains(".b") && ($0.hasSuffix(".dat") || $0.hasSuffix(".json")) }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
