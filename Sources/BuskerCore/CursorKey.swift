// What a cursor can carry.

/// A value by which a list is sorted, so that a cursor can say after which one a page begins.
public protocol CursorKey: Sendable {
    /// The value as a cursor carries it.
    var cursorValue: Cursor.Value { get }

    /// Reads the value that a client sent back; nothing when it is of another kind or not allowed.
    init?(cursorValue: Cursor.Value)
}

extension Int64: CursorKey {
    /// A number.
    public var cursorValue: Cursor.Value { .number(self) }
    /// Reads a number.
    public init?(cursorValue: Cursor.Value) {
        guard case .number(let number) = cursorValue else { return nil }
        self = number
    }
}

extension String: CursorKey {
    /// The text in UTF-8.
    public var cursorValue: Cursor.Value { .bytes(Array(utf8)) }
    /// Reads text that is UTF-8.
    public init?(cursorValue: Cursor.Value) {
        guard case .bytes(let bytes) = cursorValue else { return nil }
        self.init(validating: bytes, as: UTF8.self)
    }
}

extension Timestamp: CursorKey {
    /// The microseconds.
    public var cursorValue: Cursor.Value { .number(microseconds) }
    /// Reads microseconds.
    public init?(cursorValue: Cursor.Value) {
        guard case .number(let number) = cursorValue else { return nil }
        self.init(microseconds: number)
    }
}

extension ID: CursorKey {
    /// The 16 bytes.
    public var cursorValue: Cursor.Value { .bytes(bytes) }
    /// Reads 16 bytes.
    public init?(cursorValue: Cursor.Value) {
        guard case .bytes(let bytes) = cursorValue else { return nil }
        do { try self.init(bytes: bytes) } catch { return nil }
    }
}
