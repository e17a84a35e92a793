// Looking at both tiers, and making a bad copy anew from a good one.

import BuskerHTTP

extension TieredStore {
    /// Looks at both tiers without reading the bytes, and judges.
    public func inspect(_ file: TieredFile) async -> TierVerdict {
        async let nearHead = near.head(file.key)
        async let farHead = far.head(file.key)
        return await TierVerdict(
            row: file.row, near: Self.sighting(of: file, nearHead), far: Self.sighting(of: file, farHead))
    }

    /// Reads all bytes of both tiers, compares their hash with the row's, and judges; for the files of a ``TierSampler``.
    public func rehash(_ file: TieredFile) async -> TierVerdict {
        async let nearSight = hashed(file, in: .near)
        async let farSight = hashed(file, in: .far)
        return await TierVerdict(row: file.row, near: nearSight, far: farSight)
    }

    /// Makes the copy in one tier anew from the other; may be repeated, and be cut off anywhere.
    ///
    /// The source is hashed first; a damaged copy that can be read is put aside under the quarantine before it is replaced; the
    /// new copy is read back and hashed. When the source is not good nothing is touched.
    public func repair(_ repair: TierRepair) async -> TierRepairReport {
        let states = TierStates(near: .present, far: .present)
        let file = TieredFile(key: repair.key, size: repair.size, sha256: repair.sha256, row: states)
        let target = repair.target
        var report = TierRepairReport()
        do throws(StorageError) {
            try await confirm(file, in: target.other, &report)
            let mode: PutMode
            switch await self[target].head(file.key) {
            case .absent: mode = .create
            case .unknown(let error) where error.code != .badDigest: throw error
            case .unknown: mode = .overwrite
            case .present(let info):
                let sighting = await hashed(file, in: target)
                if sighting == .good {
                    report.set(target, .present)
                    return report
                }
                guard sighting != .unknown else { throw Self.silent }
                report.set(target, .damaged)
                report.quarantined = try await putAside(file, in: target)
                mode = self[target].capabilities.replacesAtomically ? .replace(info.entityTag) : .overwrite
            }
            try await copy(file, to: target, mode)
            try await confirm(file, in: target, &report)
        } catch {
            report.failure = error
        }
        return report
    }

    /// Deletes the copy of one tier, after the copy of the other was read and found good.
    ///
    /// - Returns: what the row should say.
    /// - Throws: ``StorageError`` with `badState` when the other copy is not good; then nothing is deleted.
    public func purge(_ file: TieredFile, from tier: StoreTier) async throws(StorageError) -> TierStates {
        guard await hashed(file, in: tier.other) == .good else {
            throw StorageError(.badState, "The \(tier.other) copy is not good, so that the \(tier) one must stay.")
        }
        for deletion in try await self[tier].delete([file.key]) {
            if let failure = deletion.failure { throw failure }
        }
        var states = TierStates(near: .none, far: .none)
        states[tier.other] = .present
        return states
    }

    /// What the bytes of one tier are.
    func hashed(_ file: TieredFile, in tier: StoreTier) async -> TierSighting {
        let content: ObjectContent
        do throws(StorageError) {
            content = try await self[tier].get(file.key, GetOptions())
        } catch {
            switch error.code {
            case .notFound: return .absent
            case .badDigest: return .damaged
            default: return .unknown
            }
        }
        guard content.info.size == file.size else { return .damaged }
        var sum = ContentHash.Summing()
        do throws(StorageError) {
            try await content.body.eachPiece { piece throws(StorageError) in sum.add(piece) }
        } catch {
            return error.code == .badDigest ? .damaged : .unknown
        }
        return sum.hash == file.sha256 ? .good : .damaged
    }

    private static func sighting(of file: TieredFile, _ presence: ObjectPresence) -> TierSighting {
        switch presence {
        case .absent: .absent
        case .present(let info): file.isSeen(in: info) ? .good : .damaged
        case .unknown(let error): error.code == .badDigest ? .damaged : .unknown
        }
    }

    /// Fails unless the copy of a tier is good; notes what it is.
    private func confirm(
        _ file: TieredFile, in tier: StoreTier, _ report: inout TierRepairReport
    ) async throws(StorageError) {
        switch await hashed(file, in: tier) {
        case .good: report.set(tier, .present)
        case .absent:
            report.set(tier, .missing)
            throw StorageError(.notFound, "The \(tier) tier has no copy.")
        case .damaged:
            report.set(tier, .damaged)
            throw StorageError(.badDigest, "The \(tier) copy is not the file; nothing is made from it.")
        case .unknown: throw Self.silent
        }
    }

    /// Keeps a damaged copy under another key, named by its own hash, so that nothing is lost by replacing it.
    private func putAside(_ file: TieredFile, in tier: StoreTier) async throws(StorageError) -> ObjectKey? {
        let store = self[tier]
        var sum = ContentHash.Summing()
        do throws(StorageError) {
            let body = try await store.get(file.key, GetOptions()).body
            try await body.eachPiece { piece throws(StorageError) in sum.add(piece) }
        } catch {
            guard error.code == .badDigest else { throw error }
            return nil
        }
        let place = ContentHash(of: Array(file.key.text.utf8))
        let key = try ObjectKey("\(quarantine)/\(place)/\(sum.hash)")
        do throws(StorageError) {
            let again = try await store.get(file.key, GetOptions())
            try await store.put(
                key, again.body, PutOptions(mode: .create, contentType: again.info.contentType, sha256: sum.hash))
        } catch {
            guard error.code == .alreadyExists else { throw error }
        }
        return key
    }

    private func copy(_ file: TieredFile, to tier: StoreTier, _ mode: PutMode) async throws(StorageError) {
        let content = try await self[tier.other].get(file.key, GetOptions())
        let options = PutOptions(
            mode: mode, contentType: content.info.contentType, length: file.size, sha256: file.sha256,
            attributes: content.info.attributes)
        try await self[tier].put(file.key, content.body, options)
    }

    private static let silent = StorageError(.unavailable, "A tier did not give its bytes; try again later.")
}
