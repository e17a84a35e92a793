// What is known of an object, written behind its bytes in the same file.

import BuskerCore

/// The footer of a file: what is known of the object as JSON, and 24 bytes that say where it begins.
///
/// It lies in the file itself, because then content and knowledge appear in one step: a file beside it would make two, and
/// extended attributes are missing on many file systems and lost by many tools. The hash comes last because it is known last.
/// The key is in it, so that a store can be read back from its files alone.
enum ObjectFooter {
    private static let magic = Array("busker\u{0}\u{1}".utf8)
    /// Bytes of the fixed end: size of the content, size and CRC-32 of the JSON, magic.
    private static let end = 24
    /// More bytes than any footer has.
    private static let most: Int64 = 1 << 16

    static func bytes(_ info: ObjectInfo) -> [UInt8] {
        let attributes = info.attributes.sorted { ByteOrder.precedes($0.key, $1.key) }.map {
            ($0.key, JSON.text($0.value))
        }
        let json = JSON.object([
            ("key", .text(info.key.text)), ("size", .number(info.size)), ("tag", .text(info.entityTag)),
            ("modified", .number(info.modified.microseconds)), ("type", info.contentType.map { .text($0) }),
            ("sha256", info.sha256.map { .text($0.description) }), ("attributes", .object(attributes)),
        ])
        let text = Array(json.description.utf8)
        let sum = Checksum(.crc32, of: text).bytes
        return text + number(info.size) + Array(number(Int64(text.count)).suffix(4)) + sum + magic
    }

    /// Reads the footer of a file.
    ///
    /// - Throws: ``StorageError`` with `badAnswer` when it is not one, or not that of the key.
    static func read(_ file: Descriptor, of key: ObjectKey?) throws(StorageError) -> ObjectInfo {
        let size = try file.size()
        var tail = try file.read(at: max(0, size - 4096), count: Int(min(size, 4096)))
        guard tail.count >= end, Array(tail.suffix(8)) == magic else { throw damaged }
        let count = value(tail.suffix(16).prefix(4))
        let content = value(tail.suffix(24).prefix(8))
        guard count <= most, content >= 0, content == size - count - Int64(end) else { throw damaged }
        if tail.count < Int(count) + end { tail = try file.read(at: content, count: Int(count) + end) }
        let text = Array(tail.dropLast(end).suffix(Int(count)))
        guard text.count == Int(count), Checksum(.crc32, of: text).bytes == Array(tail.suffix(12).prefix(4)),
            let info = try? parse(text), info.size == content, key == nil || key == info.key
        else { throw damaged }
        return info
    }

    private static func parse(_ text: [UInt8]) throws -> ObjectInfo {
        let json = try JSONValue(parsing: text)
        guard let key = json["key"]?.text, let size = json["size"]?.integer, let tag = json["tag"]?.text,
            let modified = json["modified"]?.integer
        else { throw damaged }
        var attributes: [String: String] = [:]
        for member in json["attributes"]?.members ?? [] { attributes[member.name] = member.value.text }
        let hash = try json["sha256"]?.text.map { text throws(StorageError) in try ContentHash(hex: text) }
        return ObjectInfo(
            key: try ObjectKey(key), size: size, entityTag: tag, modified: Timestamp(microseconds: modified),
            contentType: json["type"]?.text, attributes: attributes, sha256: hash)
    }

    private static func number(_ value: Int64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> Int64($0)) }
    }

    private static func value(_ bytes: some Sequence<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }

    private static let damaged = StorageError(
        .badAnswer,
        "The file of the object is damaged: its end does not say what it holds. Restore it from a good copy.")
}
