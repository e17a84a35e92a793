// One value or name of a JSON text, as its place in the bytes.

/// The place of a value or a name; the values inside a list or object follow it.
struct JSONToken: Sendable {
    /// What stands there.
    var kind: JSONValue.Kind
    /// Whether the flag is true, or the text has escapes.
    var mark: Bool
    /// The first byte; of a text the one behind the quote.
    var start: Int32
    /// The byte behind the last; of a text the closing quote.
    var end: Int32
    /// The token behind this one and everything inside it.
    var next: Int32
}

/// The bytes of a JSON text and what stands where in them.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let tokens: [JSONToken]

    init(bytes: [UInt8], tokens: [JSONToken]) {
        self.bytes = bytes
        self.tokens = tokens
    }
}
