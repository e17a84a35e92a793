// Texts and names of JSON: escapes and comparison.

/// What the bytes between two quotes say.
enum JSONText {
    /// The text with its escapes resolved; the bytes were checked when they were read.
    static func string(_ token: JSONToken, in bytes: [UInt8]) -> String {
        let raw = bytes[Int(token.start)..<Int(token.end)]
        return String(decoding: token.mark ? resolved(raw)[...] : raw, as: UTF8.self)
    }

    /// Whether the text is this one, byte by byte.
    static func equals(_ token: JSONToken, _ text: String, in bytes: [UInt8]) -> Bool {
        if token.mark { return resolved(bytes[Int(token.start)..<Int(token.end)]).elementsEqual(text.utf8) }
        let utf8 = text.utf8
        guard Int(token.end - token.start) == utf8.count else { return false }
        var at = Int(token.start)
        for byte in utf8 {
            guard bytes[at] == byte else { return false }
            at += 1
        }
        return true
    }

    /// The bytes that a text with escapes means.
    static func resolved(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        var at = raw.startIndex
        while at < raw.endIndex {
            guard raw[at] == UInt8(ascii: "\\"), at + 1 < raw.endIndex else {
                out.append(raw[at])
                at += 1
                continue
            }
            let letter = raw[at + 1]
            at += 2
            switch letter {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"): out += scalar(raw, &at).utf8Bytes
            default: out.append(letter)
            }
        }
        return out
    }

    /// The character behind `\u`, together with its second half.
    private static func scalar(_ raw: ArraySlice<UInt8>, _ at: inout Int) -> Unicode.Scalar {
        var value = hex(raw, at) ?? 0xFFFD
        at = min(at + 4, raw.endIndex)
        if (0xD800...0xDBFF).contains(value), let low = hex(raw, at + 2) {
            value = 0x10000 + (value - 0xD800) << 10 + (low & 0x3FF)
            at += 6
        }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// The value of four hexadecimal digits.
    static func hex(_ raw: ArraySlice<UInt8>, _ at: Int) -> UInt32? {
        guard at >= raw.startIndex, at + 4 <= raw.endIndex else { return nil }
        var value: UInt32 = 0
        for byte in raw[at..<at + 4] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

extension Unicode.Scalar {
    /// The character in UTF-8.
    fileprivate var utf8Bytes: [UInt8] { Array(String(Character(self)).utf8) }
}
