// The shape of a value in the OpenAPI document.

import BuskerCore

/// A JSON Schema (draft 2020-12), as far as the routes need it.
public struct Schema: Sendable {
    let json: JSON

    private init(_ members: [(String, JSON?)]) { json = .object(members) }

    /// A text of some characters.
    public static func text(_ length: ClosedRange<Int>? = nil, format: String? = nil, pattern: String? = nil) -> Schema
    {
        Schema([
            ("type", "string"), ("minLength", length.map { .number(Int64($0.lowerBound)) }),
            ("maxLength", length.map { .number(Int64($0.upperBound)) }), ("format", format.map { .text($0) }),
            ("pattern", pattern.map { .text($0) }),
        ])
    }

    /// A time (RFC 3339).
    public static let time = text(format: "date-time")
    /// Credits as decimal text, such as `3.00`.
    public static let credits = text(pattern: "^-?[0-9]+(\\.[0-9]+)?$")
    /// A truth.
    public static let flag = Schema([("type", "boolean")])
    /// Bytes.
    public static let binary = Schema([("type", "string"), ("format", "binary")])
    /// A number.
    public static let number = Schema([("type", "number")])

    /// A whole number.
    public static func integer(_ range: ClosedRange<Int>? = nil) -> Schema {
        Schema([
            ("type", "integer"), ("minimum", range.map { .number(Int64($0.lowerBound)) }),
            ("maximum", range.map { .number(Int64($0.upperBound)) }),
        ])
    }

    /// One of some texts.
    public static func choice(_ values: [String]) -> Schema {
        Schema([("type", "string"), ("enum", .list(values.map { .text($0) }))])
    }

    /// A list.
    public static func list(_ item: Schema) -> Schema { Schema([("type", "array"), ("items", item.json)]) }

    /// A part of a list, and where it goes on.
    public static func page(_ item: Schema) -> Schema {
        object([("items", list(item)), ("next_cursor", text().orNull)])
    }

    /// An object; members whose name ends with a question mark may be absent, and others may be there too.
    public static func object(_ members: [(String, Schema)]) -> Schema {
        let named = members.map { (String($0.0.trimming("?")), $0.1.json as JSON?) }
        let required = members.filter { !$0.0.hasSuffix("?") }.map { JSON.text($0.0) }
        return Schema([
            ("type", "object"), ("properties", .object(named)), ("required", required.isEmpty ? nil : .list(required)),
        ])
    }

    /// An object with texts as members.
    public static let texts = Schema([
        ("type", "object"), ("additionalProperties", .object([("type", "string")])),
    ])

    /// A schema of the document.
    public static func reference(_ name: String) -> Schema { Schema([("$ref", .text("#/components/schemas/\(name)"))]) }

    /// The same, or nothing.
    public var orNull: Schema { Schema([("anyOf", .list([json, .object([("type", "null")])]))]) }
}

extension String {
    fileprivate func trimming(_ end: Character) -> Substring { hasSuffix(String(end)) ? dropLast() : self[...] }
}
