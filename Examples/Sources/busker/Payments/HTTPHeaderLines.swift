// Headers as a vector or a file gives them.

import BuskerCore
import HTTPTypes

/// Headers that a server could have received: nothing that cannot stand in a request is mended or passed over.
struct HTTPHeaderLines {
    private(set) var fields = HTTPFields()

    init() {}

    /// Reads an object of names and texts, where a list of texts is a header that was sent several times, or a list of pairs.
    init(vector: JSONValue?) throws(VectorTrouble) {
        guard let vector, !vector.isNull else { return }
        if let members = vector.members {
            for (name, value) in members where !value.isNull { try add(name, values: value.elements ?? [value]) }
        } else if let pairs = vector.elements {
            for pair in pairs {
                guard let parts = pair.elements, parts.count == 2, let name = parts[0].text else {
                    throw VectorTrouble("A header is no pair of name and text.")
                }
                try add(name, values: [parts[1]])
            }
        } else {
            throw VectorTrouble("The headers are no object.")
        }
    }

    /// Reads lines such as `Stripe-Signature: t=1,v1=2`; empty ones are passed over.
    init(text: String) throws(VectorTrouble) {
        for line in text.split(whereSeparator: \.isNewline) where !line.allSatisfy(\.isWhitespace) {
            guard let colon = line.firstIndex(of: ":") else {
                throw VectorTrouble("A line of the headers has no colon.")
            }
            try add(String(line[..<colon]), String(line[line.index(after: colon)...]))
        }
    }

    private mutating func add(_ name: String, values: [JSONValue]) throws(VectorTrouble) {
        for value in values {
            guard let text = value.text else { throw VectorTrouble("A header is no text.") }
            try add(name, text)
        }
    }

    private mutating func add(_ name: String, _ value: String) throws(VectorTrouble) {
        guard let name = HTTPField.Name(name) else {
            throw VectorTrouble("A header has a name that HTTP does not know.")
        }
        let bytes = value.utf8
        guard !bytes.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) else {
            throw VectorTrouble("A header has a line end or a zero inside.")
        }
        fields.append(HTTPField(name: name, value: value))
    }
}
