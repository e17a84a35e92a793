// What a download delivers.

/// A file as the server knows it; nothing in it comes from the request that asks for it.
public struct DownloadFile: Sendable, Hashable {
    /// Where the bytes are, such as `results/job_…/stems.zip`: chosen by the server.
    public let key: String
    /// What the buyer's file is called; made safe when it is offered.
    public let name: String
    /// The media type, such as `application/zip`.
    public let type: String

    /// Makes a file.
    ///
    /// - Throws: ``DownloadError`` with `badFile` when the key is empty, longer than 1,024 bytes, absolute, has empty, `.` or `..`
    ///   parts or control characters, or when the type is no media type.
    public init(key: String, name: String, type: String = "application/octet-stream") throws(DownloadError) {
        guard Self.isKey(key) else {
            throw DownloadError(.badFile, "A key has 1 to 1,024 bytes and plain parts between single slashes.")
        }
        guard Self.isType(type) else {
            throw DownloadError(.badFile, "A media type is like application/zip, of at most 100 characters.")
        }
        self.key = key
        self.name = name
        self.type = type
    }

    private static func isKey(_ key: String) -> Bool {
        guard (1...1024).contains(key.utf8.count) else { return false }
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return false }
        return key.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: scalar != "\\"
            }
        }
    }

    private static func isType(_ type: String) -> Bool {
        let parts = type.split(separator: "/", omittingEmptySubsequences: false)
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+".utf8)
        return type.utf8.count <= 100 && parts.count == 2
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(allowed.contains) }
    }
}
