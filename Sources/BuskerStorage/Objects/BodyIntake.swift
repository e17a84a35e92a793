// Bytes that come in are counted, hashed and held to what was promised of them.

import BuskerHTTP

/// Checks a body while it comes, whichever store it goes to.
struct BodyIntake {
    /// Bytes so far.
    private(set) var count: Int64 = 0
    private var sum = ContentHash.Summing()
    private let promisedLength: Int64?
    private let promisedHash: ContentHash?
    private let most: Int64

    /// Begins; refuses options and announced lengths that cannot come to anything.
    ///
    /// - Parameter announced: the number of bytes that the body itself says it has.
    init(_ options: PutOptions, announced: Int64?, storeMax: Int64) throws(StorageError) {
        try options.check()
        promisedLength = options.length ?? announced
        promisedHash = options.sha256
        most = min(options.bytesMax ?? .max, storeMax)
        guard let length = announced ?? promisedLength else { return }
        if let promisedLength, length != promisedLength { throw Self.badLength(length, promisedLength) }
        guard length <= most else { throw Self.tooLarge(most) }
    }

    /// Counts and hashes a piece.
    mutating func add(_ piece: [UInt8]) throws(StorageError) {
        let (sum, overflow) = count.addingReportingOverflow(Int64(piece.count))
        guard !overflow, sum <= most else { throw Self.tooLarge(most) }
        if let promisedLength, sum > promisedLength { throw Self.badLength(sum, promisedLength) }
        count = sum
        self.sum.add(piece)
    }

    /// The hash of everything, when it is what was promised.
    func finish() throws(StorageError) -> ContentHash {
        if let promisedLength, count != promisedLength { throw Self.badLength(count, promisedLength) }
        let hash = sum.hash
        if let promisedHash, hash != promisedHash {
            throw StorageError(
                .badDigest, "The bytes that came are not those whose hash was promised; send them again.")
        }
        return hash
    }

    private static func badLength(_ count: Int64, _ promised: Int64) -> StorageError {
        StorageError(.badLength, "The body has \(count) bytes or more instead of \(promised).")
    }

    private static func tooLarge(_ most: Int64) -> StorageError {
        StorageError(.tooLarge, "The content has more than \(most) bytes.")
    }
}

extension HTTPBody {
    /// Hands on every piece in order; a body that fails, or a task that was cancelled, ends it.
    func eachPiece(_ take: ([UInt8]) async throws(StorageError) -> Void) async throws(StorageError) {
        switch storage {
        case .bytes(let bytes): try await take(bytes)
        case .pieces(let pieces, _):
            do {
                for try await piece in pieces {
                    try StorageError.checkCancellation()
                    try await take(piece)
                }
            } catch {
                throw StorageError(endOfBody: error)
            }
        }
        try StorageError.checkCancellation()
    }
}

extension StorageError {
    /// What ended a body before its end.
    init(endOfBody error: any Error) {
        switch error {
        case let error as StorageError: self = error
        case is CancellationError: self = Self.cancellation
        case let error as HTTPError where error.code == .cancelled: self = Self.cancellation
        case let error as HTTPError where error.code == .bodyTooLarge: self.init(.tooLarge, error.detail)
        default: self.init(.badLength, "The body ended before its end; send it again.")
        }
    }

    /// What a cancelled task ends with.
    static let cancellation = StorageError(.cancelled, "The task was cancelled; nothing of what it wrote is seen.")

    /// Ends a task that was cancelled.
    static func checkCancellation() throws(StorageError) {
        guard !Task.isCancelled else { throw cancellation }
    }
}
