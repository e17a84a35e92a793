// What came of a job: to look at, to listen to, to keep.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerStorage
import HTTPTypes
import Hummingbird

/// The routes of outputs.
struct OutputRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .get, "/job/{id}/waveform/{stem}", "waveform", "The peaks of a stem (audiowaveform, version 2).",
                tag: "preview", access: .ticket(scope: "read"),
                parameters: [
                    .ticket, Route.Parameter(name: "format", schema: .choice(["json", "dat"]), text: "As what."),
                    Route.Parameter(name: "points", schema: .integer(1...20_000), text: "How many points."),
                ],
                answers: [
                    200: .json("Peaks.", .object([("data", .list(.integer()))])).or(["application/octet-stream"])
                ],
                refuses: [409, 410, 416]
            ) { request in try await rooms.peaks(try await find("peaks", request).file, request) },
            Route(
                .get, "/job/{id}/preview/{stem}", "preview", "A copy of a stem to listen to.", tag: "preview",
                access: .ticket(scope: "read"), parameters: [.ticket],
                answers: Self.ranged("audio/mpeg"), refuses: [409, 410, 416]
            ) { request in
                let (_, file) = try await find("preview", request)
                return try await rooms.answer(
                    file, request, disposition: ContentDisposition.inline(file.name, type: file.contentType))
            },
            Route(
                .get, "/download/{id}", "downloadAll", "All stems in one zip.", tag: "download",
                access: .ticket(scope: "read"), parameters: [.ticket], answers: Self.ranged("application/zip"),
                refuses: [409, 410, 416], handler: zip),
            Route(
                .get, "/download/{id}/{stem}", "downloadStem", "One stem.", tag: "download",
                access: .ticket(scope: "read"), parameters: [.ticket],
                answers: Self.ranged("audio/flac", or: "audio/wav"),
                refuses: [409, 410, 416]
            ) { request in
                let (job, file) = try await find("stem", request)
                let name = try await songName(job) + " - " + file.name
                try await note([file.id], request)
                return try await rooms.answer(file, request, disposition: ContentDisposition.attachment(name))
            },
        ]
    }

    private static func ranged(_ type: String, or others: String...) -> [Int: Route.Answer] {
        [
            200: .bytes("All of it.", type).or(others), 206: .bytes("A range of it.", type).or(others),
            304: .nothing("It is what is known."),
        ]
    }

    /// The output of a kind for the stem in the path.
    private func find(_ kind: String, _ request: HostRequest) async throws -> (job: MediaJob, file: FileRecord) {
        let owner = try request.who().owner
        let job = try await rooms.service.job(try request.id(), of: owner)
        let stem = request.values["stem"] ?? ""
        let known = job.outputs.first { $0.kind == kind && ($0.tags["stem"] ?? $0.name) == stem }
        guard known != nil || job.outputs.isEmpty else { throw Problem.notFound }
        return (job, try await rooms.service.output(known?.name ?? "", of: job.id, owner: owner))
    }

    @Sendable private func zip(_ request: HostRequest) async throws -> Response {
        let owner = try request.who().owner
        let job = try await rooms.service.job(try request.id(), of: owner)
        let zip = try await rooms.service.zip(of: job.id, owner: owner)
        let name = try await songName(job) + " - stems.zip"
        try await note(job.outputs.filter { $0.kind == "stem" }.map(\.id), request)
        let delivery = Delivery(
            size: zip.size, entityTag: zip.entityTag, type: "application/zip",
            disposition: ContentDisposition.attachment(name)
        ) { range in zip.body(range) }
        return try await delivery.answer(request)
    }

    /// Notes a download that begins.
    private func note(_ files: [FileID], _ request: HostRequest) async throws {
        guard request.request.method == .get else { return }
        try await rooms.service.noteDownload(files)
    }

    /// The name of the song without its ending.
    private func songName(_ job: MediaJob) async throws -> String {
        guard let id = job.file else { return "song" }
        let name = try await rooms.database.read { tx in try FileStore.find(id, in: tx)?.name } ?? "song"
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }
}
