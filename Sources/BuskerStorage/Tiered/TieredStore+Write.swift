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
        let key = info.key
        guard let hash = info.sha256 ?? options.sha256 else {
            throw StorageError(.unsupported, "The near store keeps no hash; give the hash of the bytes with the write.")
        }
        do throws(StorageError) {
            let content = try await near.get(key, GetOptions(ifMatch: info.entityTag))
            let mode = options.mode == .create ? PutMode.create : .overwrite
            let copy = PutOptions(
                mode: mode, contentType: options.contentType, length: info.size, sha256: hash,
                attributes: options.attributes)
            try await far.put(key, content.body, copy)
            if case .present(let now) = await near.head(key), now.entityTag == info.entityTag {
                return TierWrite(info: info, states: TierStates(near: .present, far: .present), repair: nil)
            }
        } catch {
            if error.code == .alreadyExists { try await yield(to: key, info, hash) }
        }
        return await lag(info, hash)
    }

    /// Gives way to somebody who created another object in the far store meanwhile.
    private func yield(to key: ObjectKey, _ info: ObjectInfo, _ hash: ContentHash) async throws(StorageError) {
        let file = TieredFile(key: key, size: info.size, sha256: hash, row: TierStates(near: .present, far: .present))
        guard await hashed(file, in: .far) == .damaged, case .present(let mine) = await near.head(key),
            mine.entityTag == info.entityTag
        else { return }
        _ = try await near.delete([key])
        throw StorageError(.alreadyExists, "Somebody created another object of that key in the far store meanwhile.")
    }

    /// What is said of a write whose far copy is not known to be there, or to be the latest.
    private func lag(_ info: ObjectInfo, _ hash: ContentHash) async -> TierWrite {
        var latest = (size: info.size, hash: hash)
        if case .present(let now) = await near.head(info.key), let hash = now.sha256 { latest = (now.size, hash) }
        let repair = TierRepair(key: info.key, size: latest.size, sha256: latest.hash, target: .far)
        onRepair(repair)
        return TierWrite(info: info, states: TierStates(near: .present, far: .missing), repair: repair)
    }
}
