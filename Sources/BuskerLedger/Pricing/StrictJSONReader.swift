// Reads JSON text, strictly and within bounds.

/// Reads the bytes of one JSON text.
struct StrictJSONReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func value(depth: Int) throws(LedgerError) -> StrictJSON {
        guard depth < PricingLimits.bodyDepthMax else { throw wrong("nests deeper than allowed") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    mutating func end() throws(LedgerError) {
        skipSpace()
        guard at == bytes.count else { throw wrong("has something behind its value") }
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func wrong(_ what: String) -> LedgerError { .pricing("The JSON \(what), at byte \(at).") }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek == byte else { return false }
        at += 1
        return true
    }

    private mutating func word(_ word: String, _ value: StrictJSON) throws(LedgerError) -> StrictJSON {
        guard bytes[at...].starts(with: word.utf8) else { throw wrong("holds an unknown word") }
        at += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(LedgerError) -> StrictJSON {
        at += 1
        var members: [String: StrictJSON] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw wrong("lacks a name") }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw wrong("lacks a colon") }
            guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
                throw wrong("names something twice")
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw wrong("does not close an object") }
        return .object(members)
    }

    private mutating func list(depth: Int) throws(LedgerError) -> StrictJSON {
        at += 1
        var values: [StrictJSON] = []
        if take(UInt8(ascii: "]")) { return .list(values) }
        repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw wrong("does not close a list") }
        return .list(values)
    }

    private mutating func number() throws(LedgerError) -> Int64 {
        let start = at
        if peek == UInt8(ascii: "-") { at += 1 }
        let first = at
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        let digits = bytes[first..<at]
        let isPadded = digits.first == UInt8(ascii: "0") && (digits.count > 1 || first > start)
        guard !digits.isEmpty, !isPadded, let number = Int64(String(decoding: bytes[start..<at], as: UTF8.self)) else {
            throw wrong("holds what is not a whole number of 64 bits")
        }
        if let byte = peek, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte) {
            throw wrong("holds a fraction; write decimals as text")
        }
        return number
    }

    private mutating func string() throws(LedgerError) -> String {
        at += 1
        var out: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw wrong("holds a control character") }
            at += 1
            if byte == UInt8(ascii: "\\") { out += try escape() } else { out.append(byte) }
        }
        guard peek != nil else { throw wrong("does not close a text") }
        at += 1
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func escape() throws(LedgerError) -> [UInt8] {
        guard let byte = peek else { throw wrong("does not close a text") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try codePoint()
        default: throw wrong("holds an unknown escape")
        }
    }

    private mutating func codePoint() throws(LedgerError) -> [UInt8] {
        var value = try hex()
        if (0xD800...0xDBFF).contains(value) {
            guard bytes[at...].starts(with: "\\u".utf8) else { throw wrong("holds half a character") }
            at += 2
            let low = try hex()
            guard (0xDC00...0xDFFF).contains(low) else { throw wrong("holds half a character") }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw wrong("holds half a character") }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func hex() throws(LedgerError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw wrong("holds a broken escape") }
        var value: UInt32 = 0
        for byte in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("holds a broken escape")
            }
            value = value << 4 | UInt32(digit)
        }
        at += 4
        return value
    }
}
