// What may be ordered, and what it costs.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerLedger
import Hummingbird

/// The routes of what is on offer; as open as the price of credits, so that who has no account yet can see both.
struct WorkRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .get, "/works", "works", "What may be ordered, and what it costs now; /jobs/quote says it of one file.",
                tag: "jobs", access: .everybody,
                answers: [
                    200: .json(
                        "The works.", .object([("unit", .text()), ("items", .list(.reference("Work")))]))
                ], handler: works)
        ]
    }

    @Sendable private func works(_ request: HostRequest) async throws -> Response {
        let works = rooms.service.works.values.sorted { $0.kind < $1.kind }
        let names = Set(works.flatMap { $0.offers.map(\.card) })
        let ledger = rooms.ledger
        let cards = try await rooms.database.read { tx in
            var found: [String: RateCard] = [:]
            for name in names { found[name] = try ledger.rateCard(name, in: tx) }
            return found
        }
        let items = works.map { View.work($0, isStandard: $0.kind == rooms.standardWork, cards) }
        return .json(["unit": .text(rooms.unit.code), "items": .list(items)])
    }
}
