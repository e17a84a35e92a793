// What the holder of a signed address must keep to, and what a download says of itself.

import BuskerCore
public import HTTPTypes

/// What an upload through a signed address must be; each part is signed as a header that must be sent exactly so.
public struct PresignBinding: Sendable {
    /// The type of the content.
    public var contentType: String?
    /// The exact number of bytes; a body of another size is refused by the store.
    public var exactLength: Int64?
    /// Whether the upload fails when the object exists.
    public var createOnly: Bool
    /// The SHA-256 of the content, 32 bytes, which the store checks.
    public var sha256: [UInt8]?
    /// How the content is encrypted.
    public var encryption: S3Encryption?

    /// Binds nothing but what is given.
    public init(
        contentType: String? = nil, exactLength: Int64? = nil, createOnly: Bool = false, sha256: [UInt8]? = nil,
        encryption: S3Encryption? = nil
    ) {
        self.contentType = contentType
        self.exactLength = exactLength
        self.createOnly = createOnly
        self.sha256 = sha256
        self.encryption = encryption
    }

    /// The headers to sign.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for a negative length, a hash that has not 32 bytes, or a type with line ends.
    public func headers() throws(StorageError) -> HTTPFields {
        var headers = HTTPFields()
        if let contentType {
            guard HTTPField.isValidValue(contentType), !contentType.isEmpty else {
                throw StorageError(.badRequest, "The type of a content is blank or has control characters.")
            }
            headers[.contentType] = contentType
        }
        if let exactLength {
            guard exactLength >= 0 else { throw StorageError(.badRequest, "A content has no negative length.") }
            headers[.contentLength] = String(exactLength)
        }
        if createOnly { headers[.ifNoneMatch] = "*" }
        if let sha256 {
            guard sha256.count == 32 else { throw StorageError(.badRequest, "A SHA-256 hash has 32 bytes.") }
            headers.set("x-amz-checksum-sha256", Base64.encode(sha256))
        }
        for field in encryption?.fields ?? [] { headers.set(field.name, field.value) }
        return headers
    }
}

/// What the answer to a signed download says of itself, instead of what was stored.
public struct ResponseOverrides: Sendable, Hashable {
    /// `Content-Disposition`.
    public var disposition: String?
    /// `Content-Type`.
    public var contentType: String?
    /// `Cache-Control`.
    public var cacheControl: String?

    /// Overrides nothing but what is given.
    public init(disposition: String? = nil, contentType: String? = nil, cacheControl: String? = nil) {
        self.disposition = disposition
        self.contentType = contentType
        self.cacheControl = cacheControl
    }

    /// The parameters of the address.
    public var query: [QueryItem] {
        [
            disposition.map { QueryItem("response-content-disposition", $0) },
            contentType.map { QueryItem("response-content-type", $0) },
            cacheControl.map { QueryItem("response-cache-control", $0) },
        ].compactMap(\.self)
    }
}
