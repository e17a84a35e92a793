// One parameter of an address, encoded as a signature wants it.

/// A name and perhaps a value, both percent-encoded once and for all; `+` is never a space.
public struct QueryItem: Sendable, Hashable {
    /// The encoded name.
    public let name: String
    /// The encoded value; nothing when there is none, as in `?uploads`.
    public let value: String?

    /// Encodes a name and a value.
    public init(_ name: String, _ value: String? = nil) {
        self.name = PercentEncoding.encode(name)
        self.value = value.map { PercentEncoding.encode($0) }
    }

    /// The same parameter with a value, if only an empty one.
    init(valued item: QueryItem) {
        name = item.name
        value = item.value ?? ""
    }

    /// A name and a value that need no encoding, or have it already.
    init(plain name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    private init(encoded bytes: some Sequence<UInt8>, value: [UInt8]?) {
        name = Self.recoded(bytes)
        self.value = value.map { Self.recoded($0) }
    }

    /// Reads the part of an address after its `?`: parameters between `&`, decoded and encoded again; empty ones are left out.
    public static func parse(_ query: some StringProtocol) -> [QueryItem] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
            guard let at = parameter.firstIndex(of: UInt8(ascii: "=")) else {
                return QueryItem(encoded: parameter, value: nil)
            }
            return QueryItem(encoded: parameter[..<at], value: Array(parameter[parameter.index(after: at)...]))
        }
    }

    /// The parameters in order, joined with `&`; one without a value has no `=`.
    static func joined(_ items: [QueryItem]) -> String {
        var text = ""
        text.reserveCapacity(384)
        for (at, item) in items.enumerated() {
            if at > 0 { text += "&" }
            text += item.name
            if let value = item.value {
                text += "="
                text += value
            }
        }
        return text
    }

    /// Appends the parameters as they are signed: in the order of their encoded bytes, each with an `=`.
    static func appendCanonical(_ items: [QueryItem], to bytes: inout [UInt8]) {
        for (at, item) in items.sorted(by: precedes).enumerated() {
            if at > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes += item.name.utf8
            bytes.append(UInt8(ascii: "="))
            bytes += (item.value ?? "").utf8
        }
    }

    /// The encoded texts are ASCII, so the order of texts is that of bytes.
    private static func precedes(_ a: QueryItem, _ b: QueryItem) -> Bool {
        a.name == b.name ? (a.value ?? "") < (b.value ?? "") : a.name < b.name
    }

    private static func recoded(_ bytes: some Sequence<UInt8>) -> String {
        var encoded: [UInt8] = []
        PercentEncoding.append(PercentEncoding.decode(bytes), keepingSlash: false, to: &encoded)
        return String(decoding: encoded, as: UTF8.self)
    }
}
