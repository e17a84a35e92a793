// Files on their way in.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerStorage
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The routes of uploads.
struct UploadRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .post, "/upload", "upload", "Takes a sound in and has it worked on.", tag: "uploads",
                access: .account(scope: "work"),
                parameters: [
                    .idempotency,
                    Route.Parameter(name: "process", schema: .flag, text: "false only keeps the file."),
                    Route.Parameter(
                        name: "X-File-Name", schema: .text(1...1_024), text: "The name of a raw body, percent-encoded.",
                        isHeader: true),
                ],
                body: .bytes([
                    "multipart/form-data": .object([("file", .binary), ("work?", .text()), ("options?", .text())]),
                    "audio/*": .binary,
                ]),
                answers: [
                    201: .json("It is kept.", .reference("Upload")),
                    202: .json("It is being worked on.", .reference("Accepted")),
                ], refuses: [402, 409, 410], handler: upload),
            Route(
                .get, "/uploads", "uploads", "The files that the account sent, the newest first.", tag: "uploads",
                access: .account(scope: "read"), parameters: Route.Parameter.paging,
                answers: [200: .json("Files.", .page(.reference("Upload")))]
            ) { [rooms] request in
                let (owner, page) = (try request.who().owner, try request.page())
                let filter = FileFilter(kinds: ["upload"], states: [.accepted])
                let found = try await rooms.database.read { tx in
                    try FileStore.list(owner: owner, filter, page: page, in: tx)
                }
                return .json(View.page(found, View.upload))
            },
            Route(
                .delete, "/uploads/{id}", "deleteUpload", "Deletes a file that nothing works on.", tag: "uploads",
                access: .account(scope: "work"), answers: [204: .nothing("It is gone.")], refuses: [409]
            ) { [rooms] request in
                try await rooms.service.deleteUpload(try request.id(), of: try request.who().owner)
                return .empty()
            },
        ]
    }

    @Sendable private func upload(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let key = try request.idempotencyKey()
        let processes = try processes(request)
        let type = request.request.headers[.contentType]?.lowercased() ?? ""
        let (category, owner) = (rooms.category, caller.owner)
        var fields: [String: String] = [:]
        let file: FileRecord
        if type.hasPrefix("multipart/") {
            let form = try await UploadForm.read(request, to: rooms.desk) { part in
                UploadRequest(
                    owner: owner, key: key, category: category, name: part.fileName ?? DisplayName.fallback,
                    contentType: part.contentType)
            }
            (file, fields) = (form.file, form.fields)
        } else {
            let name = request.request.headers[.fileName]?.removingPercentEncoding ?? DisplayName.fallback
            file = try await rooms.desk.upload(
                UploadRequest(
                    owner: owner, key: key, category: category, name: name,
                    contentType: type.isEmpty || type == "application/octet-stream" ? nil : type,
                    size: request.announced), request.stream)
        }
        let checked = try await AcceptedFile(rooms: rooms, owner: owner).check(file)
        return processes
            ? try await order(checked, fields, caller, key) : try await kept(checked, caller)
    }

    private func processes(_ request: HostRequest) throws -> Bool {
        switch request.query("process") {
        case nil, "true": true
        case "false": false
        default: throw Problem.bad("process", "process is true or false.")
        }
    }

    /// Has a file worked on that was just taken in.
    private func order(_ file: FileRecord, _ fields: [String: String], _ caller: Caller, _ key: String?) async throws
        -> Response
    {
        var options: [String: String] = [:]
        if let text = fields["options"], !text.isEmpty {
            options = try JSONBody(try JSONValue(parsing: Array(text.utf8))).allOptions()
        }
        let orders = Orders(rooms: rooms)
        let order = try orders.order(file.id, work: fields["work"], options: options, caller, key: key)
        do {
            return try await orders.accept(order, caller)
        } catch let error as MediaError where error.code == .insufficientCredits {
            // The file stays, so that it can be ordered once there is credit.
            let problem = Problem.of(error)
            throw Problem(
                problem.status, problem.code,
                figures: problem.figures.map { ($0.name, $0.value) } + [("file_id", .text("\(file.id)"))])
        }
    }

    /// Measures a file that is only kept, so that its length can be shown.
    private func kept(_ file: FileRecord, _ caller: Caller) async throws -> Response {
        let order = try Orders(rooms: rooms).order(file.id, work: nil, options: [:], caller, key: nil)
        _ = try? await rooms.service.quote(order)
        let owner = caller.owner
        let found = try await rooms.database.read { tx in try FileStore.find(file.id, owner: owner, in: tx) }
        return .json(View.upload(found ?? file), status: 201)
    }
}

/// A file that came in, if it may stay.
struct AcceptedFile {
    let rooms: HostRooms
    let owner: String

    /// Gives a file back that was accepted; deletes one that was refused, and says why.
    ///
    /// - Throws: ``Problem`` 422 `sound_unreadable`, or 503 when nobody could look at it.
    func check(_ file: FileRecord) async throws -> FileRecord {
        let file = try await looked(at: file)
        guard file.state != .accepted else { return file }
        let problem = try await rooms.desk.problem(of: file.id, owner: owner) ?? ""
        await discard(file)
        let refusal = "The content was refused: "
        guard problem.hasPrefix(refusal) else {
            rooms.log.warning("upload not looked at", metadata: ["file": "\(file.id)", "problem": "\(problem)"])
            throw Problem.unavailable
        }
        throw Problem(422, "sound_unreadable", String(problem.dropFirst(refusal.count)))
    }

    /// Looks at a file that came in while another process died, before it had looked.
    private func looked(at file: FileRecord) async throws -> FileRecord {
        guard file.state == .received || file.state == .scanning else { return file }
        do throws(StorageError) {
            return try await rooms.desk.scan(file.id)
        } catch {
            throw error.code == .conflict ? Problem.unavailable : Problem.of(error)
        }
    }

    /// Deletes what was refused at once; what fails here, the sweep does.
    private func discard(_ file: FileRecord) async {
        do {
            let id = file.id
            try await rooms.database.write { tx in
                let row = try FileStore.lock(id, in: tx)
                _ = try FileStore.save(try FileMachine.apply(.tombstone, to: row), in: tx)
            }
            guard try await rooms.service.rooms.store.delete([file.key]).allSatisfy({ $0.failure == nil }) else {
                return
            }
            try await rooms.database.write { tx in
                let row = try FileStore.lock(id, in: tx)
                _ = try FileStore.save(try FileMachine.apply(.vanish, to: row), in: tx)
            }
        } catch {
            rooms.log.warning("refused file stays", metadata: ["file": "\(file.id)", "error": "\(error)"])
        }
    }
}

/// Orders work.
struct Orders {
    let rooms: HostRooms

    /// An order of somebody; `stems=vocals` is the host's word for two stems.
    func order(_ file: FileID, work: String?, options: [String: String], _ caller: Caller, key: String?) throws
        -> MediaOrder
    {
        var options = options
        if options["stems"] == "vocals" { options["stems"] = "2" }
        return MediaOrder(
            owner: caller.owner, account: try caller.ledgerName(), file: file,
            work: work.flatMap { $0.isEmpty ? nil : $0 } ?? rooms.standardWork, options: options, key: key)
    }

    /// Takes an order on.
    func accept(_ order: MediaOrder, _ caller: Caller) async throws -> Response {
        let job = try await rooms.service.submit(order)
        return .json(
            [
                "job_id": .text("\(job.id)"), "file_id": View.text(job.file.map { "\($0)" }),
                "status": .text(job.job.state.rawValue.uppercased()), "cost": .text(job.cost.decimalText),
                "balance": try await rooms.balance(of: caller),
            ], status: 202)
    }
}
