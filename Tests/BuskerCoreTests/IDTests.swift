// Ids as bytes and as text, one way only.

import BuskerCore
import TestSupport
import Testing

enum SongKind: IDKind { static let prefix = "song" }
enum OrderKind: IDKind { static let prefix = "order" }

@Suite struct IDTests {
    /// Bytes and text; the first is the example of the TypeID specification, the next of RFC 9562, then the ends.
    static let known: [([UInt8], String)] = [
        (bytes(0x0189_0A5D_AC96_774B, 0xBCCE_B302_099A_8057), "song_01h455vb4pex5vsknk084sn02q"),
        (bytes(0x017F_22E2_79B0_7CC3, 0x98C4_DC0C_0C07_398F), "song_01fwhe4ydgfk1shh6w1g60eecf"),
        (bytes(0x0000_0000_0000_7000, 0x8000_0000_0000_0000), "song_0000000000e008000000000000"),
        (bytes(0xFFFF_FFFF_FFFF_7FFF, 0xBFFF_FFFF_FFFF_FFFF), "song_7zzzzzzzzzfzzvzzzzzzzzzzzz"),
    ]

    static func bytes(_ high: UInt64, _ low: UInt64) -> [UInt8] {
        let bits = UInt128(high) << 64 | UInt128(low)
        return (0..<16).map { UInt8(truncatingIfNeeded: bits >> (120 - 8 * $0)) }
    }

    @Test(arguments: known)
    func bytesAndTextAreThoseOfTheStandards(bytes: [UInt8], text: String) throws {
        let id = try ID<SongKind>(bytes: bytes)
        #expect(id.description == text)
        #expect(id.bytes == bytes)
        #expect(try ID<SongKind>(parsing: text) == id)
    }

    @Test func theTimeIsThatOfTheMillisecond() throws {
        let id = try ID<SongKind>(parsing: "song_01fwhe4ydgfk1shh6w1g60eecf")
        #expect(id.timestamp.iso8601 == "2022-02-22T19:22:22.000000Z")
    }

    @Test func oneThingCanHaveNamesOfTwoKinds() throws {
        let song = try ID<SongKind>(parsing: "song_01h455vb4pex5vsknk084sn02q")
        let order = ID<OrderKind>(sharing: song)
        #expect(order.description == "order_01h455vb4pex5vsknk084sn02q")
        #expect(order.bytes == song.bytes)
        #expect(ID<SongKind>(sharing: order) == song)
    }

    @Test(arguments: [
        "", "_", "song_", "song", "01h455vb4pex5vsknk084sn02q", "_01h455vb4pex5vsknk084sn02q",
        "order_01h455vb4pex5vsknk084sn02q", "Song_01h455vb4pex5vsknk084sn02q", "song-01h455vb4pex5vsknk084sn02q",
        "song_01h455vb4pex5vsknk084sn02", "song_01h455vb4pex5vsknk084sn02qq", "song_01H455VB4PEX5VSKNK084SN02Q",
        "song_81h455vb4pex5vsknk084sn02q", "song_zzzzzzzzzzzzzzzzzzzzzzzzzz", "song_0lh455vb4pex5vsknk084sn02q",
        "song_01h455vb4pex5vsknko84sn02q", "song_01h455vb4pex5vsknk084sn02u", "song_01h455vb4pex5vsknki84sn02q",
        " song_01h455vb4pex5vsknk084sn02q", "song_01h455vb4pex5vsknk084sn02q ", "song_01h455vb4pex5vsknk084sn02q\n",
        "song_01h455vb4pex5vsknk084sn02\0", "song__1h455vb4pex5vsknk084sn02q", "song_01h455vb4p-x5vsknk084sn02q",
        "song_01h455vb4pex5vs\u{212A}nk084sn02q", "song_00000000000000000000000000", "song_7zzzzzzzzzzzzzzzzzzzzzzzzz",
    ])
    func onlyTheOneTextIsAccepted(text: String) {
        #expect(throws: TextError(.badID, "")) { try ID<SongKind>(parsing: text) }
    }

    @Test func longTextsAreRefusedUnread() {
        let text = "song_" + String(repeating: "0", count: 1 << 20)
        #expect(throws: TextError(.badID, "")) { try ID<SongKind>(parsing: text) }
    }

    @Test(arguments: 0...40)
    func bytesOfAnotherLengthAreRefused(count: Int) throws {
        let bytes = [UInt8](repeating: 0x7A, count: count)
        #expect(throws: TextError(.badID, "")) { try ID<SongKind>(bytes: bytes) }
    }

    @Test func bytesOfAnotherVersionOrVariantAreRefused() throws {
        let good = Self.known[0].0
        for version in 0...15 where version != 7 {
            var bytes = good
            bytes[6] = UInt8(version << 4) | bytes[6] & 0xF
            #expect(throws: TextError(.badID, "")) { try ID<SongKind>(bytes: bytes) }
        }
        for variant in [0, 1, 3] {
            var bytes = good
            bytes[8] = UInt8(variant << 6) | bytes[8] & 0x3F
            #expect(throws: TextError(.badID, "")) { try ID<SongKind>(bytes: bytes) }
        }
    }

    /// Whatever is accepted is the text that the id itself gives; most mutants differ in one byte from a true id.
    @Test(arguments: [21, 22, 23] as [UInt64])
    func whatIsAcceptedIsWhatIsWritten(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let good = Array(Self.known[0].1.utf8)
        var accepted = 0
        for trial in 0..<5000 {
            var bytes = good
            switch random.next() % 4 {
            case 0: bytes = (0..<Int(random.next() % 48)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 1: bytes.remove(at: Int(random.next() % 31))
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: Int(random.next() % 32))
            default: bytes[Int(random.next() % 31)] = UInt8(truncatingIfNeeded: random.next())
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let id = try? ID<SongKind>(parsing: text) else { continue }
            accepted += 1
            #expect(Array(id.description.utf8) == bytes, "seed \(seed) trial \(trial): \(text)")
        }
        #expect(accepted > 0)
    }

    @Test(arguments: [31, 32] as [UInt64])
    func bytesTextAndValuesSortAlike(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var ids: [ID<SongKind>] = []
        for _ in 0..<500 {
            let shift = random.next() % 60
            ids.append(
                try ID(
                    bytes: Self.bytes(
                        (random.next() >> shift) & ~0xF000 | 0x7000, (random.next() >> shift) & ~(3 << 62) | 1 << 63)))
        }
        for (a, b) in zip(ids, ids.dropFirst()) {
            #expect((a < b) == (a.description < b.description), "seed \(seed): \(a) \(b)")
            #expect((a < b) == a.bytes.lexicographicallyPrecedes(b.bytes), "seed \(seed): \(a) \(b)")
            #expect((a == b) == (a.bytes == b.bytes))
        }
    }
}
