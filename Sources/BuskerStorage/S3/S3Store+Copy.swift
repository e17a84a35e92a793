// Copies objects within a bucket.

import BuskerCore
import HTTPTypes

extension S3Store {
    /// Copies an object within the store, with its type and attributes; one of more than 5 GiB in parts.
    ///
    /// What is copied is the object that was there when the copy began, or nothing.
    @discardableResult
    public func copy(
        _ source: ObjectKey, to target: ObjectKey, mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        try StorageError.checkCancellation()
        guard let info = try await known(source) else {
            throw StorageError(.notFound, "There is no object to copy.")
        }
        if source == target {
            try mode.check(entityTag: info.entityTag)
            return info
        }
        if mode != .overwrite, !settings.copiesAtomically {
            try mode.check(entityTag: try await known(target)?.entityTag)
        } else {
            try await lookFirst(target, mode)
        }
        return info.size > settings.copyBytesMax
            ? try await copyInParts(info, to: target, mode) : try await copyAtOnce(info, to: target, mode)
    }

    private func copyAtOnce(
        _ source: ObjectInfo, to target: ObjectKey, _ mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        var call = try call(.put, target, headers: from(source))
        for field in settings.encryption?.fields ?? [] { call.request.headers.set(field.name, field.value) }
        if settings.copiesAtomically {
            for field in conditions(mode) { call.request.headers.append(field) }
        }
        call.mayHideError = true
        call.timeLimit = settings.readTimeLimit
        let reply = try await exchange.send(call)
        if reply.mayBeDone, reply.failure?.status == 412, let info = try await known(target),
            info.size == source.size
        {
            guard let hash = info.sha256, hash == source.sha256 else {
                throw StorageError(.unavailable, "An answer was lost: the object may be the copy, or another's.")
            }
            return info
        }
        let made = try S3ObjectMade(try granted(reply, mode).bytes)
        return ObjectInfo(
            key: target, size: source.size, entityTag: made.entityTag, modified: made.modified ?? written(reply),
            contentType: source.contentType, attributes: source.attributes, sha256: source.sha256)
    }

    private func copyInParts(
        _ source: ObjectInfo, to target: ObjectKey, _ mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        let options = PutOptions(
            mode: mode, contentType: source.contentType, length: source.size, sha256: source.sha256,
            attributes: source.attributes)
        let upload = try await begin(target, options)
        let size = try PartSize(objectOf: source.size, preferred: settings.copyBytesMax)
        let headers = from(source)
        let outcome: Result<[UploadPart], StorageError> = await withTaskGroup(of: PartsOnTheWay.Outcome.self) { group in
            var way = PartsOnTheWay(most: settings.partsInFlight)
            do throws(StorageError) {
                for part in 1...size.count {
                    guard let range = size.range(of: part, in: source.size) else { break }
                    try await way.add(to: &group) { number throws(StorageError) in
                        try await upload.copy(part: number, range, of: headers)
                    }
                }
                return .success(try await way.finish(&group))
            } catch {
                group.cancelAll()
                return .failure(error)
            }
        }
        do throws(StorageError) {
            return try await upload.finish(try outcome.get(), hash: source.sha256)
        } catch {
            await upload.abortQuietly()
            throw error
        }
    }

    /// The headers that name the source of a copy, and hold it to be the object that was looked up.
    private func from(_ source: ObjectInfo) -> HTTPFields {
        var fields = HTTPFields()
        fields.set(
            "x-amz-copy-source", "/\(bucket)/" + PercentEncoding.encode(source.key.text, keepingSlash: true))
        fields.set("x-amz-copy-source-if-match", Self.quoted(source.entityTag))
        for field in customersFields {
            fields.set(field.name.replacing("x-amz-", with: "x-amz-copy-source-", maxReplacements: 1), field.value)
        }
        return fields
    }
}
