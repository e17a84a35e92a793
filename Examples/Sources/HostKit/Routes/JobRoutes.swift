// Work that was ordered.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerRetention
import BuskerStorage
import Hummingbird

/// The routes of jobs.
struct JobRoutes {
    let rooms: HostRooms

    var routes: [Route] { ordering + looking + changing }

    private static let order = Schema.object([
        ("file_id", .text(1...100)), ("work?", .text(1...50)), ("options?", .texts),
    ])

    private var ordering: [Route] {
        [
            Route(
                .post, "/jobs", "order", "Has a file worked on; its price is set aside.", tag: "jobs",
                access: .account(scope: "work"), parameters: [.idempotency], body: .json(Self.order),
                answers: [202: .json("It is taken on.", .reference("Accepted"))], refuses: [402, 404, 409]
            ) { [rooms] request in
                let caller = try request.who()
                let key = try request.idempotencyKey()
                let order = try order(try await request.json(), caller, key: key)
                return try await Orders(rooms: rooms).accept(order, caller)
            },
            Route(
                .post, "/jobs/quote", "quote", "What an order would cost.", tag: "jobs",
                access: .account(scope: "read"), body: .json(Self.order),
                answers: [
                    200: .json("The price.", .object([("cost", .credits), ("lines", .list(.text()))]))
                ], refuses: [404, 409]
            ) { [rooms] request in
                let order = try order(try await request.json(), try request.who(), key: nil)
                let quote = try await rooms.service.quote(order)
                return .json([
                    "cost": .text(quote.total.decimalText), "lines": .list(quote.explanation.map { .text($0) }),
                ])
            },
        ]
    }

    private func order(_ body: JSONBody, _ caller: Caller, key: String?) throws -> MediaOrder {
        try Orders(rooms: rooms).order(
            try body.id("file_id"), work: try body.text("work"), options: try body.options("options"), caller, key: key)
    }

    private var looking: [Route] {
        [
            Route(
                .get, "/jobs", "jobs", "The jobs of the account, the newest first.", tag: "jobs",
                access: .account(scope: "read"),
                parameters: Route.Parameter.paging + [
                    Route.Parameter(
                        name: "status", schema: .choice(JobState.allCases.map { $0.rawValue.uppercased() }),
                        text: "Only jobs in this state.")
                ],
                answers: [200: .json("Jobs.", .page(.reference("Job")))]
            ) { [rooms] request in
                let owner = try request.who().owner
                let state = try Self.state(request)
                let page = try await rooms.service.jobs(of: owner, state: state, page: try request.page())
                return .json(try await JobView(rooms: rooms).page(page, request.language))
            },
            Route(
                .get, "/status/{id}", "status", "How far a job is.", tag: "jobs", access: .account(scope: "read"),
                answers: [200: .json("The state.", .reference("Status"))]
            ) { [rooms] request in
                let status = try await rooms.service.status(try request.id(), of: try request.who().owner)
                return .json(.object(View.status(status, request.language)))
            },
            Route(
                .get, "/job/{id}", "job", "Everything about a job.", tag: "jobs", access: .account(scope: "read"),
                answers: [200: .json("The job.", .reference("Job"))]
            ) { [rooms] request in
                let job = try await rooms.service.job(try request.id(), of: try request.who().owner)
                return .json(try await JobView(rooms: rooms).one(job, request.language))
            },
        ]
    }

    static func state(_ request: HostRequest) throws -> JobState? {
        guard let text = request.query("status") else { return nil }
        guard let state = JobState(rawValue: text.lowercased()) else {
            throw Problem.bad("status", "status is one of PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED.")
        }
        return state
    }

    private var changing: [Route] {
        [
            Route(
                .post, "/job/{id}/cancel", "cancelJob", "Ends a job that is not wanted any more.", tag: "jobs",
                access: .account(scope: "work"), answers: [202: .json("The job.", .reference("Job"))], refuses: [409]
            ) { [rooms] request in
                let job = try await rooms.service.cancel(try request.id(), of: try request.who().owner)
                return .json(try await JobView(rooms: rooms).one(job, request.language), status: 202)
            },
            Route(
                .post, "/job/{id}/retry", "retryJob", "Begins a job afresh that failed or was cancelled.", tag: "jobs",
                access: .account(scope: "work"), answers: [202: .json("The job.", .reference("Job"))],
                refuses: [402, 409, 422]
            ) { [rooms] request in
                let job = try await rooms.service.retry(try request.id(), of: try request.who().owner)
                return .json(try await JobView(rooms: rooms).one(job, request.language), status: 202)
            },
            Route(
                .delete, "/job/{id}", "deleteJob", "Deletes a job with what came of it.", tag: "jobs",
                access: .account(scope: "work"), answers: [204: .nothing("It is gone.")], refuses: [409]
            ) { [rooms] request in
                try await rooms.service.delete(try request.id(), of: try request.who().owner)
                return .empty()
            },
        ]
    }
}

/// Puts together what a job looks like.
struct JobView {
    let rooms: HostRooms

    func one(_ job: MediaJob, _ language: Language) async throws -> JSON {
        let waiting = try await rooms.service.waiting(before: job)
        let file = try await rooms.database.read { tx in try job.file.flatMap { try FileStore.find($0, in: tx) } }
        return json(job, file, waiting, language)
    }

    /// A page of jobs; how many wait before each is told by the job itself.
    func page(_ page: Page<MediaJob>, _ language: Language) async throws -> JSON {
        let ids = page.items.compactMap(\.file)
        let files = try await rooms.database.read { tx in
            var found: [FileID: FileRecord] = [:]
            for id in ids where found[id] == nil { found[id] = try FileStore.find(id, in: tx) }
            return found
        }
        return View.page(page) { json($0, $0.file.flatMap { files[$0] }, nil, language) }
    }

    private func json(_ job: MediaJob, _ file: FileRecord?, _ waiting: Int?, _ language: Language) -> JSON {
        let expires = job.outputs.compactMap { rooms.retention.due($0.times) }.min()
        return View.job(job, file: file, expires: expires, waiting: waiting, language)
    }
}
