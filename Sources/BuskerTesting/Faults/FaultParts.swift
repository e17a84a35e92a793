// The uploads and bodies of a store that fails.

import BuskerHTTP
import BuskerStorage

/// An upload in parts whose calls fail as its store's do.
struct FaultUpload: MultipartUpload {
    let store: FaultStore
    let inner: any MultipartUpload

    var key: ObjectKey { inner.key }
    var upload: String { inner.upload }

    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try await store.any { () throws(StorageError) in try await self.inner.put(part: number, bytes) }
    }

    func parts() async throws(StorageError) -> [UploadPart] {
        try await store.any { () throws(StorageError) in try await self.inner.parts() }
    }

    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo {
        try await store.any { () throws(StorageError) in try await self.inner.complete(parts) }
    }

    func abort() async throws(StorageError) {
        try await store.any { () throws(StorageError) in try await self.inner.abort() }
    }
}

extension HTTPBody {
    /// The same body, which ends with an error in the middle.
    func cut(_ number: UInt64) -> HTTPBody {
        let left = Int64(number % UInt64(max(1, length ?? 4096)))
        switch storage {
        case .bytes(let bytes):
            let half = Array(bytes.prefix(Int(left)))
            return .pieces(CutPieces(source: OnePiece(bytes: half), left: left), length: length)
        case .pieces(let pieces, let length): return .pieces(Self.cut(pieces, left), length: length)
        }
    }

    private static func cut(
        _ pieces: some AsyncSequence<[UInt8], any Error> & Sendable, _ left: Int64
    ) -> Pieces {
        CutPieces(source: pieces, left: left)
    }
}

/// Pieces that end with an error after some bytes.
private struct CutPieces<Source: AsyncSequence<[UInt8], any Error> & Sendable>: AsyncSequence, Sendable {
    let source: Source
    let left: Int64

    func makeAsyncIterator() -> Iterator { Iterator(source: source.makeAsyncIterator(), left: left) }

    struct Iterator: AsyncIteratorProtocol {
        var source: Source.AsyncIterator
        var left: Int64

        mutating func next() async throws -> [UInt8]? {
            guard left > 0, let piece = try await source.next(isolation: #isolation) else {
                throw StorageError(.badAnswer, "The connection ends in the middle, says the test.")
            }
            defer { left -= Int64(piece.count) }
            return Int64(piece.count) <= left ? piece : Array(piece.prefix(Int(left)))
        }
    }
}

/// Bytes as one piece.
private struct OnePiece: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var bytes: [UInt8]?

    init(bytes: [UInt8]) { self.bytes = bytes }

    func makeAsyncIterator() -> OnePiece { self }

    mutating func next() async throws -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}
