// Reads a JSON text strictly, within bounds.

/// Walks over a JSON text once and notes what stands where; it cannot be copied, so that no step counts references.
struct JSONReader: ~Copyable {
    /// A name of an object: the number of its token, and a mark that is equal for equal names.
    private struct Name {
        let token: Int
        let mark: UInt64
    }

    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var at = 0
    private var hasHighBytes = false
    /// The names of the objects that are open.
    private var names: [Name] = []
    private(set) var tokens: [JSONToken] = []

    init(_ bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Reads one value with nothing but white space around it.
    mutating func read() throws(JSONError) {
        guard bytes.count <= limits.bytesMax else {
            throw JSONError(.limit, "The JSON has more than \(limits.bytesMax) bytes.")
        }
        tokens.reserveCapacity(bytes.count / 8 + 4)
        names.reserveCapacity(32)
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw malformed("Something stands behind the value.") }
        guard !hasHighBytes || String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONError(.badText, "The JSON is not UTF-8; send it as UTF-8.")
        }
    }

    private mutating func value(depth: Int) throws(JSONError) {
        guard at < bytes.count else { throw malformed("The value is cut off.") }
        switch bytes[at] {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try list(depth: depth)
        case UInt8(ascii: "\""): try text()
        case UInt8(ascii: "t"): try word("true", .flag, mark: true)
        case UInt8(ascii: "f"): try word("false", .flag, mark: false)
        case UInt8(ascii: "n"): try word("null", .null, mark: false)
        default: try number()
        }
    }

    private mutating func open(_ kind: JSONValue.Kind, depth: Int) throws(JSONError) -> Int {
        guard depth < limits.depthMax else {
            throw JSONError(.limit, "The JSON nests deeper than \(limits.depthMax) levels.", offset: at)
        }
        let number = tokens.count
        try note(JSONToken(kind: kind, mark: false, start: Int32(at), end: 0, next: 0))
        at += 1
        skipSpace()
        return number
    }

    private mutating func close(_ number: Int) {
        at += 1
        tokens[number].end = Int32(at)
        tokens[number].next = Int32(tokens.count)
    }

    private mutating func object(depth: Int) throws(JSONError) {
        let number = try open(.object, depth: depth)
        let base = names.count
        if peek == UInt8(ascii: "}") { return close(number) }
        while true {
            guard peek == UInt8(ascii: "\"") else { throw malformed("A name in quotes is missing.") }
            let name = tokens.count
            try text()
            names.append(Name(token: name, mark: mark(of: tokens[name])))
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw malformed("The colon behind a name is missing.") }
            at += 1
            skipSpace()
            try value(depth: depth + 1)
            skipSpace()
            guard peek == UInt8(ascii: ",") else { break }
            at += 1
            skipSpace()
        }
        guard peek == UInt8(ascii: "}") else { throw malformed("An object is not closed.") }
        close(number)
        try refuseDuplicates(from: base)
        names.removeLast(names.count - base)
    }

    private mutating func list(depth: Int) throws(JSONError) {
        let number = try open(.list, depth: depth)
        if peek == UInt8(ascii: "]") { return close(number) }
        while true {
            try value(depth: depth + 1)
            skipSpace()
            guard peek == UInt8(ascii: ",") else { break }
            at += 1
            skipSpace()
        }
        guard peek == UInt8(ascii: "]") else { throw malformed("A list is not closed.") }
        close(number)
    }

    private mutating func text() throws(JSONError) {
        at += 1
        let start = at
        var escaped = false
        var seen: UInt8 = 0
        while true {
            at = plainEnd(from: at, seen: &seen)
            guard at < bytes.count else { throw malformed("A text is not closed.") }
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\") else {
                throw malformed("A text holds a control character; escape it.")
            }
            escaped = true
            try escape()
        }
        if seen >= 0x80 { hasHighBytes = true }
        try note(JSONToken(kind: .text, mark: escaped, start: Int32(start), end: Int32(at), next: 0))
        at += 1
    }

    /// The first byte from a place on that is a quote, a backslash or a control character.
    ///
    /// Eight bytes are looked at together: of a word that has such a byte, the lowest high bit left is that byte's.
    ///
    /// - Parameters:
    ///   - start: the place.
    ///   - seen: takes the bits of the bytes before the one that is found.
    private func plainEnd(from start: Int, seen: inout UInt8) -> Int {
        var at = start
        let bytes = bytes.span
        let raw = unsafe bytes.bytes
        while at + 8 <= raw.byteCount {
            let word = UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            let found = Self.specials(in: word)
            if found != 0 {
                let count = found.trailingZeroBitCount >> 3
                if word & 0x8080_8080_8080_8080 & (1 << UInt64(8 * count) &- 1) != 0 { seen |= 0x80 }
                return at + count
            }
            if word & 0x8080_8080_8080_8080 != 0 { seen |= 0x80 }
            at += 8
        }
        while at < bytes.count {
            let byte = bytes[at]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            seen |= byte
            at += 1
        }
        return at
    }

    /// The high bit of the lowest byte that is a quote, a backslash or a control character, perhaps with higher ones; else 0.
    private static func specials(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let found =
            ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return found & (ones &* 0x80)
    }

    private mutating func escape() throws(JSONError) {
        let letter = at + 1 < bytes.count ? bytes[at + 1] : 0
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard let high = JSONText.hex(bytes[...], at + 2) else { throw malformed("An escape is cut off.") }
            at += 6
            guard (0xD800...0xDFFF).contains(high) else { return }
            let isPair = bytes[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
            guard high < 0xDC00, isPair, let low = JSONText.hex(bytes[...], at + 2), (0xDC00...0xDFFF).contains(low)
            else { throw malformed("An escape names half a character.") }
            at += 6
        default: throw malformed("A text holds an unknown escape.")
        }
    }

    private mutating func number() throws(JSONError) {
        let start = at
        if peek == UInt8(ascii: "-") { at += 1 }
        let first = at
        let digits = skipDigits()
        guard digits > 0, digits == 1 || bytes[first] != UInt8(ascii: "0") else {
            throw malformed("What should be a value is none.")
        }
        if peek == UInt8(ascii: ".") {
            at += 1
            guard skipDigits() > 0 else { throw malformed("A number ends with its point.") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            at += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
            guard skipDigits() > 0 else { throw malformed("A number ends with its exponent's sign.") }
        }
        try note(JSONToken(kind: .number, mark: false, start: Int32(start), end: Int32(at), next: 0))
    }

    private mutating func word(_ word: StaticString, _ kind: JSONValue.Kind, mark: Bool) throws(JSONError) {
        let start = at
        guard bytes.count - at >= word.utf8CodeUnitCount else { throw malformed("What should be a value is none.") }
        for place in 0..<word.utf8CodeUnitCount {
            let byte = unsafe word.utf8Start[place]
            guard bytes[at + place] == byte else { throw malformed("What should be a value is none.") }
        }
        at += word.utf8CodeUnitCount
        try note(JSONToken(kind: kind, mark: mark, start: Int32(start), end: Int32(at), next: 0))
    }

    private mutating func note(_ token: JSONToken) throws(JSONError) {
        guard tokens.count < limits.valuesMax else {
            throw JSONError(.limit, "The JSON has more than \(limits.valuesMax) values.", offset: at)
        }
        var token = token
        token.next = Int32(tokens.count + 1)
        tokens.append(token)
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    @inline(__always)
    private mutating func skipSpace() {
        if at < bytes.count, bytes[at] <= 0x20 { skipSpaces() }
    }

    private mutating func skipSpaces() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at += 1
        }
    }

    private mutating func skipDigits() -> Int {
        let start = at
        while at < bytes.count, UInt8(ascii: "0") <= bytes[at], bytes[at] <= UInt8(ascii: "9") { at += 1 }
        return at - start
    }

    private func malformed(_ what: String) -> JSONError { JSONError(.malformed, what, offset: at) }
}

extension JSONReader {
    /// The most names of one object that are compared one by one; of more, only those with equal marks.
    private static let fewNames = 32

    /// Refuses an object whose names, those from `base` on, are not all different.
    ///
    /// Of few names, one is compared with those before it only when a sieve of 64 bits has seen its mark's bit.
    private func refuseDuplicates(from base: Int) throws(JSONError) {
        guard names.count - base <= Self.fewNames else { return try refuseManyDuplicates(from: base) }
        var sieve: UInt64 = 0
        for later in base..<names.count {
            let mark = names[later].mark
            let bit: UInt64 = 1 << ((mark &* 0x9E37_79B9_7F4A_7C15) >> 58)
            if sieve & bit != 0 {
                for earlier in base..<later where names[earlier].mark == mark {
                    if bytes(of: names[earlier]) == bytes(of: names[later]) { throw duplicate(names[later]) }
                }
            }
            sieve |= bit
        }
    }

    private func refuseManyDuplicates(from base: Int) throws(JSONError) {
        let order = names[base...].sorted { $0.mark < $1.mark }
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, order[to].mark == order[from].mark { to += 1 }
            if to - from > 1 {
                var seen: Set<[UInt8]> = []
                for name in order[from..<to] where !seen.insert(bytes(of: name)).inserted { throw duplicate(name) }
            }
            from = to
        }
    }

    private func duplicate(_ name: Name) -> JSONError {
        JSONError(.duplicateName, "An object uses a name twice.", offset: Int(tokens[name.token].start))
    }

    private func bytes(of name: Name) -> [UInt8] {
        let token = tokens[name.token]
        let raw = bytes[Int(token.start)..<Int(token.end)]
        return token.mark ? JSONText.resolved(raw) : Array(raw)
    }

    /// A number that is equal for equal names: their length, their first four bytes and their last four.
    private func mark(of token: JSONToken) -> UInt64 {
        guard !token.mark else {
            let name = JSONText.resolved(bytes[Int(token.start)..<Int(token.end)])
            return Self.mark(of: name.span, from: 0, to: name.count)
        }
        return Self.mark(of: bytes.span, from: Int(token.start), to: Int(token.end))
    }

    private static func mark(of bytes: Span<UInt8>, from start: Int, to end: Int) -> UInt64 {
        var mark = UInt64(truncatingIfNeeded: end - start)
        let few = min(4, end - start)
        for at in 0..<few { mark = mark << 7 ^ UInt64(bytes[start + at]) }
        for at in 0..<few { mark = mark << 8 ^ UInt64(bytes[end - few + at]) }
        return mark
    }
}
