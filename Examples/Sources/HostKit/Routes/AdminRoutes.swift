// What administrators see and do.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerJobs
import BuskerLedger
import BuskerRetention
import BuskerStorage
import Hummingbird

/// The routes of administrators.
struct AdminRoutes {
    let rooms: HostRooms

    var routes: [Route] { people + work + care }

    private var people: [Route] {
        [
            Route(
                .get, "/admin/users", "adminUsers", "All accounts.", tag: "admin", access: .admin,
                parameters: Route.Parameter.paging, answers: [200: .json("Accounts.", .page(.reference("User")))]
            ) { [rooms] request in
                .json(View.page(try await rooms.accounts.accounts(page: try request.page()), View.user))
            },
            Route(
                .get, "/admin/users/{id}", "adminUser", "An account and its balance.", tag: "admin", access: .admin,
                answers: [
                    200: .json(
                        "The account.", .object([("user", .reference("User")), ("balance", .reference("Balance"))]))
                ]
            ) { [rooms] request in
                let caller = try await person(request)
                return .json(["user": View.user(caller.account), "balance": try await rooms.balance(of: caller)])
            },
            Route(
                .post, "/admin/users/{id}/adjust", "adminAdjust", "Gives or takes credits, with a reason.",
                tag: "admin", access: .admin, parameters: [.idempotency],
                body: .json(.object([("amount", .credits), ("reason", .text(1...200))])),
                answers: [200: .json("The balance.", .reference("Balance"))], refuses: [402, 409], handler: adjust),
        ]
    }

    private func person(_ request: HostRequest) async throws -> Caller {
        guard let account = try await rooms.accounts.account(try request.id(as: AccountKind.self)) else {
            throw Problem.notFound
        }
        return Caller(account: account, principal: nil)
    }

    @Sendable private func adjust(_ request: HostRequest) async throws -> Response {
        let person = try await person(request)
        let body = try await request.json()
        let (text, reason) = (try body.need("amount", upTo: 40), try body.need("reason", upTo: 200))
        guard let amount = try? Amount(parsing: text, unit: rooms.unit), amount.steps != 0 else {
            throw Problem(422, "bad_value", "amount is credits such as 2.50 or -1.", figures: [("field", "amount")])
        }
        let name = try person.ledgerName()
        let key = try request.idempotencyKey() ?? "\(IDGenerator().make(RequestKind.self))"
        let open = try IdempotencyKey("admin:open:\(IDGenerator().make(RequestKind.self))")
        _ = try await rooms.ledger.open(name, unit: rooms.unit, key: open)
        _ = try await rooms.ledger.adjust(name, by: amount, reason: reason, key: try IdempotencyKey("admin:\(key)"))
        return .json(try await rooms.balance(of: name))
    }

    private var work: [Route] {
        [
            Route(
                .get, "/admin/jobs", "adminJobs", "Everybody's jobs, the newest first.", tag: "admin", access: .admin,
                parameters: Route.Parameter.paging + [
                    Route.Parameter(
                        name: "status", schema: .choice(JobState.allCases.map { $0.rawValue.uppercased() }),
                        text: "Only jobs in this state.")
                ], answers: [200: .json("Jobs.", .page(.reference("Job")))]
            ) { [rooms] request in
                let state = try JobRoutes.state(request)
                let page = try await rooms.service.jobs(of: nil, state: state, page: try request.page())
                return .json(try await JobView(rooms: rooms).page(page, request.language))
            },
            Route(
                .get, "/admin/dead", "adminDead", "Jobs that failed for good.", tag: "admin", access: .admin,
                parameters: Route.Parameter.paging, answers: [200: .json("Jobs.", .page(.reference("Job")))]
            ) { [rooms] request in
                let page = try await rooms.service.jobs(of: nil, state: .failed, page: try request.page())
                return .json(try await JobView(rooms: rooms).page(page, request.language))
            },
            Route(
                .post, "/admin/dead/{id}/requeue", "adminRequeue", "Begins a dead job afresh, at its owner's cost.",
                tag: "admin", access: .admin, answers: [202: .json("The job.", .reference("Job"))],
                refuses: [402, 409, 422]
            ) { [rooms] request in
                let dead = try await rooms.service.job(try request.id(), of: nil)
                let job = try await rooms.service.retry(dead.id, of: dead.owner)
                return .json(try await JobView(rooms: rooms).one(job, request.language), status: 202)
            },
        ]
    }

    private var care: [Route] {
        [
            Route(
                .post, "/admin/retention/plan", "adminPlan", "Plans what is to be deleted; deletes nothing.",
                tag: "admin", access: .admin,
                answers: [
                    200: .json(
                        "The plan.",
                        .object([("plan_id", .text()), ("totals", .object([])), ("brakes", .list(.text()))]))
                ]
            ) { [rooms] _ in
                let plan = try await rooms.retention.plan()
                return .json([
                    "plan_id": .text("\(plan.id)"), "at": View.time(plan.at), "digest": .text(plan.digest),
                    "totals": plan.totals.json, "brakes": .list(plan.brakes.map { .text("\($0)") }),
                ])
            },
            Route(
                .post, "/admin/retention/apply", "adminApply", "Carries a plan out.", tag: "admin", access: .admin,
                body: .json(.object([("plan_id", .text(1...100))])),
                answers: [200: .json("What was done.", .object([("state", .text()), ("deleted", .integer())]))],
                refuses: [404, 409]
            ) { [rooms] request in
                let report = try await rooms.retention.apply(try await request.json().id("plan_id"))
                return .json([
                    "state": .text(report.state.rawValue), "deleted": .number(report.counts.deleted),
                    "purged": .number(report.counts.purged), "skipped": .number(report.counts.skipped),
                    "failed": .number(report.counts.failed), "problem": .text(report.problem),
                ])
            },
            Route(
                .get, "/admin/ledger/verify", "adminVerify", "Recomputes the books from their first line.",
                tag: "admin", access: .admin,
                answers: [
                    200: .json(
                        "What was found.",
                        .object([("ok", .flag), ("transactions", .integer()), ("problems", .list(.text()))]))
                ]
            ) { [rooms] _ in
                let found = try await rooms.ledger.verify()
                return .json([
                    "ok": .flag(found.ok), "transactions": .number(found.transactions),
                    "anchor": .text("\(found.anchor)"), "problems": .list(found.problems.map { .text("\($0)") }),
                ])
            },
        ]
    }
}
