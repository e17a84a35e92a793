// Answers of S3, read by what is in them and not by the name of their root.

public import BuskerCore

/// What the answers have in common; servers name the roots differently.
enum S3Answer {
    /// The root of an answer with a success status.
    ///
    /// - Throws: ``StorageError`` with the kind of an error that hides in it, or `badAnswer`.
    static func root(_ body: [UInt8], limits: XMLLimits) throws(StorageError) -> XMLElement {
        let root = try XMLReader.read(body, limits: limits)
        if let failure = S3Failure.hidden(in: root) { throw failure.error }
        return root
    }

    static func fault(_ what: String) -> StorageError {
        StorageError(.badAnswer, "The answer of the store has no \(what); is there something between it and us?")
    }

    /// A key as it was stored; `encoding-type=url` lets XML carry every key.
    static func key(_ text: String, isEncoded: Bool) throws(StorageError) -> String {
        guard isEncoded else { return text }
        let spaced = text.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
        guard let key = String(validating: PercentEncoding.decode(spaced), as: UTF8.self) else {
            throw fault("key in UTF-8")
        }
        return key
    }

    static func unquoted(_ tag: String) -> String {
        tag.utf8.count >= 2 && tag.hasPrefix("\"") && tag.hasSuffix("\"") ? String(tag.dropFirst().dropLast()) : tag
    }

    static func time(_ text: String?) -> Timestamp? { text.flatMap { try? Timestamp(iso8601: $0) } }

    /// Where the next page begins.
    static func next(_ root: XMLElement, token: String) throws(StorageError) -> String? {
        guard let isCut = root.text("IsTruncated") else { throw fault("IsTruncated") }
        return isCut == "true" ? try root.required(token) : nil
    }
}

/// The id of an upload that was begun.
public struct S3UploadBegun: Sendable, Hashable {
    /// The id.
    public let upload: String

    /// Reads the answer.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    public init(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) {
        upload = try S3Answer.root(body, limits: limits).required("UploadId")
    }
}

/// An object that was made by a copy or by the end of an upload.
public struct S3ObjectMade: Sendable, Hashable {
    /// The entity tag without its quotes.
    public let entityTag: String
    /// When it was made, if the store says so.
    public let modified: Timestamp?

    /// Reads the answer; an error that hides in a success is thrown.
    ///
    /// - Throws: ``StorageError`` with the kind of the hidden error, or `badAnswer`.
    public init(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) {
        let root = try S3Answer.root(body, limits: limits)
        entityTag = S3Answer.unquoted(try root.required("ETag"))
        modified = S3Answer.time(root.text("LastModified"))
    }
}

/// What became of each object of a deletion.
public struct S3Deletion: Sendable, Hashable {
    /// One that could not be deleted.
    public struct Failure: Sendable, Hashable {
        /// The key.
        public let key: String
        /// S3's code, such as `AccessDenied`.
        public let code: String
    }

    /// The keys that are gone, those that never were among them; a quiet deletion names none.
    public let deleted: [String]
    /// Those that could not be deleted.
    public let failures: [Failure]

    /// Reads the answer.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    public init(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) {
        let root = try S3Answer.root(body, limits: limits)
        deleted = try root.all("Deleted").map { (item) throws(StorageError) in try item.required("Key") }
        failures = try root.all("Error").map { (item) throws(StorageError) in
            Failure(key: try item.required("Key"), code: try item.required("Code"))
        }
    }
}

extension ObjectTag {
    /// Reads the labels of an object.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    public static func list(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) -> [ObjectTag] {
        let root = try S3Answer.root(body, limits: limits)
        guard let set = root["TagSet"] else { throw S3Answer.fault("TagSet") }
        return try tags(in: set)
    }

    static func tags(in element: XMLElement) throws(StorageError) -> [ObjectTag] {
        try element.all("Tag").map { (tag) throws(StorageError) in
            ObjectTag(key: try tag.required("Key"), value: tag.text("Value") ?? "")
        }
    }
}

extension LifecycleRule {
    /// Reads the life cycle of a bucket.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    public static func list(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) -> [LifecycleRule] {
        try S3Answer.root(body, limits: limits).all("Rule").map { (rule) throws(StorageError) in
            try LifecycleRule(rule)
        }
    }

    private init(_ element: XMLElement) throws(StorageError) {
        let whole = element["Filter"] ?? element
        let parts = whole["And"] ?? whole
        self.init(
            id: element.text("ID") ?? "", isEnabled: try element.required("Status") == "Enabled",
            filter: Filter(
                prefix: parts.text("Prefix"), tags: try ObjectTag.tags(in: parts),
                largerThan: parts.integer("ObjectSizeGreaterThan"),
                smallerThan: parts.integer("ObjectSizeLessThan")))
        if let end = element["Expiration"] {
            expiration = Self.moment(end)
            expiresDeleteMarkers = end.flag("ExpiredObjectDeleteMarker")
        }
        transitions = try element.all("Transition").map { (move) throws(StorageError) in
            guard let moment = Self.moment(move) else { throw S3Answer.fault("time of a move") }
            return Transition(moment, storageClass: try move.required("StorageClass"))
        }
        noncurrentDays = element["NoncurrentVersionExpiration"]?.integer("NoncurrentDays")
        newerNoncurrentVersions = element["NoncurrentVersionExpiration"]?.integer("NewerNoncurrentVersions")
        abortsUploadsAfterDays = element["AbortIncompleteMultipartUpload"]?.integer("DaysAfterInitiation")
    }

    private static func moment(_ element: XMLElement) -> Moment? {
        element.integer("Days").map { .days($0) } ?? S3Answer.time(element.text("Date")).map { .date($0) }
    }
}
