// JSON is read exactly and strictly.

import BuskerCore
import Testing

@Suite struct JSONValueTests {
    static func read(_ text: String, limits: JSONLimits = .standard) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), limits: limits)
    }

    @Test func valuesAreAnsweredAsTheyStand() throws {
        let json = try Self.read(
            #" {"a": [1, -2, {"b": null}], "c": true, "d": false, "e": "x\n\u00e9\ud83d\ude00\/", "f": 12.50, "": ""} "#
        )
        #expect(json.kind == .object)
        #expect(json.members?.map(\.name) == ["a", "c", "d", "e", "f", ""])
        let list = try #require(json["a"]?.elements)
        #expect(list.map(\.kind) == [.number, .number, .object])
        #expect(list[0].integer == 1 && list[1].integer == -2)
        #expect(list[2]["b"]?.isNull == true && list[2]["c"] == nil)
        #expect(json["c"]?.flag == true && json["d"]?.flag == false)
        #expect(json["e"]?.text == "x\né😀/")
        #expect(json["f"]?.numberText == "12.50" && json["f"]?.integer == nil)
        #expect(json[""]?.text == "")
        #expect(json["a"]?.text == nil && json["a"]?["b"] == nil && json["e"]?.elements == nil)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7", 7), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
    ])
    func wholeNumbersAreExact(text: String, value: Int64) throws { #expect(try Self.read(text).integer == value) }

    @Test(arguments: ["9223372036854775808", "-9223372036854775809", "1.0", "1e2", "49.00", "1E400", "0.1"])
    func otherNumbersKeepTheirDigitsAndAreNoWholeNumbers(text: String) throws {
        let json = try Self.read(text)
        #expect(json.integer == nil && json.numberText == text)
    }

    @Test(arguments: [
        "", " ", "{", "[", "]", "{]", "[1,]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "[1 2]", "01", "-", "+1",
        ".5",
        "1.", "1e", "1e+", "tru", "True", "nul", "NaN", "Infinity", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "\"a\nb\"", "1 2", "{}{}", "[]x", "'a'", "//", "\u{FEFF}{}",
        "{\"a\" 1}", "{1:2}", "{,}", "[,]", "-01", "--1", "1.2.3", "0x10",
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONError(.malformed, "")) { try Self.read(text) }
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"\u0061":3}"#, #"[{"x":{"a":1,"b":{},"a":1}}]"#, #"{"":1,"":1}"#,
    ])
    func aNameUsedTwiceIsRefused(text: String) {
        #expect(throws: JSONError(.duplicateName, "")) { try Self.read(text) }
    }

    @Test(arguments: [2, 63, 64, 65, 66, 500])
    func aNameUsedTwiceIsSeenAmongFewAndMany(count: Int) throws {
        let names = (0..<count).map { "\"n\($0)\":{\"n0\":[]}" }
        #expect(try Self.read("{" + names.joined(separator: ",") + "}").members?.count == count)
        for twice in [0, count / 2, count - 1] {
            let text = "{" + (names + ["\"n\(twice)\":1"]).joined(separator: ",") + "}"
            #expect(throws: JSONError(.duplicateName, "")) { try Self.read(text) }
        }
    }

    @Test(arguments: [
        [0x22, 0xC0, 0x80, 0x22], [0x22, 0xFF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3, 0x22],
    ])
    func textsThatAreNoUTF8AreRefused(bytes: [UInt8]) {
        #expect(throws: JSONError(.badText, "")) { try JSONValue(parsing: bytes) }
    }

    @Test func boundsAreKept() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try Self.read(deep).kind == .list)
        #expect(throws: JSONError(.limit, "")) { try Self.read("[\(deep)]") }
        #expect(throws: JSONError(.limit, "")) { try Self.read("[1,2,3]", limits: JSONLimits(valuesMax: 3)) }
        #expect(try Self.read("[1,2,3]", limits: JSONLimits(valuesMax: 4)).elements?.count == 3)
        #expect(throws: JSONError(.limit, "")) { try Self.read("[1,2,3]", limits: JSONLimits(bytesMax: 6)) }
        let open = String(repeating: "[", count: 1 << 20)
        #expect(throws: JSONError(.limit, "")) { try Self.read(open) }
    }

    @Test func namesAreComparedByteByByte() throws {
        let json = try Self.read("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}")
        #expect(json["caf\u{E9}"]?.integer == 1 && json["cafe\u{301}"]?.integer == 2)
    }

    @Test func theWordNullIsAValue() {
        #expect(JSONValue.null.isNull && JSONValue.null.members == nil && JSONValue.null["a"] == nil)
    }
}
