// Uploads of the small service that need more than one request.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import HTTPTypes
import TestSupport

@testable import BuskerStorage

extension StorageWorld {
    /// The content of the next upload, in several pieces of tus.
    func nextContent() -> [UInt8] { Sample.wav(3000, seed: UInt64(files.count) + 7) }

    private var uploader: TusUploader { TusUploader(owner: "ann", category: .audio, subject: "job_1") }

    private func tus(
        _ method: HTTPRequest.Method, _ id: FileID?, _ headers: [(String, String)], _ body: [UInt8]
    ) async -> TusAnswer {
        let service = TusService(uploads(database, store), limits: TusLimits(pieceBytes: 1000)) { "\($0)" }
        var request = HTTPRequest(method: method, scheme: "https", authority: "files.example", path: "/x")
        for (name, value) in [("Tus-Resumable", "1.0.0")] + headers {
            guard let name = HTTPField.Name(name) else { continue }
            request.headerFields.append(HTTPField(name: name, value: value))
        }
        return await service.answer(request, upload: id.map { "\($0)" }, for: uploader, body: .bytes(body))
    }

    /// Begins an upload by tus and sends the first half with it.
    func beginTus() async {
        content = nextContent()
        let first = Array(content.prefix(1500))
        let answer = await tus(
            .post, nil,
            [
                ("Upload-Length", "\(content.count)"),
                ("Upload-Metadata", "filename c29uZy53YXY=,filetype YXVkaW8vd2F2"),
                ("Content-Type", "application/offset+octet-stream"),
            ], first)
        await promise()
        if let text = answer.response.headerFields[.location], let id = try? FileID(parsing: text) {
            note(answer, id)
        }
    }

    /// Asks how far an upload is and sends what follows: all of it, or 1000 bytes with their check sum.
    func continueTus(_ at: Int, isChecked: Bool) async {
        guard let id = file(at), let promise = promises[id] else { return }
        let head = await tus(.head, id, [], [])
        guard let text = head.response.headerFields[HTTPField.Name("Upload-Offset") ?? .range], let offset = Int(text),
            offset <= promise.bytes.count
        else { return }
        var rest = Array(promise.bytes[offset...])
        if isChecked { rest = Array(rest.prefix(1000)) }
        var headers = [("Upload-Offset", text), ("Content-Type", "application/offset+octet-stream")]
        if isChecked { headers.append(TusClient.sha256(rest)) }
        note(await tus(HTTPRequest.Method("PATCH") ?? .put, id, headers, rest), id)
    }

    /// Deletes what looks like an orphan and is none.
    func losePiece() async throws {
        let keys = try await inner.list(ListRequest(prefix: "incoming/")).objects.map(\.key)
        if let piece = keys.first(where: { $0.text.contains(".parts/") }) { _ = try await inner.delete([piece]) }
    }

    /// Holds the service to what it answered.
    private func note(_ answer: TusAnswer, _ id: FileID) {
        if let name = HTTPField.Name("Upload-Offset"),
            let offset = answer.response.headerFields[name].flatMap({ Int($0) })
        {
            promises[id]?.acknowledged = offset
        }
        if answer.file?.state == .accepted { promises[id]?.isAccepted = true }
    }

    private func request() -> UploadRequest {
        var request = UploadBench.request(size: Int64(content.count))
        request.sha256 = ContentHash(of: content)
        return request
    }

    /// Has an address signed, for the whole or for parts.
    func ticket(inParts: Bool) async throws {
        content = nextContent()
        let desk = uploads(database, store)
        if inParts {
            _ = try await desk.partsTicket(request(), lives: .quarterHour)
        } else {
            _ = try await desk.ticket(request(), lives: .quarterHour)
        }
    }

    /// The client puts its bytes at the address that it was given, past the host and its faults.
    func putDirectly(_ at: Int) async throws {
        guard let id = file(at), let promise = promises[id], clock.now < Self.addressEnd(of: id, promise) else {
            return
        }
        let upload = try await base.read { tx in try UploadStore.find(id, in: tx) }
        guard let upload, upload.way == .direct || upload.way == .directParts else { return }
        let key = try ObjectKey("incoming/\(id)")
        guard upload.way == .directParts else {
            _ = try await inner.put(key, .bytes(promise.bytes), PutOptions(mode: .create))
            return
        }
        guard let parts = upload.parts else { return }
        _ = try await inner.resumeMultipart(key, upload: parts, PutOptions(mode: .create)).put(part: 1, promise.bytes)
    }

    private static func addressEnd(of id: FileID, _ promise: Promise) -> Timestamp {
        promise.made.advanced(by: .seconds(PresignExpiry.quarterHour.seconds))
    }

    /// Promotes what was put at an address.
    func promote(_ at: Int) async throws {
        guard let id = file(at) else { return }
        if try await uploads(database, store).promote(id, owner: "ann").state == .accepted {
            promises[id]?.isAccepted = true
        }
    }

    /// What is wrong with bytes of an upload that the service said it has.
    func lostPieces() async throws -> String? {
        for (id, promise) in promises where promise.acknowledged > 0 {
            let (row, pieces) = try await base.read { tx in
                (try UploadStore.find(id, in: tx), try UploadStore.pieces(id, in: tx))
            }
            guard let row else {
                guard promise.made.advanced(by: UploadLimits().resumeTime) > clock.now else { continue }
                return "\(id) was given up before its time"
            }
            guard row.isOpen, row.expires > clock.now else { continue }
            guard row.received >= promise.acknowledged else { return "\(id) went back to \(row.received)" }
            var whole: [UInt8] = []
            for piece in pieces { whole += try await bytes(UploadDesk.pieceKey(id, piece)) ?? [] }
            guard whole == Array(promise.bytes.prefix(Int(row.received))) else {
                return "\(id) lost bytes that it said it has"
            }
        }
        return nil
    }
}
