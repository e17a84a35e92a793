// Form bodies with brackets, strictly read.

/// The parameters of a form or a query, flat: `items[0][price]` and `expand[]` are names, the latter numbered as they come.
struct FakeForm: Sendable {
    /// What is wrong with a form.
    struct Mistake: Error {
        let message: String
    }

    /// The most parameters.
    static let countMax = 1000

    private(set) var values: [String: String] = [:]

    init() {}

    /// Reads `a=b&c[d]=e`, percent-encoded; a name may come once.
    init(parsing bytes: [UInt8]) throws(Mistake) {
        var counts: [String: Int] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
                throw Mistake(message: "A parameter has no value.")
            }
            var name = try Self.decoded(pair[..<equals])
            let value = try Self.decoded(pair[(equals + 1)...])
            try Self.check(name)
            if name.hasSuffix("[]") {
                let list = String(name.dropLast(2))
                name = "\(list)[\(counts[list, default: 0])]"
                counts[list, default: 0] += 1
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Mistake(message: "The parameter \(name) comes twice.")
            }
            guard values.count <= Self.countMax else { throw Mistake(message: "There are too many parameters.") }
        }
    }

    subscript(name: String) -> String? { values[name] }

    var isEmpty: Bool { values.isEmpty }

    /// The values of a list: `name[0]`, `name[1]` and so on.
    func list(_ name: String) -> [String] {
        var found: [String] = []
        while let value = values["\(name)[\(found.count)]"] { found.append(value) }
        return found
    }

    /// The texts of a map: `name[key]`; an empty text means to leave it out.
    func map(_ name: String) -> [String: String] {
        var found: [String: String] = [:]
        let prefix = name + "["
        for (key, value) in values where key.hasPrefix(prefix) && !value.isEmpty {
            found[String(key.dropFirst(prefix.utf8.count).dropLast())] = value
        }
        return found
    }

    /// A name that none of the patterns allows; in a pattern `#` is a number and `*` any key.
    func unknown(besides patterns: Set<String>) -> String? {
        values.keys.filter { !patterns.contains($0) && !patterns.contains(Self.pattern($0)) }.min()
    }

    /// The name with numbers as `#`, and with the key of a map as `*`.
    private static func pattern(_ name: String) -> String {
        var parts = name.split(separator: "[", omittingEmptySubsequences: false).map(String.init)
        for at in parts.indices.dropFirst() where Int(parts[at].dropLast()) != nil { parts[at] = "#]" }
        if parts.dropLast().contains(where: { $0 == "metadata" || $0 == "metadata]" }) { parts[parts.count - 1] = "*]" }
        return parts.joined(separator: "[")
    }

    /// Refuses names whose brackets do not fit.
    private static func check(_ name: String) throws(Mistake) {
        var depth = 0
        var isOdd = name.isEmpty || name.utf8.first == UInt8(ascii: "[")
        var wasClosed = false
        for byte in name.utf8 {
            if wasClosed { isOdd = isOdd || byte != UInt8(ascii: "[") }
            wasClosed = byte == UInt8(ascii: "]")
            if byte == UInt8(ascii: "[") { depth += 1 }
            if wasClosed { depth -= 1 }
            isOdd = isOdd || depth < 0 || depth > 1
        }
        guard !isOdd, depth == 0 else { throw Mistake(message: "The brackets of a parameter do not fit.") }
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(Mistake) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let byte = bytes[at]
            if byte == UInt8(ascii: "%") {
                guard at + 2 < bytes.endIndex,
                    let value = UInt8(String(decoding: bytes[(at + 1)...(at + 2)], as: UTF8.self), radix: 16)
                else { throw Mistake(message: "A percent sign has no two hexadecimal digits.") }
                out.append(value)
                at += 3
            } else {
                out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                at += 1
            }
        }
        guard let text = String(validating: out, as: UTF8.self) else {
            throw Mistake(message: "A parameter is not UTF-8.")
        }
        return text
    }
}
