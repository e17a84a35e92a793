// What goes wrong with a store, as an exit code.

import BuskerCore
import BuskerStorage

extension Failure {
    /// A refusal of a store.
    init(_ error: StorageError) {
        self.init(Self.exit(for: error.code), code: error.code.description, error.detail)
    }

    /// The one place where the codes of stores become exit codes; what is not listed is wrong with what was asked.
    private static func exit(for code: StorageError.Code) -> Exit {
        switch code {
        case .notFound: .noInput
        case .alreadyExists, .precondition, .conflict, .notModified: .conflict
        case .forbidden, .unauthenticated, .badCredentials: .refused
        case .badDigest, .badAnswer, .badLength, .badType, .tooLarge: .badInput
        case .rateLimited: .tryAgain
        case .unavailable, .databaseFailed: .unavailable
        case .noSpace: .cannotWrite
        case .cancelled: .interrupted
        default: .wrongOptions
        }
    }
}

/// An object as reports show it.
struct ObjectReport: Encodable {
    let key: String
    let size: Int64
    let entityTag: String
    let modified: String
    let contentType: String?
    let attributes: [String: String]?
    let sha256: String?

    init(_ info: ObjectInfo) {
        key = info.key.text
        size = info.size
        entityTag = info.entityTag
        modified = info.modified.iso8601
        contentType = info.contentType
        attributes = info.attributes.isEmpty ? nil : info.attributes
        sha256 = info.sha256?.description
    }

    /// Name and value below each other.
    var words: String {
        var rows = [("key", Columns.visible(key)), ("size", "\(size) bytes"), ("tag", entityTag), ("written", modified)]
        if let contentType { rows.append(("type", contentType)) }
        if let sha256 { rows.append(("sha256", sha256)) }
        for (name, value) in (attributes ?? [:]).sorted(by: { $0.key < $1.key }) {
            rows.append((name, Columns.visible(value)))
        }
        return Words.table(rows)
    }
}
