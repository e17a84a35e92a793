// Operations of S3 by the names and parameters of AWS's Python client.

import BuskerCore
import BuskerStorage
import Crypto
import HTTPTypes

/// The method of an operation, the parameter that is always there, and where each parameter goes.
struct S3Operation {
    private let method: HTTPRequest.Method
    private let always: QueryItem?

    init(_ name: String) throws {
        guard let (method, always) = Self.table[name] else { throw Strange(reason: "The operation is not known.") }
        self.method = method
        self.always = always
    }

    func request(_ params: JSONValue, endpoint: S3Endpoint) throws -> SigV4Request {
        guard let bucket = params["Bucket"]?.text else { throw Strange(reason: "There is no Bucket.") }
        var query = [always].compactMap(\.self)
        var headers = HTTPFields()
        for (name, value) in params.members ?? [] {
            if let parameter = Self.parameters[name] {
                query.append(QueryItem(parameter, Self.text(value)))
            } else if name == "Metadata" {
                for (name, value) in value.members ?? [] {
                    try Self.set("x-amz-meta-" + name, Self.text(value), &headers)
                }
            } else if name == "CopySource" {
                try Self.set("x-amz-copy-source", Self.source(value), &headers)
            } else if name.hasSuffix("SSECustomerKey") {
                let key = Array(Self.text(value).utf8)
                let field = Self.customerKey(name)
                try Self.set(field, Base64.encode(key), &headers)
                try Self.set(field + "-md5", Checksum.contentMD5(of: key), &headers)
            } else if let header = Self.headers[name] {
                try Self.set(header, Self.text(value), &headers)
            } else if !Self.elsewhere.contains(name) {
                throw Strange(reason: "The parameter \(name) is not known.")
            }
        }
        let isListing = always.map { $0 == QueryItem("list-type", "2") || $0 == QueryItem("uploads") } ?? false
        if always == QueryItem("list-type", "2"), isListing, params["EncodingType"] == nil {
            query.append(QueryItem("encoding-type", "url"))
        }
        return try endpoint.request(method, bucket: bucket, key: params["Key"]?.text, query: query, headers: headers)
    }

    private static func set(_ name: String, _ value: String, _ headers: inout HTTPFields) throws {
        guard let name = HTTPField.Name(name) else { throw Strange(reason: "A header has no name.") }
        headers.append(HTTPField(name: name, value: value))
    }

    private static func text(_ value: JSONValue) -> String {
        value.text ?? value.numberText ?? value.flag.map { String($0) } ?? ""
    }

    private static func source(_ value: JSONValue) throws -> String {
        if let text = value.text { return PercentEncoding.encode(text, keepingSlash: true) }
        guard let bucket = value["Bucket"]?.text, let key = value["Key"]?.text else {
            throw Strange(reason: "A copy has no source.")
        }
        let version = value["VersionId"]?.text.map { "?versionId=" + $0 } ?? ""
        return "\(bucket)/\(PercentEncoding.encode(key, keepingSlash: true))\(version)"
    }

    private static func customerKey(_ name: String) -> String {
        (name.hasPrefix("CopySource") ? "x-amz-copy-source-" : "x-amz-") + "server-side-encryption-customer-key"
    }

    /// Parameters that are in the path or the body.
    private static let elsewhere: Set<String> = [
        "Bucket", "Key", "Delete", "LegalHold", "LifecycleConfiguration", "MultipartUpload", "Retention", "Body",
        "CreateBucketConfiguration",
    ]

    private static let table: [String: (HTTPRequest.Method, QueryItem?)] = [
        "get_object": (.get, nil), "head_object": (.head, nil), "put_object": (.put, nil),
        "delete_object": (.delete, nil), "copy_object": (.put, nil), "upload_part": (.put, nil),
        "upload_part_copy": (.put, nil), "abort_multipart_upload": (.delete, nil),
        "complete_multipart_upload": (.post, nil), "list_parts": (.get, nil),
        "create_multipart_upload": (.post, QueryItem("uploads")),
        "list_multipart_uploads": (.get, QueryItem("uploads")), "list_objects": (.get, nil),
        "list_objects_v2": (.get, QueryItem("list-type", "2")), "delete_objects": (.post, QueryItem("delete")),
        "list_object_versions": (.get, QueryItem("versions")),
        "put_bucket_lifecycle_configuration": (.put, QueryItem("lifecycle")),
        "get_bucket_lifecycle_configuration": (.get, QueryItem("lifecycle")),
        "delete_bucket_lifecycle": (.delete, QueryItem("lifecycle")),
        "put_object_legal_hold": (.put, QueryItem("legal-hold")),
        "get_object_legal_hold": (.get, QueryItem("legal-hold")),
        "put_object_retention": (.put, QueryItem("retention")),
        "get_object_retention": (.get, QueryItem("retention")), "put_object_tagging": (.put, QueryItem("tagging")),
        "get_object_tagging": (.get, QueryItem("tagging")), "delete_object_tagging": (.delete, QueryItem("tagging")),
        "get_object_attributes": (.get, QueryItem("attributes")), "head_bucket": (.head, nil),
        "create_bucket": (.put, nil), "delete_bucket": (.delete, nil),
        "get_bucket_location": (.get, QueryItem("location")), "get_bucket_versioning": (.get, QueryItem("versioning")),
    ]

    private static let parameters: [String: String] = [
        "VersionId": "versionId", "UploadId": "uploadId", "PartNumber": "partNumber", "Prefix": "prefix",
        "Delimiter": "delimiter", "MaxKeys": "max-keys", "ContinuationToken": "continuation-token",
        "StartAfter": "start-after", "EncodingType": "encoding-type", "FetchOwner": "fetch-owner",
        "MaxUploads": "max-uploads", "KeyMarker": "key-marker", "UploadIdMarker": "upload-id-marker",
        "MaxParts": "max-parts", "PartNumberMarker": "part-number-marker", "Marker": "marker",
        "VersionIdMarker": "version-id-marker", "ResponseContentDisposition": "response-content-disposition",
        "ResponseContentType": "response-content-type", "ResponseCacheControl": "response-cache-control",
        "ResponseContentEncoding": "response-content-encoding",
        "ResponseContentLanguage": "response-content-language", "ResponseExpires": "response-expires",
    ]

    private static let headers: [String: String] = [
        "ContentType": "content-type", "ContentLength": "content-length", "ContentMD5": "content-md5",
        "ContentDisposition": "content-disposition", "ContentEncoding": "content-encoding",
        "ContentLanguage": "content-language", "CacheControl": "cache-control", "Expires": "expires",
        "IfMatch": "if-match", "IfNoneMatch": "if-none-match", "IfModifiedSince": "if-modified-since",
        "IfUnmodifiedSince": "if-unmodified-since", "Range": "range", "ACL": "x-amz-acl",
        "StorageClass": "x-amz-storage-class", "Tagging": "x-amz-tagging",
        "TaggingDirective": "x-amz-tagging-directive", "MetadataDirective": "x-amz-metadata-directive",
        "ChecksumMode": "x-amz-checksum-mode", "ChecksumAlgorithm": "x-amz-sdk-checksum-algorithm",
        "ChecksumCRC32": "x-amz-checksum-crc32", "ChecksumCRC32C": "x-amz-checksum-crc32c",
        "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme", "ChecksumSHA1": "x-amz-checksum-sha1",
        "ChecksumSHA256": "x-amz-checksum-sha256", "ServerSideEncryption": "x-amz-server-side-encryption",
        "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
        "SSEKMSEncryptionContext": "x-amz-server-side-encryption-context",
        "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
        "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
        "CopySourceSSECustomerAlgorithm": "x-amz-copy-source-server-side-encryption-customer-algorithm",
        "CopySourceIfMatch": "x-amz-copy-source-if-match",
        "CopySourceIfNoneMatch": "x-amz-copy-source-if-none-match", "CopySourceRange": "x-amz-copy-source-range",
        "RequestPayer": "x-amz-request-payer", "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
        "ObjectLockMode": "x-amz-object-lock-mode", "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
        "BypassGovernanceRetention": "x-amz-bypass-governance-retention", "MFA": "x-amz-mfa",
    ]
}
