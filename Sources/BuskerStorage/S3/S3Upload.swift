// An upload in parts to a store of S3.

import BuskerCore
import HTTPTypes
import Synchronization

/// An upload in parts; its name at the store and its key are all that must be kept to take it up again.
final class S3Upload: MultipartUpload {
    let key: ObjectKey
    let upload: String
    private let store: S3Store
    private let options: PutOptions
    /// The text by which the object is known again; nothing for an upload that was taken up again.
    private let token: String?
    private let sum = Mutex(OrderedSum())

    init(_ store: S3Store, _ key: ObjectKey, _ upload: String, _ options: PutOptions, token: String? = nil) {
        self.store = store
        self.key = key
        self.upload = upload
        self.options = options
        self.token = token
    }

    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try PartRules.check(number: number, size: bytes.count)
        let part = try await send(part: number, bytes)
        sum.withLock { $0.add(part, bytes) }
        return part
    }

    func send(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try check()
        var call = try store.call(.put, key, query: [QueryItem("partNumber", String(number)), item])
        for field in store.customersFields { call.request.headers.set(field.name, field.value) }
        call.body = bytes
        call.timeLimit = store.settings.timeLimit(carrying: bytes.count)
        guard let tag = try await store.exchange.send(call).granted()["ETag"], !tag.isEmpty else {
            throw S3Answer.fault("ETag")
        }
        return UploadPart(number: number, size: Int64(bytes.count), entityTag: S3Answer.unquoted(tag))
    }

    /// Copies bytes of another object into a part.
    func copy(part number: Int, _ range: Range<Int64>, of source: HTTPFields) async throws(StorageError) -> UploadPart {
        var call = try store.call(
            .put, key, query: [QueryItem("partNumber", String(number)), item], headers: source)
        call.request.headers.set("x-amz-copy-source-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        for field in store.customersFields { call.request.headers.set(field.name, field.value) }
        call.mayHideError = true
        call.timeLimit = store.settings.readTimeLimit
        let made = try S3ObjectMade(try await store.exchange.send(call).granted().bytes)
        return UploadPart(number: number, size: Int64(range.count), entityTag: made.entityTag)
    }

    func parts() async throws(StorageError) -> [UploadPart] {
        try check()
        var parts: [UploadPart] = []
        var marker: String?
        repeat {
            var query = [item]
            if let marker { query.append(QueryItem("part-number-marker", marker)) }
            var call = try store.call(.get, key, query: query)
            for field in store.customersFields { call.request.headers.set(field.name, field.value) }
            let page = try S3PartPage(try await store.exchange.send(call).granted().bytes)
            guard page.next == nil || page.items.last.map({ $0.number > Int64(parts.last?.number ?? 0) }) == true else {
                throw StorageError(.badAnswer, "The store's list of parts does not go on.")
            }
            parts += page.items.map {
                UploadPart(number: Int($0.number), size: $0.size, entityTag: S3Answer.unquoted($0.entityTag))
            }
            marker = page.next
        } while marker != nil
        return parts
    }

    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo {
        try check()
        let named = Dictionary(parts.map { ($0.number, $0) }) { first, _ in first }
        try PartRules.check(parts, against: { named[$0] }, bytesMin: Int(PartSize.bytesMin))
        var size: Int64 = 0
        for part in parts { size += min(max(part.size, 0), PartSize.bytesMax) }
        if let length = options.length, size != length {
            throw StorageError(.badLength, "The parts have \(size) bytes instead of \(length).")
        }
        guard size <= min(options.bytesMax ?? .max, PartSize.objectMax) else {
            throw StorageError(.tooLarge, "The parts have \(size) bytes in all, which is too many.")
        }
        let hash = sum.withLock { $0.hash(of: parts) }
        if let promised = options.sha256, let hash, hash != promised {
            throw StorageError(.badDigest, "The parts are not the bytes whose hash was promised; send them again.")
        }
        try await store.lookFirst(key, options.mode)
        return try await finish(parts, hash: hash)
    }

    /// Makes the object; `hash` is what is known of all the bytes.
    func finish(_ parts: [UploadPart], hash: ContentHash?) async throws(StorageError) -> ObjectInfo {
        var call = try store.call(.post, key, query: [item])
        call.body = try S3Body.completeUpload(
            parts.map { UploadedPart(number: Int64($0.number), entityTag: S3Store.quoted($0.entityTag)) })
        call.request.headers[.contentType] = "application/xml"
        for field in store.conditions(options.mode) { call.request.headers.append(field) }
        for field in store.customersFields { call.request.headers.set(field.name, field.value) }
        call.mayHideError = true
        call.timeLimit = store.settings.readTimeLimit
        let reply = try await store.exchange.send(call)
        if let own = try await own(after: reply, parts) { return own.knowing(hash) }
        if ["EntityTooSmall", "InvalidPart", "InvalidPartOrder"].contains(reply.failure?.code) {
            throw StorageError(.badRequest, "The store answered \(reply.failure?.code ?? ""): a part is not as named.")
        }
        let made = try S3ObjectMade(try store.granted(reply, options.mode).bytes)
        if case .present(let info) = await store.head(key), info.entityTag == made.entityTag {
            return info.knowing(hash)
        }
        return ObjectInfo(
            key: key, size: parts.reduce(0) { $0 + $1.size }, entityTag: made.entityTag,
            modified: made.modified ?? store.written(reply), contentType: options.contentType,
            attributes: options.attributes, sha256: hash)
    }

    func abort() async throws(StorageError) {
        guard !upload.isEmpty else { return }
        try StorageError.checkCancellation()
        let reply = try await store.exchange.send(try store.call(.delete, key, query: [item]))
        if reply.failure?.code == "NoSuchUpload" { return }
        _ = try reply.granted()
    }

    /// Forgets the parts if that is quickly done, also for a task that was cancelled; a sweep finds what is left.
    func abortQuietly() async {
        await Task { [store, key, item] in
            guard var call = try? store.call(.delete, key, query: [item]) else { return }
            call.attemptsMax = 2
            call.timeLimit = .seconds(5)
            _ = try? await store.exchange.send(call)
        }.value
    }

    /// A blank name would speak of the object itself.
    private func check() throws(StorageError) {
        guard !upload.isEmpty else { throw PartRules.ended }
        try StorageError.checkCancellation()
    }

    private var item: QueryItem { QueryItem("uploadId", upload) }

    /// The object that an attempt made whose answer was lost: by its text, or by the tag that its parts give it.
    private func own(after reply: S3Reply, _ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo? {
        if let own = try await store.own(key, after: reply, token: token) { return own }
        guard token == nil, reply.mayBeDone, [404, 412].contains(reply.failure?.status) else { return nil }
        let sums = parts.compactMap { Hexadecimal.bytes(hex: $0.entityTag) }
        guard sums.count == parts.count, case .present(let info) = await store.head(key),
            info.entityTag == Checksum.entityTag(ofParts: sums)
        else { return nil }
        return info
    }
}

extension ObjectInfo {
    /// The same with a hash, where that is known.
    func knowing(_ hash: ContentHash?) -> ObjectInfo {
        ObjectInfo(
            key: key, size: size, entityTag: entityTag, modified: modified, contentType: contentType,
            attributes: attributes, sha256: hash ?? sha256)
    }
}

/// The hash of parts that came in the order of their numbers, each once.
private struct OrderedSum {
    private var sum: ContentHash.Summing? = ContentHash.Summing()
    private var parts: [UploadPart] = []

    mutating func add(_ part: UploadPart, _ bytes: [UInt8]) {
        guard part.number == parts.count + 1 else {
            sum = nil
            return
        }
        sum?.add(bytes)
        parts.append(part)
    }

    func hash(of parts: [UploadPart]) -> ContentHash? { self.parts == parts ? sum?.hash : nil }
}
