// Where a page of a list ended, as a text that clients hand back.

/// The place in a list after which the next page begins; clients get it as text and hand it back unread.
///
/// The text is base 64 for URLs of a version, the list's name, the sort values and a check sum. The check sum finds mistakes,
/// not malice: a cursor says only where to go on, never what a client may see, and its values are bound like any other input.
public struct Cursor: Sendable, Hashable, CustomStringConvertible {
    /// One value of a place.
    public enum Value: Sendable, Hashable {
        /// A whole number.
        case number(Int64)
        /// Bytes.
        case bytes([UInt8])
    }

    /// The longest text, in bytes.
    public static let longestText = 1024

    /// The text for the client: letters, digits, `-` and `_`.
    public let text: String
    private let list: [UInt8]
    private let values: [Value]

    /// The place after the element of `list` with these sort values.
    ///
    /// - Throws: ``TextError`` with `badCursor` when the text would become longer than 1024 bytes.
    public init<each Key: CursorKey>(list: String, after key: repeat each Key) throws(TextError) {
        var values: [Value] = []
        for value in repeat (each key).cursorValue { values.append(value) }
        let payload = CursorPayload(list: Array(list.utf8), values: values)
        guard let bytes = payload.bytes, bytes.count <= Self.longestText / 4 * 3 else {
            throw TextError(.badCursor, "The sort values are too long for a cursor; list by shorter ones.")
        }
        text = Base64URL.encode(bytes)
        self.list = payload.list
        self.values = values
    }

    /// Reads what a client handed back; only texts that a cursor gave are accepted.
    ///
    /// - Throws: ``TextError`` with `badCursor`.
    public init(parsing text: String) throws(TextError) {
        guard text.utf8.count <= Self.longestText, let bytes = Base64URL.decode(text),
            let payload = CursorPayload(bytes: bytes)
        else {
            throw TextError(.badCursor, "The cursor is damaged; begin again at the first page.")
        }
        self.text = text
        list = payload.list
        values = payload.values
    }

    /// The sort values of the place: `let (time, id) = try cursor.position(in: "jobs", as: Timestamp.self, ID<JobKind>.self)`.
    ///
    /// - Throws: ``TextError`` with `badCursor` when the cursor belongs to another list or has other values.
    public func position<each Key: CursorKey>(in list: String, as key: repeat (each Key).Type) throws(TextError)
        -> (repeat each Key)
    {
        guard self.list.elementsEqual(list.utf8) else { throw .strangeCursor }
        var rest = values[...]
        let position = (repeat try Self.next(of: &rest, as: each key))
        guard rest.isEmpty else { throw .strangeCursor }
        return position
    }

    /// The text for the client.
    public var description: String { text }

    private static func next<Key: CursorKey>(of rest: inout ArraySlice<Value>, as key: Key.Type) throws(TextError)
        -> Key
    {
        guard let value = rest.popFirst(), let key = Key(cursorValue: value) else { throw .strangeCursor }
        return key
    }
}

extension TextError {
    fileprivate static let strangeCursor = TextError(
        .badCursor, "The cursor belongs to another list; begin again at the first page.")
}
