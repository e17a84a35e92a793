// The document that came with a request.

import BuskerCore

/// An object whose members are taken one by one, each with what is wrong with it.
public struct JSONBody: Sendable {
    private let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    /// A text; nothing when it is absent or null.
    ///
    /// - Throws: ``Problem`` 422 for anything else, or for one that is too long or holds control characters.
    public func text(_ name: String, upTo bytesMax: Int = 1_024) throws -> String? {
        guard let member = value[name], !member.isNull else { return nil }
        guard let text = member.text, text.utf8.count <= bytesMax, !text.utf8.contains(0) else {
            throw Problem(
                422, "bad_value", "\(name) is a text of at most \(bytesMax) bytes.", figures: [("field", .text(name))])
        }
        return text
    }

    /// A text that must be there.
    ///
    /// - Throws: ``Problem`` 422.
    public func need(_ name: String, upTo bytesMax: Int = 1_024) throws -> String {
        guard let text = try text(name, upTo: bytesMax), !text.isEmpty else {
            throw Problem(422, "bad_value", "\(name) is missing.", figures: [("field", .text(name))])
        }
        return text
    }

    /// An id that must be there.
    ///
    /// - Throws: ``Problem`` 422 when there is none, 404 when it cannot be one.
    public func id<Kind>(_ name: String, as kind: Kind.Type = Kind.self) throws -> ID<Kind> {
        guard let id = try? ID<Kind>(parsing: try need(name)) else { throw Problem.notFound }
        return id
    }

    /// Texts in a list.
    ///
    /// - Throws: ``Problem`` 422.
    public func texts(_ name: String, upTo countMax: Int = 20) throws -> [String]? {
        guard let member = value[name], !member.isNull else { return nil }
        let texts = member.elements?.prefix(countMax + 1).compactMap(\.text)
        guard let texts, texts.count == member.elements?.count, texts.count <= countMax else {
            throw Problem(
                422, "bad_value", "\(name) is a list of at most \(countMax) texts.", figures: [("field", .text(name))])
        }
        return texts
    }

    /// An object of texts in the object; an empty one when it is absent.
    ///
    /// - Throws: ``Problem`` 422.
    public func options(_ name: String) throws -> [String: String] {
        guard let member = value[name], !member.isNull else { return [:] }
        guard member.kind == .object, let members = member.members else {
            throw Problem(422, "bad_value", "\(name) is an object of texts.", figures: [("field", .text(name))])
        }
        return try Self.options(members)
    }

    /// The document itself as an object of texts.
    func allOptions() throws -> [String: String] { try Self.options(value.members ?? []) }

    private static func options(_ members: [(name: String, value: JSONValue)]) throws -> [String: String] {
        var found: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.text, members.count <= 20 else {
                throw Problem(422, "bad_value", "Options are at most 20 texts.", figures: [("field", "options")])
            }
            found[key] = text
        }
        return found
    }

    /// A whole number of a range; nothing when it is absent.
    ///
    /// - Throws: ``Problem`` 422.
    public func number(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64? {
        guard let member = value[name], !member.isNull else { return nil }
        guard let number = member.integer, range.contains(number) else {
            throw Problem(
                422, "bad_value", "\(name) is a whole number of \(range.lowerBound) to \(range.upperBound).",
                figures: [("field", .text(name))])
        }
        return number
    }

    /// A truth; nothing when it is absent.
    ///
    /// - Throws: ``Problem`` 422.
    public func flag(_ name: String) throws -> Bool? {
        guard let member = value[name], !member.isNull else { return nil }
        guard let flag = member.flag else {
            throw Problem(422, "bad_value", "\(name) is true or false.", figures: [("field", .text(name))])
        }
        return flag
    }
}
