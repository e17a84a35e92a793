// The bodies that requests of S3 carry.

public import BuskerCore

/// A part of an upload that arrived.
public struct UploadedPart: Sendable, Hashable {
    /// The number of the part, from 1.
    public let number: Int64
    /// The entity tag that the store answered, quotes and all.
    public let entityTag: String
    /// The sum that the store answered, if any.
    public let checksum: Checksum?

    /// Notes what arrived.
    public init(number: Int64, entityTag: String, checksum: Checksum? = nil) {
        self.number = number
        self.entityTag = entityTag
        self.checksum = checksum
    }
}

/// An object to delete.
public struct DeletedObject: Sendable, Hashable {
    /// The key, of any kind.
    public let key: String
    /// The version; nothing for the newest.
    public let version: String?

    /// Names an object.
    public init(key: String, version: String? = nil) {
        self.key = key
        self.version = version
    }
}

/// A label of an object.
public struct ObjectTag: Sendable, Hashable {
    /// The name.
    public let key: String
    /// The value.
    public let value: String

    /// Makes a label.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// The bodies, byte for byte as AWS's own clients write them.
public enum S3Body {
    /// The most objects that one request deletes.
    public static let deletesMax = 1000

    /// Ends an upload in parts; they are put in order.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for no parts, more than 10,000, or a number twice or outside 1...10000.
    public static func completeUpload(_ parts: [UploadedPart]) throws(StorageError) -> [UInt8] {
        let parts = parts.sorted { $0.number < $1.number }
        guard (1...10_000).contains(parts.count), Set(parts.map(\.number)).count == parts.count,
            parts.allSatisfy({ (1...10_000).contains($0.number) })
        else {
            throw StorageError(
                .badRequest, "An upload has 1 to 10000 parts, each with a number of its own in that range.")
        }
        return try XMLWriter.document("CompleteMultipartUpload") { (body) throws(StorageError) in
            for part in parts {
                try body.element("Part") { (body) throws(StorageError) in
                    try body.element("PartNumber", part.number)
                    try body.element("ETag", part.entityTag)
                    if let sum = part.checksum {
                        try body.element("Checksum\(sum.kind.rawValue.uppercased())", sum.description)
                    }
                }
            }
        }
    }

    /// Deletes objects; a quiet answer names only those that could not be deleted.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for none, more than 1000, or a key with characters that XML cannot carry.
    public static func delete(_ objects: [DeletedObject], isQuiet: Bool) throws(StorageError) -> [UInt8] {
        guard (1...deletesMax).contains(objects.count) else {
            throw StorageError(.badRequest, "One request deletes 1 to \(deletesMax) objects, not \(objects.count).")
        }
        return try XMLWriter.document("Delete") { (body) throws(StorageError) in
            if isQuiet { try body.element("Quiet", "true") }
            for object in objects {
                try body.element("Object") { (body) throws(StorageError) in
                    try body.element("Key", object.key)
                    try body.element("VersionId", object.version)
                }
            }
        }
    }

    /// Labels an object.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for characters that XML cannot carry.
    public static func tagging(_ tags: [ObjectTag]) throws(StorageError) -> [UInt8] {
        try XMLWriter.document("Tagging") { (body) throws(StorageError) in
            try body.element("TagSet") { (body) throws(StorageError) in
                for tag in tags { try body.write(tag) }
            }
        }
    }

    /// Holds an object, or lets it go.
    public static func legalHold(_ isOn: Bool) throws(StorageError) -> [UInt8] {
        try XMLWriter.document("LegalHold") { (body) throws(StorageError) in
            try body.element("Status", isOn ? "ON" : "OFF")
        }
    }

    /// Locks an object until then, to the second; `isCompliance` so that nobody can unlock it.
    public static func retention(until: Timestamp, isCompliance: Bool) throws(StorageError) -> [UInt8] {
        try XMLWriter.document("Retention") { (body) throws(StorageError) in
            try body.element("Mode", isCompliance ? "COMPLIANCE" : "GOVERNANCE")
            try body.element("RetainUntilDate", until.seconds)
        }
    }

    /// Places a new bucket in a region.
    public static func createBucket(region: String) throws(StorageError) -> [UInt8] {
        try XMLWriter.document("CreateBucketConfiguration") { (body) throws(StorageError) in
            try body.element("LocationConstraint", region)
        }
    }
}

extension XMLWriter {
    mutating func write(_ tag: ObjectTag) throws(StorageError) {
        try element("Tag") { (body) throws(StorageError) in
            try body.element("Key", tag.key)
            try body.element("Value", tag.value)
        }
    }
}

extension Timestamp {
    /// Such as `2030-01-01T00:00:00Z`.
    var seconds: String { iso8601.prefix { $0 != "." } + "Z" }
}
