// One value of a JSON text, read exactly.

/// A value of a JSON text that was read strictly: a window into the text, so that nothing is copied before it is asked for.
///
/// Numbers keep their digits: a whole number is answered only when it is written as one and fits into 64 bits, and nothing ever
/// becomes a floating-point number.
public struct JSONValue: Sendable {
    /// What a value is.
    public enum Kind: UInt8, Sendable, Hashable {
        /// The word `null`.
        case null
        /// The word `true` or `false`.
        case flag
        /// A number.
        case number
        /// A text.
        case text
        /// A list of values.
        case list
        /// An object of named values.
        case object
    }

    private let document: JSONDocument
    private let index: Int

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = index
    }

    /// The value of the text `null`.
    public static let null = JSONValue(
        document: JSONDocument(
            bytes: Array("null".utf8), tokens: [JSONToken(kind: .null, mark: false, start: 0, end: 4, next: 1)]),
        index: 0)

    /// Reads a JSON text (RFC 8259) of one value.
    ///
    /// The bytes must be UTF-8, no object may use a name twice, and nothing but white space may stand around the value.
    ///
    /// - Throws: ``JSONError`` with `malformed`, `badText`, `duplicateName` or `limit`.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        var reader = JSONReader(bytes, limits: limits)
        try reader.read()
        self.init(document: JSONDocument(bytes: bytes, tokens: reader.tokens), index: 0)
    }

    private var token: JSONToken { document.tokens[index] }

    /// What the value is.
    public var kind: Kind { token.kind }

    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }

    /// The flag; nothing when the value is not one.
    public var flag: Bool? { kind == .flag ? token.mark : nil }

    /// The text; nothing when the value is not one.
    public var text: String? {
        let token = token
        return token.kind == .text ? JSONText.string(token, in: document.bytes) : nil
    }

    /// The digits of the number as they stand in the text, such as `12.50`; nothing when the value is no number.
    public var numberText: String? {
        let token = token
        guard token.kind == .number else { return nil }
        return String(decoding: document.bytes[Int(token.start)..<Int(token.end)], as: UTF8.self)
    }

    /// The whole number; nothing when the value is not written as one (`4900`, not `4900.0` or `49e2`) or needs more than 64 bits.
    public var integer: Int64? {
        let token = token
        guard token.kind == .number else { return nil }
        var value: Int64 = 0
        var at = Int(token.start)
        let isNegative = document.bytes[at] == UInt8(ascii: "-")
        if isNegative { at += 1 }
        while at < Int(token.end) {
            let byte = document.bytes[at]
            guard UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") else { return nil }
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (shifted, high) = value.multipliedReportingOverflow(by: 10)
            let (sum, over) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            guard !high, !over else { return nil }
            value = sum
            at += 1
        }
        return value
    }

    /// The values of the list, in order; nothing when the value is not a list.
    public var elements: [JSONValue]? {
        guard kind == .list else { return nil }
        var found: [JSONValue] = []
        var at = index + 1
        while at < Int(token.next) {
            found.append(JSONValue(document: document, index: at))
            at = Int(document.tokens[at].next)
        }
        return found
    }

    /// The named values of the object, in the order of the text; nothing when the value is not an object.
    public var members: [(name: String, value: JSONValue)]? {
        guard kind == .object else { return nil }
        var found: [(name: String, value: JSONValue)] = []
        var at = index + 1
        while at < Int(token.next) {
            let name = JSONText.string(document.tokens[at], in: document.bytes)
            found.append((name, JSONValue(document: document, index: at + 1)))
            at = Int(document.tokens[at + 1].next)
        }
        return found
    }

    /// The value of a name; nothing when the value is not an object or has no such member.
    ///
    /// Names are compared byte by byte, and a member that is `null` is answered as such.
    public subscript(name: String) -> JSONValue? {
        let token = token
        guard token.kind == .object else { return nil }
        var at = index + 1
        while at < Int(token.next) {
            if JSONText.equals(document.tokens[at], name, in: document.bytes) {
                return JSONValue(document: document, index: at + 1)
            }
            at = Int(document.tokens[at + 1].next)
        }
        return nil
    }
}
