// The routes of songs: order, hear, pay, take home.

import Busker
import BuskerAccounts
import BuskerAudio
import BuskerCore
import BuskerHTTP
import BuskerJobs
import BuskerPayments
import BuskerStorage
import HTTPTypes
import HostKit
import Hummingbird

/// The routes that are SongShop's own.
struct SongRoutes: Sendable {
    static let formats = ["mp3", "flac", "wav", "ogg"]
    let rooms: HostRooms
    let settings: SongSettings

    var routes: [Route] { making + hearing + buying }

    private var view: SongView { SongView(rooms: rooms, settings: settings) }

    private var making: [Route] {
        [
            Route(
                .get, "/api/v1/shop", "shop", "What can be had here, and what it costs.", tag: "songs",
                access: .everybody, answers: [200: .json("The shop.", .reference("Shop"))], handler: shop),
            Route(
                .post, "/api/v1/generate", "generate", "Has a song made, for nothing.", tag: "songs",
                access: .account(scope: "work"), parameters: [.idempotency],
                body: .json(
                    .object([
                        ("prompt", .text(1...2_000)), ("seed?", .integer(0...9_007_199_254_740_991)),
                        ("length?", .integer(SongShop.lengths)),
                        ("style?", .choice(SongStyle.allCases.map(\.rawValue))),
                        ("format?", .choice(Self.formats)),
                    ])),
                answers: [202: .json("It is taken on.", .reference("Song"))], refuses: [409], handler: generate),
            Route(
                .get, "/api/v1/songs", "songs", "The songs of the account, the newest first.", tag: "songs",
                access: .account(scope: "read"), parameters: Route.Parameter.paging,
                answers: [200: .json("Songs.", .page(.reference("Song")))], handler: songs),
            Route(
                .get, "/api/v1/status/{id}", "songStatus", "How far a song is, and everything about it.", tag: "songs",
                access: .account(scope: "read"), answers: [200: .json("The song.", .reference("Song"))]
            ) { request in try await answer(try await job(request), request) },
            Route(
                .post, "/api/v1/cancel/{id}", "cancelSong", "Ends a song that is not wanted any more.", tag: "songs",
                access: .account(scope: "work"), answers: [202: .json("The song.", .reference("Song"))]
            ) { request in
                let job = try await rooms.service.cancel(try request.id(), of: try request.who().owner)
                return try await answer(job, request, 202)
            },
            Route(
                .post, "/api/v1/retry/{id}", "retrySong", "Makes a song again that failed or was cancelled.",
                tag: "songs", access: .account(scope: "work"),
                answers: [202: .json("The song.", .reference("Song"))], refuses: [409, 422]
            ) { request in
                let job = try await rooms.service.retry(try request.id(), of: try request.who().owner)
                return try await answer(job, request, 202)
            },
            Route(
                .delete, "/api/v1/songs/{id}", "deleteSong", "Deletes a song; what was paid stays paid.", tag: "songs",
                access: .account(scope: "work"), answers: [204: .nothing("It is gone.")], refuses: [409]
            ) { request in
                try await rooms.service.delete(try request.id(), of: try request.who().owner)
                return .empty()
            },
        ]
    }

    private var hearing: [Route] {
        [
            Route(
                .get, "/api/v1/preview/{id}", "songPreview", "Half a minute of the song, to listen to.", tag: "preview",
                access: .ticket(scope: "read"), parameters: [.ticket],
                answers: [
                    200: .bytes("All of it.", "audio/mpeg"), 206: .bytes("A range of it.", "audio/mpeg"),
                    304: .nothing("It is what is known."),
                ], refuses: [409, 410, 416]
            ) { request in
                let file = try await output("preview", request)
                return try await rooms.answer(
                    file, request, disposition: ContentDisposition.inline(file.name, type: file.contentType))
            },
            Route(
                .get, "/api/v1/waveform/{id}", "songWaveform", "The peaks of the song (audiowaveform, version 2).",
                tag: "preview", access: .ticket(scope: "read"),
                parameters: [
                    .ticket, Route.Parameter("format", .choice(["json", "dat"]), "As what."),
                    Route.Parameter("points", .integer(1...20_000), "How many points."),
                ],
                answers: [
                    200: .json("Peaks.", .object([("data", .list(.integer()))])).or(["application/octet-stream"])
                ],
                refuses: [409, 410]
            ) { request in try await rooms.peaks(try await output("peaks", request), request) },
        ]
    }

    private var buying: [Route] {
        let bytes = Self.formats.map { $0 == "mp3" ? "audio/mpeg" : "audio/\($0)" }
        return [
            Route(
                .post, "/api/v1/checkout/{id}", "checkout", "Begins to buy a song; pay at checkout_url.", tag: "sale",
                access: .account(scope: "buy"),
                answers: [201: .json("The purchase.", .reference("SongPurchase"))], refuses: [402, 409, 410],
                handler: checkout),
            Route(
                .get, "/api/v1/checkout/{id}", "checkoutState", "How the purchase of a song stands; asks the provider.",
                tag: "sale", access: .account(scope: "read"),
                answers: [200: .json("The purchase.", .reference("SongPurchase"))], handler: look),
            Route(
                .get, "/api/v1/download/{id}", "downloadSong", "The song, for whoever paid for it.", tag: "download",
                access: .ticket(scope: "read"),
                parameters: [
                    .ticket,
                    Route.Parameter(
                        "link", .choice(["store"]), "Leads to the store itself where that can give it out."),
                ],
                answers: [
                    200: .bytes("All of it.", bytes[0]).or(bytes), 206: .bytes("A range of it.", bytes[0]).or(bytes),
                    304: .nothing("It is what is known."), 307: .nothing("It is there."),
                ], refuses: [402, 409, 410, 416], handler: download),
            Route(
                .get, "/api/v1/receipts", "receipts", "What the account bought, the newest first.", tag: "sale",
                access: .account(scope: "read"), parameters: Route.Parameter.paging,
                answers: [200: .json("Purchases.", .page(.reference("SongPurchase")))]
            ) { request in
                guard let inbox = rooms.shop?.inbox else { return .json(["items": [], "next_cursor": .null]) }
                let page = try await inbox.purchases(of: try request.who().owner, page: try request.page())
                return .json(View.page(page, SongView.purchase))
            },
        ]
    }
}

extension SongRoutes {
    @Sendable private func shop(_ request: HostRequest) async throws -> Response {
        .json([
            "name": "SongShop", "require_payment": .flag(settings.requiresPayment),
            "receipts": .flag(rooms.shop != nil), "price": View.money(settings.price),
            "retention_days": .number(settings.days),
            "styles": .list(SongStyle.allCases.map { .text($0.rawValue) }),
            "formats": .list(Self.formats.map { .text($0) }),
            "length": [
                "min": .number(Int64(SongShop.lengths.lowerBound)), "max": .number(Int64(SongShop.lengths.upperBound)),
                "standard": 120,
            ],
        ])
    }

    @Sendable private func generate(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let key = try request.idempotencyKey()
        let body = try await request.json()
        var options = ["prompt": try body.need("prompt", upTo: 2_000)]
        options["seed"] = try body.number("seed", 0...9_007_199_254_740_991).map { "\($0)" }
        options["length"] = try body.number(
            "length", Int64(SongShop.lengths.lowerBound)...Int64(SongShop.lengths.upperBound)
        )
        .map { "\($0)" }
        for name in ["style", "format"] { options[name] = try body.text(name) }
        let order = MediaOrder(
            owner: caller.owner, account: try caller.ledgerName(), work: rooms.standardWork, options: options, key: key)
        return try await answer(try await rooms.service.submit(order), request, 202)
    }

    @Sendable private func songs(_ request: HostRequest) async throws -> Response {
        let page = try await rooms.service.jobs(of: try request.who().owner, page: try request.page())
        var items: [JSON] = []
        for job in page.items { items.append(try await view.song(job, request.language)) }
        return .json(["items": .list(items), "next_cursor": View.text(page.next?.text)])
    }

    private func job(_ request: HostRequest) async throws -> MediaJob {
        try await rooms.service.job(try request.id(), of: try request.who().owner)
    }

    private func answer(_ job: MediaJob, _ request: HostRequest, _ status: Int = 200) async throws -> Response {
        .json(try await view.song(job, request.language), status: status)
    }

    /// What a song's job made of a kind, if it may be had without paying.
    private func output(_ kind: String, _ request: HostRequest) async throws -> FileRecord {
        let job = try await job(request)
        let name = job.outputs.first { $0.kind == kind }?.name ?? ""
        return try await rooms.service.output(name, of: job.id, owner: job.owner)
    }

    private func sales() throws -> DownloadShop {
        guard let sales = rooms.sales else { throw Problem(409, "payments_off") }
        return sales
    }

    @Sendable private func checkout(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let id: JobID = try request.id()
        let sales = try sales()
        // What was made for nothing is not sold afterwards.
        if let song = song(try await job(request)), !song.isSold { throw Problem(409, "payments_off") }
        let page = "\(rooms.address.text)/#/song?id=\(id)"
        let purchase = try await sales.buy(
            DownloadOrder(
                id, owner: caller.owner, successURL: page + "&paid=1", cancelURL: page, email: caller.account.email.text
            ))
        return .json(SongView.purchase(purchase), status: 201)
    }

    @Sendable private func look(_ request: HostRequest) async throws -> Response {
        let job = try await job(request)
        let bought = try await sales().purchases(of: job.id, owner: job.owner)
        guard let newest = bought.first(where: \.isStanding) ?? bought.first else {
            throw Problem.notFound
        }
        // A provider that does not answer must not hide what is known.
        let settled = try? await rooms.shop?.inbox.settle(newest.id, of: job.owner)
        return .json(SongView.purchase(settled ?? newest))
    }

    private func song(_ job: MediaJob) -> FileRecord? { job.outputs.first { $0.kind == "song" } }

    @Sendable private func download(_ request: HostRequest) async throws -> Response {
        let job = try await job(request)
        let name = "\(SongView.title(job)).\(job.options["format"] ?? "mp3")"
        let disposition = ContentDisposition.attachment(name)
        if let song = song(job), !song.isSold {
            let file = try await rooms.service.output(song.name, of: job.id, owner: job.owner)
            try await note(file, request)
            return try await rooms.answer(file, request, disposition: disposition)
        }
        let paid = try await taken(job)
        try await note(paid.file, request)
        if request.query("link") == "store", let address = try await rooms.sales?.address(of: paid) {
            return Response(
                status: .temporaryRedirect, headers: [.location: address.url, .cacheControl: "no-store"])
        }
        return try await Delivery(paid.file, disposition: disposition) { range in
            try await rooms.service.open(paid, range: range).body
        }.answer(request)
    }

    /// The song of a job, if it is paid; says what to pay if not.
    private func taken(_ job: MediaJob) async throws -> PaidFile {
        do throws(DownloadError) {
            guard let sales = rooms.sales else { throw DownloadError(.unavailable, "Nothing is sold here now.") }
            return try await sales.take(job.id, owner: job.owner)
        } catch {
            guard error.code == .paymentRequired || error.code == .revoked else { throw error }
            throw Problem(
                402, error.code == .revoked ? "payment_revoked" : "payment_required", error.detail,
                figures: [("price", View.money(settings.price)), ("checkout", .text("/api/v1/checkout/\(job.id)"))])
        }
    }

    /// Notes a download that begins.
    private func note(_ file: FileRecord, _ request: HostRequest) async throws {
        guard request.request.method == .get else { return }
        try await rooms.service.noteDownload([file.id])
    }
}
