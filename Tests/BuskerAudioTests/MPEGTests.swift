// MP3: exact lengths where libsndfile goes wrong, and streams that are damaged on purpose.

import Testing

@testable import BuskerAudio

#if canImport(Glibc)
import Glibc
#endif

@Suite struct MPEGTests {
    /// A CBR stream without its information frame.
    static func bare(_ kilobits: Int, frames: Int, loud: Bool = true, rate: Int = 44100) throws -> [UInt8] {
        let tune = loud ? AudioFileTests.tune(frames) : [Float](repeating: 0, count: frames * 2)
        let bytes = try encoded(tune, .mp3(kilobits: kilobits), rate: rate)
        let store = try ByteStore.open(.bytes(bytes), limits: .standard)
        let walk = try MPEGWalk(store, from: 0)
        return Array(bytes[walk.firstAudio...])
    }

    static func frames(_ bytes: [UInt8]) throws -> Int {
        try MPEGWalk(try ByteStore.open(.bytes(bytes), limits: .standard), from: 0).frames
    }

    @Test(arguments: [1, 100, 1151, 1152, 1153, 5000, 44100]) func lengthIsExact(frames: Int) throws {
        let bytes = try encoded(AudioFileTests.tune(frames), .mp3(kilobits: 128))
        let probe = try AudioProbe.probe(.bytes(bytes), depth: .exact)
        #expect(probe.decodedFrames == frames && probe.declaredFrames == frames && !probe.isTruncated)
    }

    @Test(arguments: [32, 64, 128, 192, 256, 320]) func bitRateIsConstantAndAsAsked(kilobits: Int) throws {
        let bytes = try Self.bare(kilobits, frames: 20_000)
        var offset = 0
        while let frame = MPEGFrame(HeaderBytes(bytes), at: offset), offset + frame.length <= bytes.count {
            #expect(frame.bitRate == kilobits * 1000)
            offset += frame.length
        }
        #expect(offset == bytes.count)
    }

    /// libsndfile reads 8.5 to 25 s of a 60 s file of this kind, without any error.
    @Test(arguments: [true, false]) func variableRateWithoutHeaderIsWhole(loudFirst: Bool) throws {
        let loud = try Self.bare(320, frames: 40_000)
        let quiet = try Self.bare(32, frames: 80_000, loud: false)
        let bytes = loudFirst ? loud + quiet : quiet + loud
        let count = try Self.frames(loud) + Self.frames(quiet)
        let probe = try AudioProbe.probe(.bytes(bytes), depth: .exact)
        #expect(probe.declaredFrames == count * 1152)
        #expect(probe.decodedFrames == count * 1152)
        #expect(!probe.isTruncated && probe.strayBytes == 0)
    }

    @Test func tagsAndJunkDoNotCount() throws {
        let bare = try Self.bare(128, frames: 20_000)
        let count = try Self.frames(bare) * 1152
        let first = Array("ID3\u{3}\0\0\0\0\u{10}\0".utf8) + [UInt8](repeating: 0, count: 2048)
        let last = Array("TAG".utf8) + [UInt8](repeating: 0x20, count: 125)
        let junk = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 3 & 0x7F) }
        for bytes in [first + bare, bare + last, first + bare + last, junk + bare] {
            let probe = try AudioProbe.probe(.bytes(bytes), depth: .exact)
            #expect(probe.decodedFrames == count && probe.declaredFrames == count)
        }
    }

    @Test func damageInTheMiddleIsSeen() throws {
        var bytes = try Self.bare(128, frames: 60_000)
        let count = try Self.frames(bytes) * 1152
        for i in 5000..<5400 { bytes[i] = 0 }
        let probe = try AudioProbe.probe(.bytes(bytes), depth: .exact)
        #expect(probe.strayBytes > 0)
        let decoded = try #require(probe.decodedFrames)
        #expect(decoded >= count - 3 * 1152 && decoded <= count)
    }

    @Test func joinedRatesAreRefused() throws {
        let bytes = try Self.bare(64, frames: 10_000) + Self.bare(64, frames: 10_000, rate: 48000)
        let error = #expect(throws: AudioError.self) { try AudioProbe.probe(.bytes(bytes)) }
        #expect(error?.code == .unsupportedEncoding)
    }

    @Test func freeFormatIsRefused() throws {
        var bytes: [UInt8] = []
        for _ in 0..<20 { bytes += [0xFF, 0xFB, 0x00, 0x00] + [UInt8](repeating: 0x11, count: 396) }
        let error = #expect(throws: AudioError.self) { try AudioProbe.probe(.bytes(bytes)) }
        #expect(error?.code == .unsupportedEncoding)
    }

    @Test func informationThatLiesIsNotBelieved() throws {
        let bytes = try encoded(AudioFileTests.tune(44100), .mp3(kilobits: 128))
        let at = try #require(place(of: "Info", in: bytes) ?? place(of: "Xing", in: bytes))
        let few = try AudioProbe.probe(.bytes(patched(bytes, at: at + 8, [0, 0, 0, 5])), depth: .exact)
        #expect((few.decodedFrames ?? 0) >= 44100 && (few.decodedFrames ?? 0) < 44100 + 3 * 1152)
        let many = try AudioProbe.probe(.bytes(patched(bytes, at: at + 8, [0, 0, 1, 0])), depth: .exact)
        #expect(many.isTruncated)
        #expect((many.decodedFrames ?? 0) >= 44100 - 1152 && (many.decodedFrames ?? 0) < 44100 + 3 * 1152)
    }

    @Test func seekingIsExact() throws {
        let bytes = try encoded(AudioFileTests.tune(30_000), .mp3(kilobits: 128))
        let whole = try decoded(.bytes(bytes))
        var reader = try AudioReader(.bytes(bytes))
        for frame in [20_000, 3, 12_345, 29_999, 0] {
            try reader.seek(toFrame: frame)
            let part = try reader.read(frames: 1000)
            let expected = Array(whole[(2 * frame)..<min(2 * (frame + 1000), whole.count)])
            #expect(part.count == expected.count)
            #expect(decibels(expected, part) > 60)
        }
    }

    @Test func tagsAreRead() throws {
        let bytes = try encoded(AudioFileTests.tune(2000), .mp3(kilobits: 128)) {
            $0.tags[.title] = "별 헤는 밤"
            $0.tags[.artist] = "Müller & 윤동주"
        }
        let probe = try AudioProbe.probe(.bytes(bytes))
        #expect(probe.tags[.title] == "별 헤는 밤" && probe.tags[.artist] == "Müller & 윤동주")
    }
}
