// What a store of S3 keeps beside an object: its type, its notes, its sums.

import BuskerCore
import BuskerHTTP
import HTTPTypes

/// Notes of ours beside those of the writer, by which an object is known again.
enum S3Note {
    static let prefix = "x-amz-meta-"
    /// The SHA-256 of the content, where it was known before the first byte was sent.
    static let hash = "busker-sha256"
    /// A random text by which a writer knows its own object after an answer was lost.
    static let token = "busker-put"
    /// What S3 says of an object that was written without a type.
    static let noType = "binary/octet-stream"
    /// The most bytes of names and values.
    private static let bytesMax = 2048

    /// The headers that write type and notes; ours are left out where the writer's need the room.
    static func fields(
        _ options: PutOptions, hash: ContentHash?, token: String?
    ) throws(StorageError) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = options.contentType ?? noType
        var left = bytesMax
        for (name, value) in options.attributes.sorted(by: { $0.key < $1.key }) {
            guard name != Self.hash, name != Self.token else {
                throw StorageError(.badRequest, "The attribute \(name) is the store's own; choose another name.")
            }
            fields.set(prefix + name, MetadataText.encoded(value))
            left -= name.utf8.count + value.utf8.count
        }
        for (name, value) in [(Self.token, token), (Self.hash, hash?.description)] {
            guard let value, left >= name.utf8.count + value.utf8.count else { continue }
            fields.set(prefix + name, value)
            left -= name.utf8.count + value.utf8.count
        }
        return fields
    }
}

extension ObjectInfo {
    /// Reads the headers of an answer about an object.
    init(_ key: ObjectKey, size: Int64, _ reply: S3Reply) throws(StorageError) {
        guard let tag = reply["ETag"], !tag.isEmpty else { throw S3Answer.fault("ETag") }
        guard let modified = S3Date.read(reply["Last-Modified"]) else { throw S3Answer.fault("Last-Modified") }
        var notes: [String: String] = [:]
        for field in reply.response.headerFields where field.name.canonicalName.hasPrefix(S3Note.prefix) {
            notes[String(field.name.canonicalName.dropFirst(S3Note.prefix.count))] = MetadataText.decoded(field.value)
        }
        let hash = notes.removeValue(forKey: S3Note.hash).flatMap { try? ContentHash(hex: $0) }
        notes[S3Note.token] = nil
        let type = reply.response.headerFields[.contentType]
        self.init(
            key: key, size: size, entityTag: S3Answer.unquoted(tag), modified: modified,
            contentType: type == S3Note.noType ? nil : type, attributes: notes, sha256: hash)
    }
}

/// Dates of headers.
enum S3Date {
    static func read(_ text: String?) -> Timestamp? { text.flatMap { RetryAfter.date(Array($0.utf8)) } }
}

/// Notes that are not ASCII, as S3 hands them out: encoded words of RFC 2047.
enum MetadataText {
    static func encoded(_ text: String) -> String {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? text : "=?UTF-8?B?\(Base64.encode(Array(text.utf8)))?="
    }

    /// The text without its encoding; what is not one encoded word, or several with spaces between them, stays as it is.
    static func decoded(_ text: String) -> String {
        guard text.hasPrefix("=?") else { return text }
        var bytes: [UInt8] = []
        for word in text.split(separator: " ") {
            guard let part = Self.bytes(of: word) else { return text }
            bytes += part
        }
        return String(validating: bytes, as: UTF8.self) ?? text
    }

    private static func bytes(of word: Substring) -> [UInt8]? {
        let parts = word.split(separator: "?", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "=", parts[4] == "=", parts[1].lowercased() == "utf-8" else { return nil }
        switch parts[2] {
        case "B", "b": return Base64.decode(Array(parts[3].utf8)[...])
        case "Q", "q":
            let escaped = parts[3].utf8.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: "_"): [0x20]
                case UInt8(ascii: "="): [UInt8(ascii: "%")]
                case UInt8(ascii: "%"): Array("%25".utf8)
                default: [byte]
                }
            }
            return PercentEncoding.decode(escaped)
        default: return nil
        }
    }
}
