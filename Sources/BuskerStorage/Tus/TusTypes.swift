// What a host tells the tus service, and what it hears.

public import HTTPTypes

/// Who uploads by tus, and what: as the host's sign-in and route say, never as the request says.
public struct TusUploader: Sendable {
    /// Whose file it will be.
    public var owner: String
    /// What may be uploaded.
    public var category: UploadCategory
    /// The kind of file in the host's own words.
    public var kind: String
    /// What the file will belong to.
    public var subject: String?
    /// Labels of the host.
    public var tags: [String: String]

    /// Makes a record.
    public init(
        owner: String, category: UploadCategory, kind: String = "upload", subject: String? = nil,
        tags: [String: String] = [:]
    ) {
        self.owner = owner
        self.category = category
        self.kind = kind
        self.subject = subject
        self.tags = tags
    }
}

/// What a request came to.
public struct TusAnswer: Sendable {
    /// Status and headers; send it without a body.
    public var response: HTTPResponse
    /// The file, with the request that brought its last byte.
    public var file: FileRecord?
    /// Why the request failed; its sentence may be sent as a body of plain text.
    public var failure: StorageError?
}

/// How the tus service works.
public struct TusLimits: Sendable, Hashable {
    /// Bytes that are gathered in memory before they are written as one object.
    public var pieceBytes: Int
    /// Pieces of one upload at most; every request makes at least one.
    public var piecesMax: Int
    /// Bytes of `Upload-Metadata` at most.
    public var metadataBytesMax: Int

    /// 4 MiB pieces, at most 2000, 4 kB of metadata.
    public init(pieceBytes: Int = 4 << 20, piecesMax: Int = 2000, metadataBytesMax: Int = 4096) {
        self.pieceBytes = max(pieceBytes, 1)
        self.piecesMax = max(piecesMax, 1)
        self.metadataBytesMax = max(metadataBytesMax, 0)
    }
}

/// What went wrong with a request, with the status that says it.
struct TusFault: Error {
    let status: HTTPResponse.Status
    let failure: StorageError

    init(_ status: Int, _ code: StorageError.Code, _ detail: String) {
        self.status = HTTPResponse.Status(code: status)
        failure = StorageError(code, detail)
    }

    /// The status of a failure of storage.
    init(_ error: StorageError) {
        failure = error
        status = HTTPResponse.Status(code: Self.codes[error.code] ?? 500)
    }

    private static let codes: [StorageError.Code: Int] = [
        .notFound: 404, .tooLarge: 413, .badType: 415, .badLength: 400, .badRequest: 400, .badDigest: 460,
        .conflict: 423, .badState: 403, .rateLimited: 429, .timedOut: 408, .noSpace: 507, .unavailable: 503,
        .databaseFailed: 503, .cancelled: 503,
    ]

    static let missing = TusFault(404, .notFound, "There is no such upload.")
    static let expired = TusFault(410, .notFound, "The time of the upload is over; begin another.")
    static let locked = TusFault(423, .conflict, "Another request writes to the upload; try again later.")
}
