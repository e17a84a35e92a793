// Reads a JSON text strictly, within bounds.

/// Walks over a JSON text once and notes what stands where; it cannot be copied, so that no step counts references.
struct JSONReader: ~Copyable {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var at = 0
    private var hasHighBytes = false
    /// The names of the objects that are open, as the numbers of their tokens.
    private var names: [Int] = []
    /// The marks of those names, equal for equal names.
    private var marks: [UInt64] = []
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
            names.append(tokens.count)
            try text()
            marks.append(mark(of: tokens[tokens.count - 1]))
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
        marks.removeLast(marks.count - base)
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
    /// - Parameter seen: takes the bits of the bytes before it.
    private func plainEnd(from start: Int, seen: inout UInt8) -> Int {
        var at = start
        let bytes = bytes.span
        while at < bytes.count {
            let byte = bytes[at]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            seen |= byte
            at += 1
        }
        return at
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
        for byte in word.description.utf8 {
            guard peek == byte else { throw malformed("What should be a value is none.") }
            at += 1
        }
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

    private mutating func skipSpace() {
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
    /// The most names of one object that are compared pair by pair; of more, only those with equal marks.
    private static let fewNames = 32

    /// Refuses an object whose names, those from `base` on, are not all different.
    private func refuseDuplicates(from base: Int) throws(JSONError) {
        guard names.count - base > Self.fewNames else {
            for later in base..<names.count {
                let mark = marks[later]
                for earlier in base..<later where marks[earlier] == mark {
                    if nameBytes(names[earlier]) == nameBytes(names[later]) { throw duplicate(names[later]) }
                }
            }
            return
        }
        let order = (base..<names.count).sorted { marks[$0] < marks[$1] }
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, marks[order[to]] == marks[order[from]] { to += 1 }
            if to - from > 1 {
                var seen: Set<[UInt8]> = []
                for at in order[from..<to] where !seen.insert(nameBytes(names[at])).inserted {
                    throw duplicate(names[at])
                }
            }
            from = to
        }
    }

    private func duplicate(_ name: Int) -> JSONError {
        JSONError(.duplicateName, "An object uses a name twice.", offset: Int(tokens[name].start))
    }

    private func nameBytes(_ name: Int) -> [UInt8] {
        let token = tokens[name]
        let raw = bytes[Int(token.start)..<Int(token.end)]
        return token.mark ? JSONText.resolved(raw) : Array(raw)
    }

    /// A number that is equal for equal names: their length, their first four bytes and their last four.
    private func mark(of token: JSONToken) -> UInt64 {
        guard !token.mark else {
            return Self.mark(of: JSONText.resolved(bytes[Int(token.start)..<Int(token.end)])[...])
        }
        return Self.mark(of: bytes[Int(token.start)..<Int(token.end)])
    }

    private static func mark(of name: ArraySlice<UInt8>) -> UInt64 {
        var mark = UInt64(truncatingIfNeeded: name.count)
        let few = min(4, name.count)
        for at in name.startIndex..<name.startIndex + few { mark = mark << 7 ^ UInt64(name[at]) }
        for at in name.endIndex - few..<name.endIndex { mark = mark << 8 ^ UInt64(name[at]) }
        return mark
    }
}
