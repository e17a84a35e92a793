// Uploads that go on where they broke off: tus 1.0.

public import BuskerCore
public import BuskerHTTP
public import HTTPTypes

/// The server's side of tus 1.0.0 without a web framework: creation, creation with upload, deferred length, expiration, checksum
/// and termination.
///
/// One request at a time writes to an upload, which a lock with a time limit sees to. What came is kept in pieces; with the last
/// byte they are joined, checked piece by piece against their hashes, sniffed, hashed and looked at like every upload. Nothing is
/// kept in memory between requests, so that any process may go on. An upload of somebody else is not found.
public final class TusService: Sendable {
    /// The version of the protocol.
    public static let version = "1.0.0"
    /// The extensions.
    public static let extensions =
        "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination"

    let desk: UploadDesk
    let limits: TusLimits
    private let location: @Sendable (FileID) -> String

    /// Makes a service.
    ///
    /// - Parameters:
    ///   - desk: where the uploads are handed in.
    ///   - limits: sizes of pieces and headers.
    ///   - location: the address of an upload, which the host's routes give back as `upload`.
    public init(
        _ desk: UploadDesk, limits: TusLimits = TusLimits(), location: @escaping @Sendable (FileID) -> String
    ) {
        self.desk = desk
        self.limits = limits
        self.location = location
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: method and headers; its address is not looked at.
    ///   - upload: the id in the address, as text; nothing for the address under which uploads are created.
    ///   - uploader: who asks, and what they may upload.
    ///   - body: what came with it.
    public func answer(
        _ request: HTTPRequest, upload: String?, for uploader: TusUploader, body: HTTPBody = .bytes([])
    ) async -> TusAnswer {
        var answer: TusAnswer
        do throws(TusFault) {
            answer = try await respond(request, upload, uploader, body)
        } catch {
            answer = TusAnswer(response: HTTPResponse(status: error.status), failure: error.failure)
            if error.status.code == 412 { answer.response.headerFields.set("Tus-Version", Self.version) }
        }
        answer.response.headerFields.set("Tus-Resumable", Self.version)
        answer.response.headerFields.set("X-Content-Type-Options", "nosniff")
        return answer
    }

    private func respond(
        _ request: HTTPRequest, _ upload: String?, _ uploader: TusUploader, _ body: HTTPBody
    ) async throws(TusFault) -> TusAnswer {
        let headers = TusHeaders(request.headerFields)
        let method = try headers.method(request.method)
        if method == .options { return options(uploader) }
        guard try headers.text("Tus-Resumable") == Self.version else {
            throw TusFault(412, .badRequest, "The server speaks tus \(Self.version).")
        }
        guard let upload else {
            guard method == .post else { throw Self.wrongMethod }
            return try await create(headers, uploader, body)
        }
        guard [.head, .patch, .delete].contains(method) else { throw Self.wrongMethod }
        let id: FileID
        do throws(TextError) { id = try FileID(parsing: upload) } catch { throw .missing }
        switch method {
        case .head: return try await head(id, uploader)
        case .patch: return try await patch(id, headers, uploader, body)
        default: return try await terminate(id, uploader)
        }
    }

    private static let wrongMethod = TusFault(405, .badRequest, "The method has no meaning here.")

    private func options(_ uploader: TusUploader) -> TusAnswer {
        answer(
            204,
            [
                "Tus-Version": Self.version, "Tus-Extension": Self.extensions,
                "Tus-Max-Size": String(uploader.category.bytesMax),
                "Tus-Checksum-Algorithm": TusChecksum.algorithms,
            ])
    }

    private func answer(_ status: Int, _ fields: [String: String?], file: FileRecord? = nil) -> TusAnswer {
        var response = HTTPResponse(status: HTTPResponse.Status(code: status))
        for (name, value) in fields { response.headerFields.set(name, value) }
        return TusAnswer(response: response, file: file)
    }

    private func create(
        _ headers: TusHeaders, _ uploader: TusUploader, _ body: HTTPBody
    ) async throws(TusFault) -> TusAnswer {
        let length = try headers.length()
        let text = try headers.text("Upload-Metadata")
        guard (text?.utf8.count ?? 0) <= limits.metadataBytesMax else {
            throw TusFault(413, .tooLarge, "Upload-Metadata has more than \(limits.metadataBytesMax) bytes.")
        }
        let metadata = try text.map(TusHeaders.metadata) ?? [:]
        let hasPiece = try headers.hasPiece()
        if !hasPiece, let length = body.length, length > 0 {
            throw TusFault(415, .badRequest, "A piece has the type application/offset+octet-stream.")
        }
        let checksum = try headers.checksum()
        let request = UploadRequest(
            owner: uploader.owner, category: uploader.category, kind: uploader.kind, subject: uploader.subject,
            name: metadata["filename"] ?? metadata["name"] ?? DisplayName.fallback,
            contentType: metadata["filetype"] ?? metadata["type"], size: length, tags: uploader.tags)
        let row = try await begin(request, text)
        var fields: [String: String?] = [
            "Location": location(row.id), "Upload-Expires": HeaderDate.text(row.expires),
        ]
        guard hasPiece else { return answer(201, fields) }
        do throws(TusFault) {
            let end = try await append(row.id, uploader.owner, at: 0, length: nil, checksum, body)
            fields["Upload-Offset"] = String(end.offset)
            return answer(201, fields, file: end.file)
        } catch {
            // The upload exists; its client must hear where, to go on or to end it.
            var failed = answer(Int(error.status.code), fields)
            failed.failure = error.failure
            return failed
        }
    }

    private func begin(_ request: UploadRequest, _ metadata: String?) async throws(TusFault) -> UploadRow {
        do throws(StorageError) {
            let begun = try await desk.begin(
                request, way: .resumable, metadata: metadata, sizeIsDeferred: request.size == nil)
            guard case .new(let row, _) = begun else { throw UploadDesk.lost }
            return row
        } catch {
            throw TusFault(error)
        }
    }

    private func head(_ id: FileID, _ uploader: TusUploader) async throws(TusFault) -> TusAnswer {
        let row = try await find(id, uploader)
        return answer(
            200,
            [
                "Upload-Offset": String(row.received), "Upload-Length": row.declaredSize.map { String($0) },
                "Upload-Defer-Length": row.declaredSize == nil ? "1" : nil, "Upload-Metadata": row.metadata,
                "Upload-Expires": row.isOpen ? HeaderDate.text(row.expires) : nil, "Cache-Control": "no-store",
            ])
    }

    private func patch(
        _ id: FileID, _ headers: TusHeaders, _ uploader: TusUploader, _ body: HTTPBody
    ) async throws(TusFault) -> TusAnswer {
        guard try headers.hasPiece() else {
            throw TusFault(415, .badRequest, "A piece has the type application/offset+octet-stream.")
        }
        guard let offset = try headers.number("Upload-Offset") else {
            throw TusFault(400, .badRequest, "A piece needs Upload-Offset.")
        }
        let end = try await append(
            id, uploader.owner, at: offset, length: try headers.number("Upload-Length"), try headers.checksum(), body)
        return answer(
            204,
            [
                "Upload-Offset": String(end.offset),
                "Upload-Expires": end.file == nil ? HeaderDate.text(end.expires) : nil,
            ], file: end.file)
    }

    private func terminate(_ id: FileID, _ uploader: TusUploader) async throws(TusFault) -> TusAnswer {
        _ = try await find(id, uploader)
        do throws(StorageError) {
            try await desk.abort(id, owner: uploader.owner)
        } catch {
            throw TusFault(error)
        }
        return answer(204, [:])
    }

    private func find(_ id: FileID, _ uploader: TusUploader) async throws(TusFault) -> UploadRow {
        let found: UploadRow?
        do throws(StorageError) {
            found = try await desk.read { tx in try UploadStore.find(id, owner: uploader.owner, in: tx) }
        } catch {
            throw TusFault(error)
        }
        guard let found, found.way == .resumable else { throw .missing }
        guard !found.isOpen || found.expires > desk.clock.now else { throw .expired }
        return found
    }
}
