// Cursors come back as they went out, or not at all.

import TestSupport
import Testing

@testable import BuskerCore

@Suite struct CursorTests {
    static let id = Result { try ID<SongKind>(parsing: "song_01h455vb4pex5vsknk084sn02q") }

    @Test func theSortValuesComeBack() throws {
        let moment = Timestamp(microseconds: -5)
        let sent = try Cursor(list: "songs", after: Int64.min, "näme", moment, try Self.id.get())
        let cursor = try Cursor(parsing: sent.text)
        #expect(cursor == sent)
        let (number, name, time, song) = try cursor.position(
            in: "songs", as: Int64.self, String.self, Timestamp.self, ID<SongKind>.self)
        #expect((number, name, time, song) == (.min, "näme", moment, try Self.id.get()))
    }

    @Test(arguments: [Int64.min, -1, 0, 1, Int64.max])
    func oneValueComesBackAsItself(number: Int64) throws {
        let cursor = try Cursor(parsing: try Cursor(list: "history", after: number).text)
        #expect(try cursor.position(in: "history", as: Int64.self) == number)
    }

    @Test func theTextStaysTheSameInEveryRelease() throws {
        #expect(try Cursor(list: "a", after: Int64(1), "b").text == "AQFhAQAAAAAAAAABAgABYhqiZvg")
        #expect(CRC32.sum(Array("123456789".utf8)) == 0xCBF4_3926)
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            #expect(Base64URL.encode(Array(bytes.utf8)) == text)
            #expect(Base64URL.decode(text) == Array(bytes.utf8))
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    }

    @Test func cursorsOfAnotherListAreRefused() throws {
        let cursor = try Cursor(list: "songs", after: Int64(7))
        #expect(throws: TextError(.badCursor, "")) { try cursor.position(in: "song", as: Int64.self) }
        #expect(throws: TextError(.badCursor, "")) { try cursor.position(in: "songs", as: String.self) }
        #expect(throws: TextError(.badCursor, "")) { try cursor.position(in: "songs", as: Int64.self, Int64.self) }
        #expect(throws: TextError(.badCursor, "")) { try cursor.position(in: "songs") }
    }

    @Test func valuesThatTheTypeDoesNotAllowAreRefused() throws {
        struct Bytes: CursorKey {
            let cursorValue: Cursor.Value
        }
        let broken = try Cursor(list: "songs", after: Bytes(cursorValue: .bytes([0xFF, 0xFE])))
        #expect(throws: TextError(.badCursor, "")) { try broken.position(in: "songs", as: String.self) }
        #expect(throws: TextError(.badCursor, "")) { try broken.position(in: "songs", as: ID<SongKind>.self) }
        #expect(throws: TextError(.badCursor, "")) { try broken.position(in: "songs", as: Timestamp.self) }
    }

    @Test func longNamesAndValuesAreRefusedAndTheLongestComeBack() throws {
        let room = Cursor.longestText / 4 * 3 - 2 - 1 - 3 - 4
        let longest = String(repeating: "x", count: room)
        let cursor = try Cursor(list: "l", after: longest)
        #expect(cursor.text.utf8.count == Cursor.longestText)
        #expect(try Cursor(parsing: cursor.text).position(in: "l", as: String.self) == longest)
        #expect(throws: TextError(.badCursor, "")) { try Cursor(list: "l", after: longest + "x") }
        #expect(throws: TextError(.badCursor, "")) {
            try Cursor(list: "l", after: String(repeating: "x", count: 70_000))
        }
        #expect(throws: TextError(.badCursor, "")) { try Cursor(list: longest, after: Int64(1)) }
    }

    @Test(arguments: [
        "", "A", "AQ", "AQFh", "====", "AQFhAQAAAAAAAAABAgABYg==", "a b", "é", "\0", "null", "' OR 1=1 --",
    ])
    func whatNoCursorGaveIsRefused(text: String) {
        #expect(throws: TextError(.badCursor, "")) { try Cursor(parsing: text) }
    }

    @Test func overlongTextsAreRefused() throws {
        let text = String(repeating: "A", count: 1 << 20)
        #expect(throws: TextError(.badCursor, "")) { try Cursor(parsing: text) }
        let sent = try Cursor(list: "songs", after: Int64(7)).text
        #expect(throws: TextError(.badCursor, "")) { try Cursor(parsing: sent + text) }
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let sent = Array(try Cursor(list: "songs", after: Int64(7), "after").text.utf8)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= ".utf8)
        for at in sent.indices {
            for character in alphabet where character != sent[at] {
                var text = sent
                text[at] = character
                #expect(throws: TextError(.badCursor, "")) {
                    try Cursor(parsing: String(decoding: text, as: UTF8.self))
                }
            }
            #expect(throws: TextError(.badCursor, "")) {
                try Cursor(parsing: String(decoding: sent[..<at], as: UTF8.self))
            }
        }
    }

    /// Payloads whose check sum is right, so that only the structure can refuse them.
    @Test(arguments: [61, 62, 63] as [UInt64])
    func forgedPayloadsAreReadExactlyOrRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for trial in 0..<4000 {
            var bytes: [UInt8] = [1, 1, 97, 1, 0, 0, 0, 0, 0, 0, 0, 9, 2, 0, 2, 98, 99]
            for _ in 0...(random.next() % 2) {
                bytes[Int(random.next() % 17)] = UInt8(truncatingIfNeeded: random.next() >> (random.next() % 8))
            }
            bytes.removeLast(Int(random.next() % 3))
            let sum = CRC32.sum(bytes)
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: sum >> shift)) }
            guard let payload = CursorPayload(bytes: bytes) else { continue }
            accepted += 1
            #expect(payload.bytes == bytes, "seed \(seed) trial \(trial): \(bytes)")
            let cursor = try Cursor(parsing: Base64URL.encode(bytes))
            #expect(cursor.text == Base64URL.encode(bytes), "seed \(seed) trial \(trial)")
        }
        #expect(accepted > 0)
    }

    @Test(arguments: [71, 72] as [UInt64])
    func anyBytesAreACursorOrAnError(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4000 {
            let bytes = (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(throws: TextError(.badCursor, "")) { try Cursor(parsing: Base64URL.encode(bytes)) }
            #expect(throws: TextError(.badCursor, "")) { try Cursor(parsing: String(decoding: bytes, as: UTF8.self)) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes, "seed \(seed)")
        }
    }
}
