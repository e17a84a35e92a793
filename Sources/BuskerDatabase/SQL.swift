// A statement whose values are bound, never pasted.

/// A statement and the values bound to it.
///
/// Every interpolated value becomes a placeholder (`$1`, `$2`, … in order), so nothing a client sends can become SQL:
/// `"SELECT held FROM account WHERE id = \(id)"`. An interpolated ``SQL`` is inserted with its values. The rest is text of the
/// program: a string that came from elsewhere cannot become a literal. A literal must not contain a placeholder of its own.
public struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The text with a placeholder for each value.
    package let text: String
    /// The values, in the order of their placeholders.
    package let values: [SQLValue]

    /// A statement whose text is written out with placeholders: no work for the statements that run most.
    package init(text: String, values: [SQLValue]) {
        self.text = text
        self.values = values
    }

    /// A statement without values.
    public init(stringLiteral text: StaticString) { self.init(text: text.description, values: []) }

    /// The statement that an interpolation built.
    public init(stringInterpolation: StringInterpolation) {
        self.init(text: stringInterpolation.text, values: stringInterpolation.values)
    }

    /// The text with placeholders; bound values are not shown, because they may be secret.
    public var description: String { text }

    /// Builds a statement from its pieces.
    public struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var values: [SQLValue] = []

        /// Makes room for the text.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 4 * interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        /// Adds SQL as it was written in the program; a digit behind a value is set apart from its placeholder.
        public mutating func appendLiteral(_ literal: StaticString) {
            let piece = literal.description
            if let last = text.utf8.last, let first = piece.utf8.first, last.isDigit, first.isDigit { text += " " }
            text += piece
        }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some SQLEncodable) { bind(value.sqlValue) }

        /// Binds a value that may be missing.
        public mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value?) {
            // No key path: of a generic type each call would make it anew, which took half the time of a statement.
            if let value { bind(value.sqlValue) } else { bind(.null) }
        }

        /// Inserts a piece of SQL with its values.
        public mutating func appendInterpolation(_ fragment: SQL) {
            text += SQLPlaceholders.shift(fragment.text, by: fragment.values.isEmpty ? 0 : values.count)
            values += fragment.values
        }

        /// Binds each value of a list, as `IN \(list: ids)` needs it: `($1, $2, …)`.
        ///
        /// A list of up to 1024 is filled up to a power of two with its last value, so that few different statements are
        /// prepared. An empty list becomes `(NULL)`, which nothing is in; but nothing is `NOT IN` it either. SQLite takes
        /// 32,766 values in a statement, PostgreSQL 65,535.
        public mutating func appendInterpolation(list: [some SQLEncodable]) {
            guard let last = list.last else {
                text += "(NULL)"
                return
            }
            var room = 1
            while room < list.count { room *= 2 }
            if room > 1024 { room = list.count }
            text += "("
            for at in 0..<room {
                if at > 0 { text += ", " }
                bind((at < list.count ? list[at] : last).sqlValue)
            }
            text += ")"
        }

        private mutating func bind(_ value: SQLValue) {
            values.append(value)
            text += "$"
            text += String(values.count)
        }
    }
}
