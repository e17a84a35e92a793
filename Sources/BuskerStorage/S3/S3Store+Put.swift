// Writes objects: small ones by one request, large ones in parts, several at a time.

import BuskerCore
public import BuskerHTTP
import HTTPTypes

extension S3Store {
    /// Writes an object whole.
    ///
    /// Of an object that is put in parts nothing is seen before the last part; a failure aborts the upload.
    @discardableResult
    public func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo
    {
        let intake = try BodyIntake(options, announced: body.length, storeMax: capabilities.objectBytesMax)
        try StorageError.checkCancellation()
        let size = try PartSize(objectOf: body.length ?? options.length ?? 0, preferred: settings.partBytes)
        try await lookFirst(key, options.mode)
        switch try await sent(key, body, options, intake, partBytes: Int(size.bytes)) {
        case .whole(let bytes, let hash): return try await putWhole(key, bytes, hash, options)
        case .parts(let upload, let parts, let hash):
            do throws(StorageError) {
                return try await upload.finish(parts, hash: hash)
            } catch {
                await upload.abortQuietly()
                throw error
            }
        }
    }

    /// What became of a body.
    private enum Sent: Sendable {
        /// It is so small that one request will do.
        case whole([UInt8], ContentHash)
        /// Its parts are at the store.
        case parts(S3Upload, [UploadPart], ContentHash)
    }

    private func sent(
        _ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions, _ intake: BodyIntake, partBytes: Int
    ) async throws(StorageError) -> Sent {
        var intake = intake
        var cutter = PartCutter(bytes: partBytes, expected: body.length ?? options.length)
        var upload: S3Upload?
        let outcome: Result<Sent, StorageError> = await withTaskGroup(of: PartsOnTheWay.Outcome.self) { group in
            var way = PartsOnTheWay(most: settings.partsInFlight)
            do throws(StorageError) {
                try await body.eachPiece { piece throws(StorageError) in
                    try intake.add(piece)
                    try await cutter.cut(piece) { part throws(StorageError) in
                        let begun = try await begun(upload, key, options)
                        upload = begun
                        try await way.add(to: &group) { number throws(StorageError) in
                            try await begun.send(part: number, part)
                        }
                    }
                }
                let (rest, hash) = (cutter.rest, try intake.finish())
                guard let upload else { return .success(.whole(rest, hash)) }
                try await way.add(to: &group) { number throws(StorageError) in
                    try await upload.send(part: number, rest)
                }
                return .success(.parts(upload, try await way.finish(&group), hash))
            } catch {
                group.cancelAll()
                await group.waitForAll()
                await upload?.abortQuietly()
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private func begun(
        _ upload: S3Upload?, _ key: ObjectKey, _ options: PutOptions
    ) async throws(StorageError) -> S3Upload {
        if let upload { return upload }
        return try await begin(key, options)
    }

    private func putWhole(
        _ key: ObjectKey, _ bytes: [UInt8], _ hash: ContentHash, _ options: PutOptions
    ) async throws(StorageError) -> ObjectInfo {
        let token = options.mode == .overwrite ? nil : exchange.token()
        var call = try call(.put, key, headers: try S3Note.fields(options, hash: hash, token: token))
        for field in settings.encryption?.fields ?? [] { call.request.headers.set(field.name, field.value) }
        for field in conditions(options.mode) { call.request.headers.append(field) }
        if settings.sendsChecksums { call.request.headers.set("x-amz-checksum-sha256", Base64.encode(hash.bytes)) }
        call.body = bytes
        call.payload = try PayloadHash(sha256: hash.bytes)
        call.timeLimit = settings.timeLimit(carrying: bytes.count)
        let reply = try await exchange.send(call)
        if let own = try await own(key, after: reply, token: token) { return own }
        guard let tag = try granted(reply, options.mode)["ETag"], !tag.isEmpty else { throw S3Answer.fault("ETag") }
        return ObjectInfo(
            key: key, size: Int64(bytes.count), entityTag: S3Answer.unquoted(tag), modified: written(reply),
            contentType: options.contentType, attributes: options.attributes, sha256: hash)
    }
}

extension S3Store {
    /// When the store wrote what it answers about, as far as it says so.
    func written(_ reply: S3Reply) -> Timestamp {
        S3Date.read(reply["Last-Modified"]) ?? S3Date.read(reply["Date"]) ?? exchange.now
    }

    /// The headers by which the store keeps to a mode.
    func conditions(_ mode: PutMode) -> [HTTPField] {
        switch mode {
        case .overwrite: []
        case .create: [HTTPField(name: .ifNoneMatch, value: "*")]
        case .replace(let tag):
            settings.replacesAtomically ? [HTTPField(name: .ifMatch, value: Self.quoted(tag))] : []
        }
    }

    /// Looks before it writes, where the store cannot check a replacement by itself.
    func lookFirst(_ key: ObjectKey, _ mode: PutMode) async throws(StorageError) {
        guard case .replace = mode, !settings.replacesAtomically else { return }
        try mode.check(entityTag: try await known(key)?.entityTag)
    }

    /// The object, or nothing when it is certainly not there.
    func known(_ key: ObjectKey) async throws(StorageError) -> ObjectInfo? {
        switch await head(key) {
        case .present(let info): return info
        case .absent: return nil
        case .unknown(let error): throw error
        }
    }

    /// The answer to what was written, with refusals as the mode means them.
    func granted(_ reply: S3Reply, _ mode: PutMode) throws(StorageError) -> S3Reply {
        switch (reply.failure?.kind, mode) {
        case (.precondition, .create): try PutMode.create.check(entityTag: "")
        case (.precondition, .replace): try mode.check(entityTag: nil)
        case (.notFound, .replace) where reply.failure?.code == "NoSuchKey": try mode.check(entityTag: nil)
        default: break
        }
        return try reply.granted()
    }

    /// The object that an attempt of ours wrote whose answer was lost, when a later attempt was refused because of it.
    ///
    /// - Throws: ``StorageError`` with `unavailable` when the store does not say.
    func own(_ key: ObjectKey, after reply: S3Reply, token: String?) async throws(StorageError) -> ObjectInfo? {
        guard reply.mayBeDone, let token, [404, 409, 412].contains(reply.failure?.status) else { return nil }
        var call = try call(.head, key)
        for field in customersFields { call.request.headers.set(field.name, field.value) }
        let found = try await exchange.send(call)
        if let failure = found.failure, failure.status != 404 {
            throw StorageError(
                .unavailable, "An answer was lost, and the store does not say what became of the object.")
        }
        guard found.failure == nil, found[S3Note.prefix + S3Note.token] == token else { return nil }
        return try ObjectInfo(key, size: found["Content-Length"].flatMap { Int64($0) } ?? 0, found)
    }
}
