// How a store encrypts what it keeps.

import BuskerCore
import Crypto
import HTTPTypes

/// Encryption at rest that a request asks for.
public struct S3Encryption: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let name: String
    let fields: [(name: String, value: String)]
    /// Whether reading needs the headers too, and so does every part; only over https.
    public let isCustomers: Bool

    private init(_ name: String, _ fields: [(name: String, value: String)], isCustomers: Bool = false) {
        self.name = name
        self.fields = fields.map { (name: "x-amz-server-side-encryption" + $0.name, value: $0.value) }
        self.isCustomers = isCustomers
    }

    /// With keys of S3.
    public static let s3 = S3Encryption("s3", [("", "AES256")])

    /// With a key of the key service.
    ///
    /// - Parameters:
    ///   - key: the key's id or ARN; nothing for the account's own.
    ///   - context: JSON that is bound to the data.
    ///   - usesBucketKey: whether the bucket's key saves calls to the key service.
    public static func kms(key: String? = nil, context: [UInt8]? = nil, usesBucketKey: Bool? = nil) -> S3Encryption {
        var fields = [(name: "", value: "aws:kms")]
        if let key { fields.append((name: "-aws-kms-key-id", value: key)) }
        if let context { fields.append((name: "-context", value: Base64.encode(context))) }
        if let usesBucketKey { fields.append((name: "-bucket-key-enabled", value: String(usesBucketKey))) }
        return S3Encryption("kms", fields)
    }

    /// With a key that the store forgets after each request.
    ///
    /// - Throws: ``StorageError`` with `badCredentials` unless the key has 32 bytes.
    public static func customer(key: [UInt8]) throws(StorageError) -> S3Encryption {
        guard key.count == 32 else { throw StorageError(.badCredentials, "A key for AES-256 has 32 bytes.") }
        return S3Encryption(
            "customer",
            [
                ("-customer-algorithm", "AES256"), ("-customer-key", Base64.encode(key)),
                ("-customer-key-md5", Base64.encode(Array(Insecure.MD5.hash(data: key)))),
            ], isCustomers: true)
    }

    /// The kind only.
    public var description: String { "S3Encryption(\(name))" }

    /// The kind only.
    public var debugDescription: String { description }

    /// Nothing to look at.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
