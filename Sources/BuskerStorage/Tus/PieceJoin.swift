// Makes one object of the pieces of an upload.

import BuskerCore
import BuskerDatabase
import BuskerHTTP

extension UploadDesk {
    /// Joins the pieces under the file's key, each checked against its hash, and has the whole looked at.
    ///
    /// - Throws: ``StorageError`` with `badType` when the content is not what was announced, `badDigest` when the store gives
    ///   back other bytes than it took, `conflict` when the lock was lost, or what the store says; call it again then.
    func join(_ id: FileID, token: [UInt8]?) async throws(StorageError) -> FileRecord {
        let until = clock.now.advanced(by: limits.totalTime + .seconds(60))
        let (row, file, pieces) = try await write { tx in
            guard var row = try UploadStore.lock(id, in: tx), row.isOpen, row.token == token else { throw Self.lost }
            row.lease = until
            try UploadStore.save(row, in: tx)
            return (row, try FileStore.lock(id, in: tx), try UploadStore.pieces(id, in: tx))
        }
        let request = UploadRequest(
            owner: row.owner, category: try category(row.category), name: file.name, contentType: row.declaredType,
            size: row.received, sha256: row.sha256)
        let intake = UploadIntake(request) { _ in }
        let stream = JoinedPieces(store: store, id: id, pieces: pieces)
        let body = HTTPBody.pieces(IntakePieces(pieces: stream, intake: intake), length: row.received)
        do throws(StorageError) {
            // Written over: an earlier join may have been cut off after its last byte, with the same bytes.
            try await store.put(file.key, body, PutOptions(contentType: file.contentType, length: row.received))
        } catch {
            throw intake.fault ?? error
        }
        guard let type = intake.type else { throw StorageError(.badState, "Nobody looked at the first bytes.") }
        let received = try await receive(id, token: token, type: type.name, size: intake.count, sha256: intake.hash)
        do throws(StorageError) { try await deletePieces(of: id) } catch {}
        return try await scan(received.id)
    }
}

/// The bytes of pieces in their order, each read whole and checked before it is handed on.
struct JoinedPieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    typealias Element = [UInt8]

    let store: any ObjectStore
    let id: FileID
    var pieces: [UploadPiece]
    private var at = 0

    init(store: any ObjectStore, id: FileID, pieces: [UploadPiece]) {
        self.store = store
        self.id = id
        self.pieces = pieces
    }

    func makeAsyncIterator() -> JoinedPieces { self }

    mutating func next() async throws -> [UInt8]? {
        guard at < pieces.count else { return nil }
        let piece = pieces[at]
        at += 1
        let content = try await store.get(UploadDesk.pieceKey(id, piece), GetOptions())
        guard content.info.size == piece.size else { throw Self.changed }
        let bytes = try await content.body.collect(upTo: Int(piece.size))
        guard ContentHash(of: bytes) == piece.sha256 else { throw Self.changed }
        return bytes
    }

    private static let changed = StorageError(
        .badDigest, "The store has another piece than was written; the upload must begin again.")
}
