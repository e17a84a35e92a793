// Reads bytes back and compares them.

import BuskerCore

/// Reads what a store holds and compares it with what it should be.
enum BytesCheck {
    /// Whether a key holds exactly these bytes; memory does not grow with their number.
    ///
    /// - Throws: ``StorageError`` when they cannot be read to their end, which says nothing about them.
    static func hold(
        _ key: ObjectKey, size: Int64, sha256: ContentHash, in store: any ObjectStore
    ) async throws(StorageError) -> Bool {
        let content: ObjectContent
        do throws(StorageError) {
            content = try await store.get(key, GetOptions())
        } catch {
            guard error.code == .notFound, case .absent = await store.head(key) else { throw error }
            return false
        }
        var (read, sum) = (Int64(0), ContentHash.Summing())
        try await content.body.eachPiece { piece throws(StorageError) in
            read += Int64(piece.count)
            sum.add(piece)
        }
        guard read == content.info.size else {
            throw StorageError(.badAnswer, "The store ended its answer early; read it again.")
        }
        return read == size && sum.hash == sha256
    }
}

extension ObjectStore {
    /// Copies an object to a key where nothing is, also in stores that cannot do that by themselves.
    func copyOnce(_ source: ObjectKey, to target: ObjectKey) async throws(StorageError) {
        guard !capabilities.copiesAtomically else {
            try await copy(source, to: target, mode: .create)
            return
        }
        let content = try await get(source, GetOptions())
        let options = PutOptions(
            mode: .create, contentType: content.info.contentType, length: content.info.size,
            attributes: content.info.attributes)
        try await put(target, content.body, options)
    }
}
