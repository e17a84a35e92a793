// JSON text, put together piece by piece.

import BuskerCore

/// A piece of JSON text.
struct FakeJSON: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    let text: String

    init(raw text: String) { self.text = text }

    init(nilLiteral: ()) { text = "null" }

    init(booleanLiteral value: Bool) { text = value ? "true" : "false" }

    init(integerLiteral value: Int64) { text = String(value) }

    init(stringLiteral value: String) { text = Self.quoted(value) }

    init(arrayLiteral elements: FakeJSON...) { self = .list(elements) }

    init(dictionaryLiteral elements: (String, FakeJSON)...) { self = .object(elements) }

    /// An object with its members in this order; names need no escapes.
    static func object(_ members: [(String, FakeJSON)]) -> FakeJSON {
        var text = "{"
        for (name, value) in members {
            if text.utf8.count > 1 { text += "," }
            text += "\""
            text += name
            text += "\":"
            text += value.text
        }
        text += "}"
        return FakeJSON(raw: text)
    }

    static func list(_ elements: [FakeJSON]) -> FakeJSON {
        FakeJSON(raw: "[" + elements.map(\.text).joined(separator: ",") + "]")
    }

    static func text(_ value: String?) -> FakeJSON { FakeJSON(raw: value.map(quoted) ?? "null") }

    static func number(_ value: Int64?) -> FakeJSON { FakeJSON(raw: value.map(String.init) ?? "null") }

    static func flag(_ value: Bool) -> FakeJSON { FakeJSON(raw: value ? "true" : "false") }

    /// Texts by name, in the order of the names.
    static func texts(_ values: [String: String]) -> FakeJSON {
        var text = "{"
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            if text.utf8.count > 1 { text += "," }
            text += quoted(name) + ":" + quoted(value)
        }
        return FakeJSON(raw: text + "}")
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        guard !isPlain else { return "\"" + text + "\"" }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case let scalar where scalar.value < 0x20:
                out += "\\u00" + FakeSeed.hex([UInt8(scalar.value)])
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
