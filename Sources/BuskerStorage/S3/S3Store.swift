// A store in a bucket of S3, or of something that speaks like it.

public import BuskerCore
public import BuskerHTTP
import HTTPTypes

/// A store in one bucket of S3: signed requests, tried again and signed anew when that helps.
///
/// Small objects are put by one request, large ones in parts, several at a time, with memory for
/// ``S3Settings/partsInFlight`` parts. What breaks off while it is read is taken up again where it was. When the clocks differ
/// too much, ours is corrected once by the store's. Copies of one store share nothing with another, so make one store per bucket.
///
/// Notes of ours are kept with an object: its SHA-256, where it was known before the upload began, and a random text by which a
/// `put` whose answer was lost knows its object again. A multipart object has no SHA-256 unless the options gave one.
public final class S3Store: ObjectStore {
    /// What the store can do.
    public let capabilities: StoreCapabilities
    /// The bucket.
    public let bucket: String
    /// The habits of the store.
    public let settings: S3Settings
    let endpoint: S3Endpoint
    let signer: SigV4Signer
    let exchange: S3Exchange

    /// Makes a store; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - endpoint: where the store is.
    ///   - bucket: the bucket, which is there already.
    ///   - signer: who signs; its region is the bucket's.
    ///   - transport: what carries requests.
    ///   - settings: habits.
    ///   - wall: the time of day, for signatures.
    ///   - clock: measures deadlines and waits, such as `ContinuousClock()`.
    ///   - random: spreads waits and names uploads, such as `SystemRandom()`.
    /// - Throws: ``StorageError`` with `badAddress` for a name that no bucket has, `badRequest` for settings without sense.
    public init(
        _ endpoint: S3Endpoint, bucket: String, signer: SigV4Signer, transport: any HTTPTransport,
        settings: S3Settings = S3Settings(), wall: any WallClock = SystemClock(),
        clock: any Clock<Duration> = ContinuousClock(), random: any RandomNumberGenerator & Sendable = SystemRandom()
    ) throws(StorageError) {
        try S3Endpoint.check(bucket: bucket)
        try settings.check(isSecure: endpoint.host.scheme == "https")
        self.endpoint = endpoint
        self.bucket = bucket
        self.signer = signer
        self.settings = settings
        exchange = S3Exchange(
            signer: signer, transport: transport, limits: settings.retries, wall: wall, clock: clock, random: random)
        capabilities = StoreCapabilities(
            presigns: true, multipart: true, replacesAtomically: settings.replacesAtomically,
            copiesAtomically: settings.copiesAtomically, objectBytesMax: PartSize.objectMax)
    }

    /// What is known of an object.
    ///
    /// An absence is asked for twice: the second time so that the store says whether it is the object or the bucket that is not
    /// there. Without the right to list the bucket S3 answers 403, which is no absence.
    public func head(_ key: ObjectKey) async -> ObjectPresence {
        do throws(StorageError) {
            return try await looked(key, isAgain: false)
        } catch {
            return .unknown(error)
        }
    }

    /// One page of the objects; keys that are none of ours, such as those that end with a slash, are passed over.
    public func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        var query = [
            QueryItem("list-type", "2"), QueryItem("encoding-type", "url"),
            QueryItem("max-keys", String(request.limit)),
        ]
        if !request.prefix.isEmpty { query.append(QueryItem("prefix", request.prefix)) }
        if request.rollsUp { query.append(QueryItem("delimiter", "/")) }
        if let after = request.after { query.append(QueryItem("continuation-token", after)) }
        let reply = try await exchange.send(call(.get, nil, query: query)).granted()
        let page = try S3ObjectPage(reply.bytes)
        let objects = try page.items.map { (item) throws(StorageError) -> ObjectInfo? in
            guard let key = try? ObjectKey(item.key) else { return nil }
            guard let modified = item.modified, let tag = item.entityTag else {
                throw S3Answer.fault("time or tag of an object")
            }
            return ObjectInfo(key: key, size: item.size, entityTag: tag, modified: modified)
        }
        return ObjectListing(objects: objects.compactMap(\.self), prefixes: page.prefixes, next: page.next)
    }

    /// Deletes objects by one request, at most 1000.
    public func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        try Self.check(deletions: keys)
        try StorageError.checkCancellation()
        let isWritable: (ObjectKey) -> Bool = { $0.text.unicodeScalars.allSatisfy(XMLCharacter.isAllowed) }
        let named = keys.filter(isWritable)
        var failures: [String: StorageError] = [:]
        if !named.isEmpty {
            var call = try call(.post, nil, query: [QueryItem("delete")])
            call.body = try S3Body.delete(named.map { DeletedObject(key: $0.text) }, isQuiet: true)
            call.request.headers.set("content-md5", Checksum.contentMD5(of: call.body))
            call.request.headers[.contentType] = "application/xml"
            let deletion = try S3Deletion(try await exchange.send(call).granted().bytes)
            for failure in deletion.failures where failure.code != "NoSuchKey" {
                failures[failure.key] = S3Failure(code: failure.code).error
            }
        }
        for key in keys where !isWritable(key) {
            do throws(StorageError) {
                _ = try await exchange.send(call(.delete, key)).granted()
            } catch {
                failures[key.text] = error
            }
        }
        return keys.map { ObjectDeletion(key: $0, failure: failures[$0.text]) }
    }

    /// A request for the bucket, or an object in it.
    func call(
        _ method: HTTPRequest.Method, _ key: ObjectKey?, query: [QueryItem] = [], headers: HTTPFields = [:]
    ) throws(StorageError) -> S3Call {
        let request = try endpoint.request(method, bucket: bucket, key: key?.text, query: query, headers: headers)
        return S3Call(request: request, timeLimit: settings.timeLimit)
    }

    /// The headers that every request needs that reads, or writes a part of, what a customer's own key encrypts.
    var customersFields: [(name: String, value: String)] {
        settings.encryption.map { $0.isCustomers ? $0.fields : [] } ?? []
    }

    private func looked(_ key: ObjectKey, isAgain: Bool) async throws(StorageError) -> ObjectPresence {
        var call = try call(.head, key)
        for field in customersFields { call.request.headers.set(field.name, field.value) }
        let reply = try await exchange.send(call)
        guard let failure = reply.failure else {
            guard let size = reply["Content-Length"].flatMap({ Int64($0) }), size >= 0 else {
                throw S3Answer.fault("Content-Length")
            }
            return .present(try ObjectInfo(key, size: size, reply))
        }
        guard failure.status == 404 else {
            _ = try reply.granted()
            return .unknown(failure.error)
        }
        call.request.method = .get
        call.request.headers[.range] = "bytes=0-0"
        let second = try await exchange.send(call)
        guard let failure = second.failure else {
            guard !isAgain else { throw StorageError(.conflict, "The object comes and goes; look again later.") }
            return try await looked(key, isAgain: true)
        }
        if failure.status == 404, failure.code == "NoSuchKey" { return .absent }
        if failure.status == 416, !isAgain { return try await looked(key, isAgain: true) }
        _ = try second.granted()
        return .unknown(failure.error)
    }
}
