// Reads the notes of a transaction from their text.

import BuskerCore

/// Reads the notes of a transaction from their text: a JSON object whose values are strings.
struct NotesReader {
    private var rest: Substring.UTF8View.SubSequence

    /// The notes that a text holds.
    ///
    /// - Throws: ``LedgerError`` with `corrupt`.
    static func decode(_ text: String) throws(LedgerError) -> [String: String] {
        if text == "{}" || text.isEmpty { return [:] }
        var reader = NotesReader(rest: text[...].utf8)
        guard let notes = reader.object(), reader.rest.isEmpty else {
            throw LedgerError(.corrupt, "The notes of a transaction are damaged: run verify.")
        }
        return notes
    }

    private mutating func object() -> [String: String]? {
        guard take("{") else { return nil }
        var notes: [String: String] = [:]
        repeat {
            guard let name = string(), take(":"), let value = string() else { return nil }
            notes[name] = value
        } while take(",")
        return take("}") ? notes : nil
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte >= 0x20 {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else { return nil }
                bytes += Array(String(Character(scalar)).utf8)
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "u"): return unicode()
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        default: return nil
        }
    }

    private mutating func unicode() -> Unicode.Scalar? {
        guard let high = unit() else { return nil }
        guard high & 0xFC00 == 0xD800 else { return Unicode.Scalar(high) }
        guard take("\\"), take("u"), let low = unit(), low & 0xFC00 == 0xDC00 else { return nil }
        return Unicode.Scalar(0x10000 + (high & 0x3FF) << 10 + low & 0x3FF)
    }

    private mutating func unit() -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4, let text = String(digits), text.allSatisfy(\.isHexDigit) else { return nil }
        rest = rest.dropFirst(4)
        return UInt32(text, radix: 16)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }
}
