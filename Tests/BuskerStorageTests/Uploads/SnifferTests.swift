// Contents are what their first bytes say, and nobody else's word counts.

import BuskerStorage
import TestSupport
import Testing

@Suite struct SnifferTests {
    static let heads: [(String, [UInt8], [MediaType])] = [
        ("wav", Sample.wav, [.wav]), ("rf64", bytes("RF64\u{0}\u{0}\u{0}\u{0}WAVEds64"), [.wav]),
        ("w64", bytes("riff") + [0x2E, 0x91, 0xCF, 0x11, 0xA5], [.wav]),
        ("aiff", bytes("FORM\u{0}\u{0}\u{0}\u{8}AIFFCOMM"), [.aiff]),
        ("aifc", bytes("FORM\u{0}\u{0}\u{0}\u{8}AIFC"), [.aiff]),
        ("flac", bytes("fLaC\u{0}"), [.flac]), ("opus", Sample.ogg("OpusHead"), [.ogg]),
        ("vorbis", Sample.ogg("\u{1}vorbis"), [.ogg]), ("theora", Sample.ogg2([0x80] + bytes("theora")), [.ogv]),
        ("ogg of nothing", bytes("OggS\u{0}\u{2}"), []),
        ("id3", bytes("ID3\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"), [.mp3]),
        ("mp3", Sample.mp3, [.mp3]), ("adts", Sample.adts, [.aac]),
        ("m4a", bytes("\u{0}\u{0}\u{0}\u{20}ftypM4A "), [.m4a]),
        ("mp4", bytes("\u{0}\u{0}\u{0}\u{20}ftypisom"), [.mp4, .m4a]),
        ("mov", bytes("\u{0}\u{0}\u{0}\u{14}ftypqt  "), [.quickTime]),
        ("avif", bytes("\u{0}\u{0}\u{0}\u{20}ftypavif"), [.avif]),
        ("caf", bytes("caff\u{0}\u{1}"), [.caf]), ("au", bytes(".snd\u{0}"), [.au]), ("png", Sample.png, [.png]),
        ("jpeg", [0xFF, 0xD8, 0xFF, 0xE0], [.jpeg]), ("webp", bytes("RIFF\u{4}\u{0}\u{0}\u{0}WEBPVP8 "), [.webp]),
        ("avi", bytes("RIFF\u{4}\u{0}\u{0}\u{0}AVI LIST"), [.avi]), ("gif", bytes("GIF89a"), [.gif]),
        ("pdf", bytes("%PDF-1.7\n"), [.pdf]), ("pdf behind", bytes("x%PDF-1.7\u{0}"), []),
        ("zip", [0x50, 0x4B, 0x03, 0x04, 0x14], [.zip]), ("exe", bytes("MZ\u{90}\u{0}\u{3}"), []),
        ("elf", [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], []), ("webm", Sample.webm, [.webm, .weba]),
        ("text", bytes("Zeile eins\nrefräng ♪"), [.text]), ("html", bytes("hello <script>alert(1)</script>"), []),
        ("svg", bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"), []), ("xml", bytes("<?xml version='1.0'?>"), []),
        ("script", bytes("#!/bin/sh\nrm -rf /"), []), ("postscript", bytes("%!PS-Adobe"), []),
        ("love <3", bytes("i <3 you"), [.text]), ("empty", [], []), ("latin", [0x66, 0xFC, 0x72], []),
        ("sync only", [0xFF, 0xFB, 0x90, 0x00] + [UInt8](repeating: 1, count: 1000), []),
        ("zeros", [UInt8](repeating: 0, count: 100), []),
    ]

    @Test(arguments: heads.indices)
    func aContentIsKnownByItsFirstBytes(at: Int) {
        let (name, head, types) = Self.heads[at]
        #expect(MediaSniffer.types(of: head) == types, "\(name)")
    }

    @Test func nothingThatBeginsAnyhowStopsTheSniffer() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            var head = Self.heads.randomElement(using: &random)?.1 ?? []
            head = Array(head.prefix(Int.random(in: 0...max(head.count, 1), using: &random)))
            for _ in 0..<3 where !head.isEmpty {
                head[Int.random(in: 0..<head.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            #expect(MediaSniffer.types(of: head).count <= 2, "seed 11")
        }
        let long = bytes(String(repeating: "é", count: 40_000))
        #expect(MediaSniffer.types(of: long) == [.text] && MediaSniffer.types(of: [0x61] + long) == [.text])
    }

    @Test(
        arguments: [
            ("audio/wav", "a.wav", true), ("audio/x-wav", "a.WAVE", true), ("AUDIO/WAV; codecs=1", "a", true),
            ("application/octet-stream", "a.wav", true), (nil, "a", true), ("audio/mpeg", "a.wav", false),
            ("audio/wav", "a.mp3", false), ("audio/wav", "a.exe", false), ("text/html", "a.wav", false),
            ("audio/wav", "a.wav.html", false), ("", "a.wav", true),
        ] as [(String?, String, Bool)])
    func typeNameAndContentAgree(declared: String?, name: String, good: Bool) throws {
        let name = DisplayName(name)
        if good {
            #expect(try UploadCategory.audio.check(head: Sample.wav, declared: declared, name: name) == .wav)
        } else {
            #expect(throws: StorageError(.badType, "")) {
                try UploadCategory.audio.check(head: Sample.wav, declared: declared, name: name)
            }
        }
    }

    @Test func whatIsNotOfTheCategoryIsRefused() throws {
        let wrong = StorageError(.badType, "")
        #expect(throws: wrong) {
            try UploadCategory.image.check(head: Sample.wav, declared: nil, name: DisplayName("a"))
        }
        #expect(throws: wrong) {
            try UploadCategory.audio.check(head: Sample.png, declared: nil, name: DisplayName("a"))
        }
        let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
        for category in [UploadCategory.audio, .video, .image, .document] {
            #expect(throws: wrong) { try category.check(head: zip, declared: nil, name: DisplayName("a.zip")) }
            #expect(category.bytesMax == 50_000_000 && category.unknownBytesMax < category.bytesMax)
        }
    }

    @Test func aContainerIsWhatItsCategoryTakesItFor() throws {
        let head = bytes("\u{0}\u{0}\u{0}\u{20}ftypisom")
        #expect(try UploadCategory.audio.check(head: head, declared: nil, name: DisplayName("a.m4a")) == .m4a)
        #expect(try UploadCategory.video.check(head: head, declared: "video/mp4", name: DisplayName("a.mp4")) == .mp4)
    }
}

@Suite struct DecodeMeterTests {
    @Test func aBombOfTenThousandTimesIsStoppedEarly() throws {
        var meter = try DecodeMeter(.standard, channels: 8, rate: 48_000)
        var blocks = 0
        #expect(throws: StorageError(.tooLarge, "")) {
            while blocks < 1_000_000 {
                blocks += 1
                try meter.add(frames: 4096, encodedBytes: Int64(blocks) * 4096 * 8 * 4 / 10_088)
            }
        }
        #expect(meter.samples * 4 < 1_300_000)
    }

    @Test func whatIsTooLongTooWideOrTooFastIsRefused() throws {
        let large = StorageError(.tooLarge, "")
        #expect(throws: large) { try DecodeMeter(.standard, channels: 9, rate: 48_000) }
        #expect(throws: large) { try DecodeMeter(.standard, channels: 0, rate: 48_000) }
        #expect(throws: StorageError(.badType, "")) { try DecodeMeter(.standard, channels: 2, rate: 7999) }
        #expect(throws: large) { try DecodeMeter(.standard, channels: 2, rate: 48_000, announcedFrames: 172_800_001) }
        #expect(throws: large) { try DecodeMeter(.standard, channels: 2, rate: 48_000, announcedFrames: .max) }
        var meter = try DecodeMeter(.standard, channels: 2, rate: 48_000, announcedFrames: 172_800_000)
        try meter.add(frames: 172_800_000, encodedBytes: 10_000_000)
        #expect(throws: large) { try meter.add(frames: 1, encodedBytes: 10_000_000) }
        #expect(throws: large) { try meter.add(frames: .max, encodedBytes: 1) }
    }
}

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// First bytes of contents.
enum Sample {
    static let wav = bytes("RIFF\u{24}\u{0}\u{0}\u{0}WAVEfmt ")
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    static let webm: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x82, 0x84] + bytes("webm") + [0]
    static let mp3: [UInt8] = {
        let frame: [UInt8] = [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0, count: 413)
        return frame + frame
    }()
    static let adts: [UInt8] = {
        let frame: [UInt8] = [0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC] + [UInt8](repeating: 0, count: 9)
        return frame + frame
    }()

    static func ogg(_ name: String) -> [UInt8] { ogg2(Array(name.utf8)) }

    static func ogg2(_ name: [UInt8]) -> [UInt8] {
        Array("OggS".utf8) + [0, 2] + [UInt8](repeating: 0, count: 20) + [1, 30] + name
    }

    /// A content that begins like WAV and has so many bytes.
    static func wav(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return wav + (0..<max(0, count - wav.count)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}
