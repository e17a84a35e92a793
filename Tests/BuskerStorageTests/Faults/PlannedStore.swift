// A store whose calls have faults.

import BuskerCore
import BuskerHTTP

@testable import BuskerStorage

/// A store whose calls fail, are cut, come late or twice, as a plan says.
struct PlannedStore: ObjectStore {
    let base: any ObjectStore
    let plan: CallPlan

    var capabilities: StoreCapabilities { base.capabilities }

    private static let outage = StorageError(.unavailable, "a fault")

    private func next(_ kind: CallKind, _ name: String) throws(StorageError) -> CallFault? {
        do throws(CallPlan.Death) { return try plan.next(kind, name) } catch { throw Self.outage }
    }

    /// A call that changes the store.
    fileprivate func change<T: Sendable>(
        _ name: String, _ work: @escaping @Sendable () async throws(StorageError) -> T
    ) async throws(StorageError) -> T {
        try await carry(try next(.storeWrite, name), work)
    }

    private func carry<T: Sendable>(
        _ fault: CallFault?, _ work: @escaping @Sendable () async throws(StorageError) -> T
    ) async throws(StorageError) -> T {
        switch fault {
        case .fails: throw Self.outage
        case .cut:
            _ = try await work()
            throw Self.outage
        case .late:
            plan.postpone { _ = try? await work() }
            throw Self.outage
        case .twice:
            let first = try await work()
            do throws(StorageError) { return try await work() } catch {
                if error.code == .alreadyExists { throw error }
                return first
            }
        case .diesAfter:
            _ = try await work()
            plan.die()
            throw Self.outage
        case .torn, .dies, nil: return try await work()
        }
    }

    fileprivate func look<T>(
        _ name: String, _ work: () async throws(StorageError) -> T
    ) async throws(StorageError) -> T {
        switch try next(.storeRead, name) {
        case .fails, .cut, .late: throw Self.outage
        default: return try await work()
        }
    }

    @discardableResult
    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo {
        let fault = try next(.storeWrite, "put")
        if fault == .fails { throw Self.outage }
        var bytes: [UInt8] = []
        try await body.eachPiece { bytes += $0 }
        let whole = bytes
        return try await carry(fault) { () async throws(StorageError) in
            try await base.put(key, .bytes(whole), options)
        }
    }

    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        let fault = try next(.storeRead, "get")
        switch fault {
        case .fails, .late: throw Self.outage
        case .cut:
            let content = try await base.get(key, options)
            return ObjectContent(info: content.info, range: content.range, body: .bytes([]))
        case .torn:
            let content = try await base.get(key, options)
            let bytes = try? await content.body.collect(upTo: 1 << 20)
            return ObjectContent(
                info: content.info, range: content.range, body: .bytes((bytes ?? []).map { $0 ^ 0xFF }))
        default: return try await base.get(key, options)
        }
    }

    func head(_ key: ObjectKey) async -> ObjectPresence {
        do throws(StorageError) {
            switch try next(.storeRead, "head") {
            case .fails, .cut, .late: return .unknown(Self.outage)
            default: return await base.head(key)
            }
        } catch {
            return .unknown(error)
        }
    }

    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        try await look("list") { () async throws(StorageError) in try await base.list(request) }
    }

    @discardableResult
    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo {
        let fault = try next(.storeWrite, "copy")
        if fault == .torn {
            return try await base.put(target, .bytes([0xBA, 0xD0]), PutOptions(mode: mode))
        }
        return try await carry(fault) { () async throws(StorageError) in
            try await base.copy(source, to: target, mode: mode)
        }
    }

    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        try await change("delete") { () async throws(StorageError) in try await base.delete(keys) }
    }

    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload {
        let upload = try await change("begin") { () async throws(StorageError) in
            try await base.beginMultipart(key, options)
        }
        return PlannedUpload(store: self, base: upload)
    }

    func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        PlannedUpload(store: self, base: try base.resumeMultipart(key, upload: upload, options))
    }

    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing {
        try await look("parts") { () async throws(StorageError) in
            try await base.listMultiparts(prefix: prefix, after: after, limit: limit)
        }
    }

    func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        try Self.signed(verb, key, options)
    }

    /// An address as S3 has them; clients of histories put their bytes into the store by hand.
    static func signed(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        let signer = try SigV4Signer(
            credentials: SigV4Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"), region: "eu-central-1"
        )
        return try S3Store(
            try S3Endpoint("https://s3.eu-central-1.amazonaws.com"), bucket: "songs", signer: signer,
            transport: NoNetwork()
        ).presign(verb, key, options)
    }
}

/// An upload in parts whose abortion has faults.
private struct PlannedUpload: MultipartUpload {
    let store: PlannedStore
    let base: any MultipartUpload

    var key: ObjectKey { base.key }
    var upload: String { base.upload }

    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try await store.change("part") { () async throws(StorageError) in try await base.put(part: number, bytes) }
    }
    func parts() async throws(StorageError) -> [UploadPart] {
        try await store.look("parts of") { () async throws(StorageError) in try await base.parts() }
    }
    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo {
        try await store.change("complete") { () async throws(StorageError) in try await base.complete(parts) }
    }
    func abort() async throws(StorageError) {
        try await store.change("abort") { () async throws(StorageError) in try await base.abort() }
    }
}

/// Addresses are signed without it.
private struct NoNetwork: HTTPTransport {
    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        throw HTTPError(.cancelled, "There is no network.")
    }
}
