// The parameters of Content-Disposition in a form.

/// Reads `form-data; name="…"; filename="…"; filename*=UTF-8''…` as browsers and programs write it.
///
/// Browsers write `%22`, `%0D` and `%0A` for what would end a quoted name (WHATWG HTML, multipart/form-data encoding algorithm);
/// others put a backslash before quotes (RFC 9110, section 5.6.4). A backslash before anything else is a backslash.
enum DispositionReader {
    static func parameters(of header: String) throws(MultipartError) -> [String: String] {
        let bytes = Array(header.utf8)
        var at = 0
        guard token(bytes, &at).lowercased() == "form-data" else {
            throw MultipartPart.malformed("A part is no form-data.")
        }
        var found: [String: String] = [:]
        while true {
            skipSpace(bytes, &at)
            guard at < bytes.count else { return found }
            guard bytes[at] == UInt8(ascii: ";") else { throw garbled }
            at += 1
            skipSpace(bytes, &at)
            guard at < bytes.count else { return found }
            let name = token(bytes, &at).lowercased()
            skipSpace(bytes, &at)
            guard !name.isEmpty, at < bytes.count, bytes[at] == UInt8(ascii: "=") else { throw garbled }
            at += 1
            skipSpace(bytes, &at)
            let isQuoted = at < bytes.count && bytes[at] == UInt8(ascii: "\"")
            let raw = isQuoted ? try quoted(bytes, &at) : token(bytes, &at)
            guard found[name] == nil else { throw MultipartPart.malformed("A parameter of a part is there twice.") }
            found[name] = name.hasSuffix("*") ? try extended(raw) : raw
        }
    }

    private static let garbled = MultipartPart.malformed("The Content-Disposition of a part cannot be read.")

    private static func skipSpace(_ bytes: [UInt8], _ at: inout Int) {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
    }

    private static func token(_ bytes: [UInt8], _ at: inout Int) -> String {
        let start = at
        let ends = Set(";= \t\"".utf8)
        while at < bytes.count, !ends.contains(bytes[at]) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private static func quoted(_ bytes: [UInt8], _ at: inout Int) throws(MultipartError) -> String {
        at += 1
        var out: [UInt8] = []
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\") where at + 1 < bytes.count && (bytes[at + 1] == 0x22 || bytes[at + 1] == 0x5C):
                out.append(bytes[at + 1])
                at += 2
            case UInt8(ascii: "%"):
                let code = bytes[at...].prefix(3).dropFirst().map { $0 & 0xDF }
                switch code {
                case [0x12, 0x12]: out.append(0x22)
                case [0x10, 0x44]: out.append(0x0D)
                case [0x10, 0x41]: out.append(0x0A)
                default:
                    out.append(bytes[at])
                    at -= 2
                }
                at += 3
            default:
                out.append(bytes[at])
                at += 1
            }
        }
        throw garbled
    }

    /// An extended value (RFC 8187): `UTF-8'language'percent-encoded`.
    private static func extended(_ raw: String) throws(MultipartError) -> String {
        let parts = raw.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw garbled }
        var bytes: [UInt8] = []
        let encoded = Array(parts[2].utf8)
        var at = 0
        while at < encoded.count {
            guard encoded[at] == UInt8(ascii: "%") else {
                bytes.append(encoded[at])
                at += 1
                continue
            }
            guard at + 2 < encoded.count, let high = digit(encoded[at + 1]), let low = digit(encoded[at + 2]) else {
                throw garbled
            }
            bytes.append(high << 4 | low)
            at += 3
        }
        switch parts[0].lowercased() {
        case "utf-8":
            guard let text = String(validating: bytes, as: UTF8.self) else { throw garbled }
            return text
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: throw garbled
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
