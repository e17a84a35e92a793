// Writing to two tiers.

public import BuskerHTTP

extension TieredStore {
    /// Writes an object to the near store and then to the far one.
    ///
    /// When the far store fails the write has succeeded all the same: the answer says that the far copy is missing, and which
    /// job makes it.
    /// - Throws: ``StorageError`` as ``ObjectStore/put(_:_:_:)``; then nothing is in the near store.
    public func write(
        _ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions
    ) async throws(StorageError) -> TierWrite {
        var options = options
        options.mode = try await ask(key, options.mode)
        let info = try await near.put(key, body, options)
        return try await follow(info, options)
    }

    /// What the far store means for a mode, before the near one decides.
    func ask(_ key: ObjectKey, _ mode: PutMode) async throws(StorageError) -> PutMode {
        switch mode {
        case .overwrite: return mode
        case .create:
            guard case .present(let info) = await far.head(key) else { return mode }
            if await near.head(key) == .absent, let sha256 = info.sha256 {
                onRepair(TierRepair(key: key, size: info.size, sha256: sha256, target: .near))
            }
            throw StorageError(.alreadyExists, "There is an object of that key already.")
        case .replace(let tag):
            guard await near.head(key) == .absent, case .present(let info) = await far.head(key), info.entityTag == tag
            else { return mode }
            let content = try await far.get(key, GetOptions(ifMatch: tag))
            let options = PutOptions(
                mode: .create, contentType: info.contentType, length: info.size, sha256: info.sha256,
                attributes: info.attributes)
            return .replace(try await near.put(key, content.body, options).entityTag)
        }
    }

    /// Brings what the near store has to the far one.
    func follow(_ info: ObjectInfo, _ options: PutOptions) async throws(StorageError) -> TierWrite {
        let both = TierWrite(info: info, states: TierStates(near: .present, far: .present), repair: nil)
        var hash = info.sha256 ?? options.sha256
        do throws(StorageError) {
            let known = try await known(hash, of: info)
            hash = known
            let content = try await near.get(info.key, GetOptions(ifMatch: info.entityTag))
            let copy = PutOptions(
                mode: options.mode == .create ? .create : .overwrite, contentType: options.contentType,
                length: info.size, sha256: known, attributes: options.attributes)
            try await far.put(info.key, content.body, copy)
            if await isLatest(info) { return both }
        } catch {
            if error.code == .alreadyExists, let hash, try await yields(info, hash) { return both }
        }
        return await lag(info, hash)
    }

    /// The hash of an object, read where the near store keeps none.
    private func known(_ hash: ContentHash?, of info: ObjectInfo) async throws(StorageError) -> ContentHash {
        if let hash { return hash }
        var sum = ContentHash.Summing()
        let content = try await near.get(info.key, GetOptions(ifMatch: info.entityTag))
        try await content.body.eachPiece { piece throws(StorageError) in sum.add(piece) }
        return sum.hash
    }

    /// Whether nobody has written over an object in the near store.
    private func isLatest(_ info: ObjectInfo) async -> Bool {
        guard case .present(let now) = await near.head(info.key) else { return false }
        return now.entityTag == info.entityTag
    }

    /// Gives way to somebody who created another object in the far store meanwhile; true when it is the same one.
    private func yields(_ info: ObjectInfo, _ hash: ContentHash) async throws(StorageError) -> Bool {
        let row = TierStates(near: .present, far: .present)
        let file = TieredFile(key: info.key, size: info.size, sha256: hash, row: row)
        switch await hashed(file, in: .far) {
        case .good: return true
        case .damaged where await isLatest(info):
            _ = try await near.delete([info.key])
            throw StorageError(
                .alreadyExists, "Somebody created another object of that key in the far store meanwhile.")
        default: return false
        }
    }

    /// What is said of a write whose far copy is not known to be there, or to be the latest.
    private func lag(_ info: ObjectInfo, _ hash: ContentHash?) async -> TierWrite {
        var latest = (size: info.size, hash: hash)
        if case .present(let now) = await near.head(info.key), let hash = now.sha256 { latest = (now.size, hash) }
        let repair = latest.hash.map { TierRepair(key: info.key, size: latest.size, sha256: $0, target: .far) }
        if let repair { onRepair(repair) }
        return TierWrite(info: info, states: TierStates(near: .present, far: .missing), repair: repair)
    }
}
