// Proof for readers that cannot send headers, for a while.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerJobs
import Hummingbird

/// The route of tickets.
struct TicketRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .post, "/job/{id}/ticket", "ticket", "Makes a ticket for readers that cannot send headers.",
                tag: "jobs", access: .account(scope: "read"),
                parameters: [
                    Route.Parameter(
                        name: "purpose", schema: .choice(Ticket.Purpose.allCases.map(\.rawValue)),
                        text: "What it opens; all when nothing is said.")
                ],
                answers: [
                    200: .json("The ticket.", .object([("ticket", .text()), ("expires_at", .time)]))
                ], handler: ticket)
        ]
    }

    @Sendable private func ticket(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let job = try await rooms.service.job(try request.id(), of: caller.owner)
        guard let purpose = Ticket.Purpose(rawValue: request.query("purpose") ?? "all") else {
            throw Problem.bad("purpose", "purpose is one of all, events, preview, download.")
        }
        let expires = rooms.clock.now.advanced(by: .seconds(TicketOffice.seconds))
        let ticket = Ticket(account: caller.account.id, job: job.id, purpose: purpose, expires: expires)
        return .json(["ticket": .text(rooms.tickets.text(ticket)), "expires_at": View.time(expires)])
    }
}
