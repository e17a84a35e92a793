// Throws broken files at probe and reader: a short run in every suite, a long one from Scripts/fuzz.

import CBuskerDSP
import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

/// Breaks good files in a thousand ways, always the same ones for a seed.
struct Breaker {
    var generator: Seeded
    let seeds: [[UInt8]]

    private static let numbers: [UInt64] = [
        0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
    ]

    mutating func next() -> [UInt8] {
        var bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
        for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes) }
        if bytes.starts(with: Array("OggS".utf8)), Bool.random(using: &generator) { Self.mendOgg(&bytes) }
        return bytes
    }

    private mutating func spot(_ bytes: [UInt8]) -> Int {
        let isHead = Int.random(in: 0..<4, using: &generator) > 0
        return Int.random(in: 0..<(isHead ? min(bytes.count, 200) : bytes.count), using: &generator)
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard bytes.count > 16 else { return }
        let at = spot(bytes)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1, 2:
            bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 3:
            bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 4, 5:
            let number = Self.numbers[Int.random(in: 0..<Self.numbers.count, using: &generator)]
            let width = 1 << Int.random(in: 0..<4, using: &generator)
            let isBig = Bool.random(using: &generator)
            for i in 0..<width where at + i < bytes.count {
                bytes[at + i] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (isBig ? width - 1 - i : i)))
            }
        case 6:
            bytes.removeSubrange(max(1, at)...)
        case 7:
            let end = min(bytes.count, at + Int.random(in: 1...64, using: &generator))
            bytes.removeSubrange(at..<end)
        case 8:
            let end = min(bytes.count, at + Int.random(in: 1...64, using: &generator))
            bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        default:
            let other = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            let from = Int.random(in: 0..<other.count, using: &generator)
            bytes.replaceSubrange(at..., with: other[from...])
        }
    }

    /// Makes the checksums of whole pages right again, so that what is broken reaches the codecs.
    private static func mendOgg(_ bytes: inout [UInt8]) {
        var at = 0
        while at + 27 <= bytes.count, bytes[at] == 0x4F, bytes[at + 1] == 0x67 {
            let segments = Int(bytes[at + 26])
            guard at + 27 + segments <= bytes.count else { return }
            let size = 27 + segments + bytes[(at + 27)..<(at + 27 + segments)].reduce(0) { $0 + Int($1) }
            guard at + size <= bytes.count else { return }
            for i in 22..<26 { bytes[at + i] = 0 }
            let sum = unsafe bytes.withUnsafeBufferPointer {
                unsafe busker_ogg_checksum($0.baseAddress.map { unsafe $0 + at }, size)
            }
            for i in 0..<4 { bytes[at + 22 + i] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * i)) }
            at += size
        }
    }
}

@Suite struct FuzzTests {
    static func setting(_ name: String, _ otherwise: Int) -> Int {
        unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? otherwise
    }

    /// Good small files of every kind that is read.
    static func seeds() throws -> [[UInt8]] {
        let tune = AudioFileTests.tune(300)
        var files: [[UInt8]] = []
        for kind in AudioWriterTests.kinds + [.aiff(bits: 16)] {
            files.append(try encoded(tune, kind) { $0.tags[.title] = "Seed" })
        }
        files.append(try encoded(AudioFileTests.tune(1500), .mp3(kilobits: 64)))
        files.append(try MPEGTests.bare(32, frames: 6000, loud: false))
        files.append(try encoded(tune, .opus(quality: 0.2), rate: 48000))
        files.append(try encoded(tune, .wav(.int16)) { $0.expectedFrames = 300 })
        files.append(try encoded(AudioFileTests.tune(100, channels: 6), .flac(bits: 24), channels: 6))
        let sink = try ByteSink(.memory)
        let long = try WavEncoder(AudioWriterSettings(.wav(.int16), sampleRate: 44100, channels: 2), sink, plainMax: 64)
        try unsafe tune.withUnsafeBufferPointer { try unsafe long.write($0) }
        try long.finish()
        files.append(try sink.commit() ?? [])
        for name in ["alac16.caf", "pcm16.caf", "pcm16.w64", "float.aifc", "ulaw.wav"] {
            let store = try ByteStore.open(.file("\(vectors)/audio/\(name)"), limits: .standard)
            files.append(store.bytes(at: 0, store.count))
        }
        return files
    }

    /// The folder of files that are kept with the tests.
    static var vectors: String {
        let here = #filePath
        return here[..<(here.lastIndex(of: "/") ?? here.startIndex)] + "/Vectors"
    }

    @Test(arguments: 0..<2) func brokenFilesNeverTrap(shard: Int) throws {
        let runs = Self.setting("BUSKER_FUZZ_RUNS", 3000) / 2
        let seed = Self.setting("BUSKER_FUZZ_SEED", 1)
        var breaker = Breaker(generator: Seeded(UInt64(truncatingIfNeeded: 2 * seed + shard)), seeds: try Self.seeds())
        var refused = 0
        var read = 0
        for run in 0..<runs {
            let bytes = breaker.next()
            do throws(AudioError) {
                try Self.use(bytes, run)
                read += 1
            } catch {
                refused += 1
                if error.detail.isEmpty { Issue.record("an error without words: \(error.code)") }
            }
        }
        #expect(refused > runs / 20 && read > runs / 20)
        if runs > 10_000 {
            print("fuzz: shard \(shard), seed \(seed): \(runs) files, \(read) read, \(refused) refused")
        }
    }

    /// Everything a service does with a file.
    static func use(_ bytes: [UInt8], _ run: Int) throws(AudioError) {
        var limits = AudioLimits()
        limits.secondsMax = 20
        let probe = try AudioProbe.probe(.bytes(bytes), limits: limits)
        var reader = try AudioReader(.bytes(bytes), limits: limits)
        var block = [Float](repeating: 0, count: 512 * probe.format.channels)
        for _ in 0..<4 {
            var span = block.mutableSpan
            let frames = try reader.read(into: &span)
            if frames == 0 { break }
            check(block, reader.levels, bytes)
        }
        if run % 4 == 0 {
            try reader.seek(toFrame: run % 400)
            var span = block.mutableSpan
            _ = try reader.read(into: &span)
        }
        guard run % 8 == 0 else { return }
        let exact = try AudioProbe.probe(.bytes(bytes), depth: .exact, limits: limits)
        let frameBits = (probe.format.bitsPerSample ?? 0) * probe.format.channels
        let isPlain = probe.format.encoding.isPlain
        if isPlain, (exact.decodedFrames ?? 0) * frameBits > bytes.count * 8 {
            Issue.record(
                "more sound than bytes: \(exact.format), \(exact.decodedFrames ?? 0) frames, \(bytes.count) bytes")
        }
        if let declared = exact.declaredFrames, let decoded = exact.decodedFrames, isPlain, decoded != declared,
            !exact.isTruncated
        {
            Issue.record("a wrong length: \(exact), \(bytes.count) bytes")
        }
    }

    private static func check(_ block: [Float], _ levels: AudioLevels, _ bytes: [UInt8]) {
        if !(levels.peak <= AudioLimits.sampleMax) { Issue.record("a peak of \(levels.peak)") }
        if let wrong = block.first(where: { !($0.magnitude <= AudioLimits.sampleMax) }) {
            Issue.record("a sample of \(wrong)")
        }
    }
}
