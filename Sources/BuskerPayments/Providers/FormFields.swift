// Fields of forms and queries, escaped.

/// Named texts in order, as HTML forms and queries write them; nested names have brackets.
struct FormFields: Sendable {
    private(set) var text = ""

    init() {}

    init(_ fields: KeyValuePairs<String, String>) {
        for (name, value) in fields { add(name, value) }
    }

    /// Adds a field; brackets in a name nest, and nothing is added for no value.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        add(Self.escaped(name, sparing: "[]"), escaped: Self.escaped(value))
    }

    /// Adds the fields of a map, such as `metadata[job]`, in the order of their names.
    mutating func add(_ name: String, _ map: [String: String]) {
        for (inner, value) in map.sorted(by: { $0.key < $1.key }) {
            add("\(name)[\(Self.escaped(inner))]", escaped: Self.escaped(value))
        }
    }

    /// Adds a field whose name and text are escaped already.
    mutating func add(_ name: String, escaped value: String) {
        if !text.isEmpty { text += "&" }
        text += name + "=" + value
    }

    /// The bytes to send.
    var bytes: [UInt8] { Array(text.utf8) }

    /// The text with every byte escaped that is no letter, digit, `-`, `.`, `_` or `~`.
    static func escaped(_ text: String, sparing spared: String = "") -> String {
        var out = ""
        for byte in text.utf8 {
            let character = Unicode.Scalar(byte)
            if character.properties.isAlphabetic && byte < 0x80 || byte.isDigit || "-._~".utf8.contains(byte)
                || spared.utf8.contains(byte)
            {
                out.unicodeScalars.append(character)
            } else {
                out += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}
