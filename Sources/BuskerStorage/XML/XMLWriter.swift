// Writes the XML that S3 reads.

/// Appends elements to one text: no spaces between them, and only what must be escaped in a text is.
struct XMLWriter {
    private(set) var text = ""
    private let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// One document, whose root has the name space of S3.
    static func document(
        _ root: String, _ body: (inout XMLWriter) throws(StorageError) -> Void
    ) throws(StorageError) -> [UInt8] {
        var writer = XMLWriter()
        writer.text += "<\(root) xmlns=\"\(writer.namespace)\">"
        try body(&writer)
        writer.text += "</\(root)>"
        return Array(writer.text.utf8)
    }

    /// An element of elements.
    mutating func element(
        _ name: String, _ body: (inout XMLWriter) throws(StorageError) -> Void
    ) throws(StorageError) {
        text += "<\(name)>"
        try body(&self)
        text += "</\(name)>"
    }

    /// An element with a text; nothing is written when there is none.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for characters that XML 1.0 has no way to write.
    mutating func element(_ name: String, _ value: String?) throws(StorageError) {
        guard let value else { return }
        guard !value.isEmpty else {
            text += "<\(name) />"
            return
        }
        text += "<\(name)>"
        for scalar in value.unicodeScalars {
            guard XMLCharacter.isAllowed(scalar) else {
                throw StorageError(
                    .badRequest, "A text has a control character, which XML cannot carry; ask for it by itself instead."
                )
            }
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\r": text += "&#13;"
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "</\(name)>"
    }

    /// An element with a whole number.
    mutating func element(_ name: String, _ value: Int64?) throws(StorageError) {
        try element(name, value.map { String($0) })
    }
}

/// The characters of XML 1.0, section 2.2.
enum XMLCharacter {
    static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
