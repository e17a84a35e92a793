// A JSON text to be written, made of values.

/// A JSON value to be written (RFC 8259): numbers exactly, texts escaped, members in the order they were given.
///
/// What is written can be read by ``JSONValue``: no object has two members of one name, and no number is a floating-point number.
/// The depth is the maker's: a value that is nested deeper than ``JSONLimits`` allows is written, but not read again.
public struct JSON: Sendable {
    enum Storage: Sendable {
        case null
        case flag(Bool)
        case digits(String)
        case text(String)
        case list([JSON])
        case object([(name: String, value: JSON)])
    }

    let storage: Storage

    /// The word `null`.
    public static let null = JSON(storage: .null)

    /// The word `true` or `false`.
    public static func flag(_ flag: Bool) -> JSON { JSON(storage: .flag(flag)) }

    /// A whole number.
    public static func number(_ number: Int64) -> JSON { JSON(storage: .digits(String(number))) }

    /// A number with the digits that are given, such as `12.50`; nothing when JSON would not read them as a number.
    public static func exact(_ digits: String) -> JSON? {
        let bytes = Array(digits.utf8)
        guard let read = try? JSONValue(parsing: bytes), read.numberText?.utf8.count == bytes.count else { return nil }
        return JSON(storage: .digits(digits))
    }

    /// A number of parts with so many digits behind the point: 12,345 with 3 digits is `12.345`.
    ///
    /// - Parameters:
    ///   - parts: the parts.
    ///   - digits: how many digits stand behind the point; held at 0...18.
    public static func decimal(_ parts: Int64, digits: Int) -> JSON {
        let digits = min(max(digits, 0), 18)
        let all = String(parts.magnitude)
        let whole = String(repeating: "0", count: max(0, digits + 1 - all.utf8.count)) + all
        let text = digits == 0 ? whole : "\(whole.dropLast(digits)).\(whole.suffix(digits))"
        return JSON(storage: .digits(parts < 0 ? "-" + text : text))
    }

    /// A text; quotes, backslashes and control characters are escaped when it is written.
    public static func text(_ text: String) -> JSON { JSON(storage: .text(text)) }

    /// Values in order.
    public static func list(_ values: [JSON]) -> JSON { JSON(storage: .list(values)) }

    /// Named values in order; a member without a value is left out, and a later one replaces an earlier one of the same name.
    ///
    /// Names are compared byte by byte.
    public static func object(_ members: [(String, JSON?)]) -> JSON {
        members.count <= fewMembers ? JSON(storage: .object(few(members))) : JSON(storage: .object(many(members)))
    }

    private static let fewMembers = 24

    /// Looks for each name among those before it, which is quicker than a table while there are few.
    private static func few(_ members: [(String, JSON?)]) -> [(name: String, value: JSON)] {
        var kept: [(name: String, value: JSON)] = []
        kept.reserveCapacity(members.count)
        for case (let name, let value?) in members {
            if let place = kept.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                kept[place].value = value
            } else {
                kept.append((name, value))
            }
        }
        return kept
    }

    private static func many(_ members: [(String, JSON?)]) -> [(name: String, value: JSON)] {
        var kept: [(name: String, value: JSON)] = []
        var places: [[UInt8]: Int] = [:]
        for case (let name, let value?) in members {
            if let place = places[Array(name.utf8)] {
                kept[place].value = value
            } else {
                places[Array(name.utf8)] = kept.count
                kept.append((name, value))
            }
        }
        return kept
    }

    /// A value that was read, to be written again.
    public init(_ value: JSONValue) {
        switch value.kind {
        case .null: storage = .null
        case .flag: storage = .flag(value.flag ?? false)
        case .number: storage = .digits(value.numberText ?? "0")
        case .text: storage = .text(value.text ?? "")
        case .list: storage = .list((value.elements ?? []).map(JSON.init))
        case .object: storage = .object((value.members ?? []).map { ($0.name, JSON($0.value)) })
        }
    }

    private init(storage: Storage) { self.storage = storage }

    /// The text in UTF-8, without spaces.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }
}

extension JSON: CustomStringConvertible {
    /// The text, without spaces.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// A text.
    public init(stringLiteral text: String) { self = .text(text) }

    /// A whole number.
    public init(integerLiteral number: Int64) { self = .number(number) }

    /// The word `true` or `false`.
    public init(booleanLiteral flag: Bool) { self = .flag(flag) }
}

extension JSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// Values in order.
    public init(arrayLiteral values: JSON...) { self = .list(values) }

    /// Named values in order; a member whose value is `nil` is left out.
    public init(dictionaryLiteral members: (String, JSON?)...) { self = .object(members) }
}
