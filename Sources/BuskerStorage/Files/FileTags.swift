// Tags of a file as text.

import BuskerCore

/// Tags in one column: a JSON object whose names are sorted, so that equal tags are equal texts.
enum FileTags {
    /// Bytes of all names and values at most.
    static let bytesMax = 4096

    static func text(_ tags: [String: String]) throws(StorageError) -> String {
        let bytes = tags.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard tags.count <= FileRecord.tagsMax, bytes <= bytesMax else {
            throw StorageError(.tooLarge, "A file has at most \(FileRecord.tagsMax) tags of \(bytesMax) bytes in all.")
        }
        return JSON.object(tags.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) }).description
    }

    /// Reads a column; nothing when it is no object of texts.
    static func tags(_ text: String) -> [String: String]? {
        let value: JSONValue
        do { value = try JSONValue(parsing: Array(text.utf8)) } catch { return nil }
        guard let members = value.members else { return nil }
        var tags: [String: String] = [:]
        for member in members {
            guard let text = member.value.text else { return nil }
            tags[member.name] = text
        }
        return tags
    }
}
