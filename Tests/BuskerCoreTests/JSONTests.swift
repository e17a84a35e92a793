// JSON is written so that it is read as what it was.

import BuskerCore
import TestSupport
import Testing

@Suite struct JSONTests {
    @Test func valuesAreWrittenInOrderAndWithoutSpaces() {
        let json: JSON = [
            "z": 1, "a": ["x", true, .null, .number(.min)], "left out": nil, "": [:], "exact": .exact("12.50"),
        ]
        #expect(
            json.description == #"{"z":1,"a":["x",true,null,-9223372036854775808],"":{},"exact":12.50}"#)
    }

    @Test func textsAreEscaped() {
        let text = "a\"b\\c/\n\r\t\u{0}\u{1F}\u{7F}é😀\u{2028}"
        #expect(
            JSON.text(text).description
                == #""a\"b\\c/\n\u000d\u0009\u0000\u001f\u007fé😀"# + "\u{2028}\"")
    }

    @Test(arguments: ["0", "-0", "1.50", "1e400", "123456789012345678901234567890", "-0.1E-7"])
    func digitsAreKept(digits: String) throws {
        #expect(try #require(JSON.exact(digits)).description == digits)
    }

    @Test(arguments: ["", " 1", "1 ", "01", "1.", "+1", "NaN", "1,2", "\"1\"", "[1]", "1\n", "٣", "true"])
    func whatIsNoNumberIsNotWritten(digits: String) {
        #expect(JSON.exact(digits) == nil)
    }

    @Test func aNameStandsOnceAndNamesAreComparedByteByByte() {
        let json = JSON.object([("a", 1), ("b", 2), ("a", 3), ("b", nil), ("caf\u{E9}", 4), ("cafe\u{301}", 5)])
        #expect(json.description == "{\"a\":3,\"b\":2,\"caf\u{E9}\":4,\"cafe\u{301}\":5}")
    }

    @Test(arguments: 1...300)
    func whatIsWrittenIsRead(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = Self.tree(depth: 6, &random).bytes
        let read = try JSONValue(parsing: bytes)
        #expect(JSON(read).bytes == bytes, "seed \(seed)")
    }

    @Test(arguments: 1...100)
    func aTextOfAnyCharactersComesBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = Self.text(&random)
        let read = try JSONValue(parsing: (["v": .text(text)] as JSON).bytes)
        #expect(read["v"]?.text.map { Array($0.utf8) } == Array(text.utf8), "seed \(seed)")
    }

    static func tree(depth: Int, _ random: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: .null
        case 1: .flag(Bool.random(using: &random))
        case 2: .number(Int64.random(in: .min ... .max, using: &random))
        case 3:
            .exact("\(Int.random(in: -9...9, using: &random)).\(UInt8.random(in: 0...9, using: &random))e5") ?? .null
        case 4: .text(text(&random))
        case 5: .list((0..<Int.random(in: 0...4, using: &random)).map { _ in tree(depth: depth - 1, &random) })
        default:
            .object(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in (text(&random), tree(depth: depth - 1, &random))
                })
        }
    }

    static func text(_ random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let top: UInt32 = [0x20, 0x80, 0x800, 0x1_0000, 0x11_0000][Int.random(in: 0..<5, using: &random)]
            guard let scalar = Unicode.Scalar(UInt32.random(in: 0..<top, using: &random)) else { continue }
            text.unicodeScalars.append(scalar)
        }
        return text
    }
}
