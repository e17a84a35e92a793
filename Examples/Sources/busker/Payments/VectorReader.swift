// Reads the members of a vector strictly, whatever they are.

import BuskerCore

/// The vectors of a file, and what they share.
struct VectorFile {
    /// The most bytes of a file.
    static let bytesMax = 1 << 26

    let json: JSONValue
    let vectors: [JSONValue]

    /// Reads a file: an object with the list `vectors`, or a list alone.
    init(_ place: Place) throws {
        let bytes = try place.readAll(bytesMax: Self.bytesMax)
        let limits = JSONLimits(bytesMax: Self.bytesMax, depthMax: 512, valuesMax: 1 << 22)
        do {
            json = try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw Failure(.badInput, code: error.code.description, "\(place.inputName): \(error)")
        }
        guard let vectors = json["vectors"]?.elements ?? json.elements else {
            throw Failure(.badInput, code: "no_vectors", "\(place.inputName) has no list of vectors.")
        }
        self.vectors = vectors
    }

    /// A vector's own name for the answer; `null` when it has none.
    static func id(of vector: JSONValue) -> JSON {
        switch vector["id"]?.kind {
        case .text, .number: vector["id"].map(JSON.init) ?? .null
        default: .null
        }
    }
}

extension JSONValue {
    /// A member that may be missing or `null`.
    func optional(_ name: String) -> JSONValue? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }

    /// A text that may be missing or `null`.
    func optionalText(_ name: String) throws(VectorTrouble) -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = value.text else { throw VectorTrouble("The member \(name) is no text.") }
        return text
    }

    /// A whole number that may be missing or `null`.
    func optionalInteger(_ name: String) throws(VectorTrouble) -> Int64? {
        guard let value = optional(name) else { return nil }
        guard let number = value.integer else { throw VectorTrouble("The member \(name) is no whole number.") }
        return number
    }

    /// A flag that may be missing or `null`.
    func optionalFlag(_ name: String) throws(VectorTrouble) -> Bool? {
        guard let value = optional(name) else { return nil }
        guard let flag = value.flag else { throw VectorTrouble("The member \(name) is neither true nor false.") }
        return flag
    }

    /// One text, or a list of texts under the plural of the name.
    func texts(_ name: String) throws(VectorTrouble) -> [String] {
        guard let list = optional(name + "s") else { return try optionalText(name).map { [$0] } ?? [] }
        guard let elements = list.elements else { throw VectorTrouble("The member \(name)s is no list.") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.text else { throw VectorTrouble("The member \(name)s holds more than texts.") }
            texts.append(text)
        }
        return texts
    }

    /// A moment in seconds since 1970 that may be missing or `null`.
    func optionalMoment(_ name: String) throws(VectorTrouble) -> Timestamp? {
        guard let seconds = try optionalInteger(name) else { return nil }
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { throw VectorTrouble("The member \(name) is too far away.") }
        return Timestamp(microseconds: microseconds)
    }
}
