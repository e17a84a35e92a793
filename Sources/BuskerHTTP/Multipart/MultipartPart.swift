// One part of a form.

/// What the headers of a part say, all of it chosen by whoever sent the form.
public struct MultipartPart: Sendable, Hashable {
    /// The name of the field.
    public let name: String
    /// The name of the file as it was sent; nothing for a field that is no file.
    ///
    /// Clean it before showing or storing it.
    public let fileName: String?
    /// The type that the sender claims.
    public let contentType: String?

    /// Reads the headers of a part, without the empty line that ends them.
    ///
    /// - Throws: ``MultipartError`` with `malformed`.
    init(headers bytes: [UInt8]) throws(MultipartError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.malformed("The headers of a part are no UTF-8.")
        }
        var disposition: String?
        var type: String?
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
            guard let colon = line.firstIndex(of: ":"), !line.utf8.contains(0), !line.utf8.contains(10),
                !line.utf8.contains(13)
            else { throw Self.malformed("A header of a part has no colon or holds a control character.") }
            let value = String(line[line.index(after: colon)...]).trimmed
            switch line[..<colon].lowercased() {
            case "content-disposition":
                guard disposition == nil else { throw Self.malformed("A part has two Content-Disposition headers.") }
                disposition = value
            case "content-type": type = value
            default: break
            }
        }
        guard let disposition else { throw Self.malformed("A part has no Content-Disposition header.") }
        let parameters = try DispositionReader.parameters(of: disposition)
        guard let name = parameters["name"] else { throw Self.malformed("A part has no name.") }
        self.name = name
        fileName = parameters["filename*"] ?? parameters["filename"]
        contentType = type.flatMap { $0.isEmpty ? nil : $0 }
    }

    static func malformed(_ detail: String) -> MultipartError { MultipartError(.malformed, detail) }
}

/// What a parser of forms finds, in order.
public enum MultipartEvent: Sendable, Hashable {
    /// A part begins.
    case part(MultipartPart)
    /// Bytes of the part, never none.
    case bytes([UInt8])
    /// The part is complete.
    case partEnd
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let start = self.drop(while: isSpace)
        return String(start.reversed().drop(while: isSpace).reversed())
    }
}
