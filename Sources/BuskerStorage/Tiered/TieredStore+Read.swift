// Reading from the nearer of two tiers that has the bytes.

import BuskerHTTP

extension TieredStore {
    /// Reads an object from the near store, or from the far one when the near one has it not or fails before the first byte.
    public func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        do throws(StorageError) {
            return guarded(try await near.get(key, options), options)
        } catch {
            guard Self.mayFallBack(error) else { throw error }
            return try await fallBack(key, options, from: error)
        }
    }

    /// Reads a file as its row describes it: a copy of another size or hash is not served.
    ///
    /// - Returns: the bytes, and the tier that gives them.
    /// - Throws: ``StorageError`` with `notFound` when neither tier has the file, else with what the last one said.
    public func get(
        _ file: TieredFile, _ options: GetOptions
    ) async throws(StorageError) -> (content: ObjectContent, tier: StoreTier) {
        var failure: StorageError?
        for tier in StoreTier.allCases where file.row[tier] == .present || file.row[tier] == .missing {
            do throws(StorageError) {
                let content = try await self[tier].get(file.key, options)
                guard file.isSeen(in: content.info) else {
                    onRepair(file.repair(of: tier))
                    failure = StorageError(.badDigest, "The \(tier) copy is not the file; repair it.")
                    continue
                }
                return (tier == .near ? guarded(content, options) : content, tier)
            } catch {
                guard Self.mayFallBack(error) else { throw error }
                if failure == nil || error.code != .notFound { failure = error }
            }
        }
        throw failure ?? StorageError(.notFound, "No tier should have the file, says its row.")
    }

    /// Whether the other tier may know better.
    private static func mayFallBack(_ error: StorageError) -> Bool {
        let final: [StorageError.Code] = [.precondition, .notModified, .badRange, .badRequest, .cancelled]
        return !final.contains(error.code)
    }

    private func fallBack(
        _ key: ObjectKey, _ options: GetOptions, from error: StorageError
    ) async throws(StorageError) -> ObjectContent {
        let content: ObjectContent
        do throws(StorageError) {
            content = try await far.get(key, options)
        } catch let second {
            if second.code == .notFound { throw error }
            throw second
        }
        if error.code == .notFound || error.code == .badDigest, let sha256 = content.info.sha256 {
            onRepair(TierRepair(key: key, size: content.info.size, sha256: sha256, target: .near))
        }
        return content
    }

    /// The same content, which goes on in the far store when the near one fails before its first byte.
    private func guarded(_ content: ObjectContent, _ options: GetOptions) -> ObjectContent {
        guard case .pieces(let pieces, let length) = content.body.storage else { return content }
        let key = content.info.key
        let info = content.info
        let range = content.range
        let (far, onRepair) = (far, onRepair)
        let guarded = GuardedPieces(first: ErasedPieces(pieces)) { () throws(StorageError) in
            let again = try await far.get(key, GetOptions(range: info.size == 0 ? nil : .bytes(range)))
            guard let hash = info.sha256, again.info.size == info.size, again.info.sha256 ?? hash == hash else {
                throw StorageError(.badAnswer, "The near copy cannot be read, and the far one is another.")
            }
            onRepair(TierRepair(key: key, size: info.size, sha256: hash, target: .near))
            return ErasedPieces.of(again.body)
        }
        return ObjectContent(info: info, range: range, body: .pieces(guarded, length: length))
    }
}

extension TieredFile {
    /// Whether what a store says of an object does not speak against its being the file.
    func isSeen(in info: ObjectInfo) -> Bool { info.size == size && (info.sha256 ?? sha256) == sha256 }
}
