// What a store says when it does not do what was asked.

import BuskerCore

/// A refusal of S3: its status, and what its XML says; a HEAD has only the status.
public struct S3Failure: Sendable, Hashable {
    /// The status of the answer; a failure may come with 200.
    public let status: Int
    /// S3's own code, such as `NoSuchKey`; nothing when the answer has none.
    public let code: String?
    /// S3's sentence.
    public let message: String?
    /// The id of the request, for whoever asks the provider.
    public let requestID: String?
    /// The region that the request should have been signed for.
    public let region: String?
    /// The object, bucket or upload that the answer names.
    public let resource: String?

    /// Reads an answer that is no success, or a success whose body is an error.
    ///
    /// A body that is no XML of S3 leaves only the status.
    public init(status: Int, body: [UInt8], limits: XMLLimits = .standard) {
        let root = try? XMLReader.read(body, limits: limits)
        let error = root.flatMap { $0.name == "Error" ? $0 : $0["Error"] }
        self.init(status: status, error: error)
    }

    /// A failure that a list of failures names by its code alone.
    init(code: String) {
        status = 200
        self.code = code
        message = nil
        requestID = nil
        region = nil
        resource = nil
    }

    private init(status: Int, error: XMLElement?) {
        self.status = status
        code = error?.text("Code")
        message = error?.text("Message")
        requestID = error?.text("RequestId")
        region = error?.text("Region")
        resource = error.flatMap {
            $0.text("Key") ?? $0.text("UploadId") ?? $0.text("BucketName") ?? $0.text("Resource")
        }
    }

    /// The failure that hides in the body of an answer with status 200; nothing when there is none.
    ///
    /// The ends of uploads and copies answer so when they fail after the headers were sent.
    static func hidden(in root: XMLElement) -> S3Failure? {
        root.name == "Error" ? S3Failure(status: 200, error: root) : nil
    }

    /// The room's own code; a 403 is never taken for an object that is not there.
    public var kind: StorageError.Code {
        if let code, let kind = Self.kinds[code] { return kind }
        switch status {
        case 304: return .notModified
        case 401: return .unauthenticated
        case 403: return .forbidden
        case 404: return .notFound
        case 409: return .conflict
        case 412: return .precondition
        case 416: return .badRange
        case 429: return .rateLimited
        case 405, 501: return .unsupported
        case 408, 499, 200, 500...: return .unavailable
        default: return .badRequest
        }
    }

    /// Whether the same request, signed again, may succeed later.
    public var isRetryable: Bool {
        if let code, Self.retried.contains(code) { return true }
        return [408, 429, 499, 500, 502, 503, 504, 520].contains(status)
    }

    /// Whether the clock of the sender is wrong: sign once more with the time of the answer's `Date`.
    public var isClockSkew: Bool { code == "RequestTimeTooSkewed" }

    /// The failure as an error: code and status, but not the sentence, which may repeat what was signed.
    public var error: StorageError {
        StorageError(kind, "The store answered \(status)\(code.map { " \($0.prefix(64))" } ?? "").")
    }

    private static let retried: Set<String> = [
        "RequestError", "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded",
        "RequestThrottled", "InternalError", "ExpiredToken", "ExpiredTokenException", "SlowDown", "SlowDownRead",
        "SlowDownWrite", "ServiceUnavailable", "ConditionalRequestConflict", "OperationAborted",
    ]

    private static let kinds: [String: StorageError.Code] = [
        "NoSuchKey": .notFound, "NoSuchBucket": .notFound, "NoSuchUpload": .notFound, "NoSuchVersion": .notFound,
        "NoSuchLifecycleConfiguration": .notFound, "AccessDenied": .forbidden,
        "SignatureDoesNotMatch": .unauthenticated, "InvalidAccessKeyId": .unauthenticated,
        "RequestTimeTooSkewed": .unauthenticated, "ExpiredToken": .unauthenticated, "InvalidToken": .unauthenticated,
        "AuthorizationHeaderMalformed": .unauthenticated, "PreconditionFailed": .precondition,
        "ConditionalRequestConflict": .conflict, "OperationAborted": .conflict, "BucketNotEmpty": .conflict,
        "BucketAlreadyExists": .alreadyExists, "BucketAlreadyOwnedByYou": .alreadyExists,
        "InvalidRange": .badRange, "BadDigest": .badDigest, "XAmzContentSHA256Mismatch": .badDigest,
        "InvalidDigest": .badDigest, "NotImplemented": .unsupported, "MethodNotAllowed": .unsupported,
        "EntityTooLarge": .tooLarge, "EntityTooSmall": .tooLarge, "SlowDown": .rateLimited,
        "SlowDownRead": .rateLimited, "SlowDownWrite": .rateLimited, "Throttling": .rateLimited,
        "RequestLimitExceeded": .rateLimited, "InternalError": .unavailable, "ServiceUnavailable": .unavailable,
        "RequestTimeout": .unavailable,
    ]
}
