// A statement whose values are bound, never pasted.

/// A statement and the values bound to it.
///
/// Every interpolated value becomes a placeholder (`$1`, `$2`, … in order), so nothing a client sends can become SQL:
/// `"SELECT held FROM account WHERE id = \(id)"`. An interpolated ``SQL`` is inserted with its values.
/// A literal must not contain a placeholder of its own.
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
    public init(stringLiteral text: String) { self.init(text: text, values: []) }

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

        /// Adds SQL as it was written.
        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some SQLEncodable) { bind(value.sqlValue) }

        /// Binds a value that may be missing.
        public mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value?) {
            bind(value.map(\.sqlValue) ?? .null)
        }

        /// Inserts a piece of SQL with its values.
        public mutating func appendInterpolation(_ fragment: SQL) {
            let shift = values.count
            values += fragment.values
            guard shift > 0, !fragment.values.isEmpty else {
                text += fragment.text
                return
            }
            var rest = fragment.text[...]
            while let at = rest.firstIndex(of: "$") {
                let digits = rest[rest.index(after: at)...].prefix { $0.isWholeNumber }
                text += rest[...at]
                text += Int(digits).map { String($0 + shift) } ?? String(digits)
                rest = rest[digits.endIndex...]
            }
            text += rest
        }

        /// Binds each value of a list, as `IN \(list: ids)` needs it: `($1, $2, …)`.
        ///
        /// The list is filled up to a power of two with its last value, so that few different statements are prepared. An
        /// empty list becomes `(NULL)`, which nothing is in.
        public mutating func appendInterpolation(list: [some SQLEncodable]) {
            guard let last = list.last else {
                text += "(NULL)"
                return
            }
            var room = 1
            while room < list.count { room *= 2 }
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
