// Where providers say that something happened.

import Busker
import BuskerPayments
import HTTPTypes
import Hummingbird
import Logging

/// The doors of webhooks.
struct PaymentRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .post, "/payments/webhooks/{provider}", "webhook", "Takes a signed event of a payment provider.",
                tag: "payments", access: .everybody, body: .bytes(["application/json": .object([])]),
                answers: [200: .nothing("The event is kept.")], handler: take)
        ]
    }

    @Sendable private func take(_ request: HostRequest) async throws -> Response {
        guard let door = rooms.doors[request.values["provider"] ?? ""] else { throw Problem.notFound }
        let body = try await request.bytes(upTo: 1 << 20)
        let answer = await door(body, request.request.headers)
        if let refusal = answer.refusal {
            rooms.log.warning("webhook refused", metadata: ["code": "\(refusal)", "request_id": "\(request.id)"])
            throw Problem(
                answer.status, answer.status == 503 ? "unavailable" : "bad_event", retryAfter: answer.retryAfter)
        }
        if let receipt = answer.receipt, let inbox = rooms.shop?.inbox {
            // What is not done when the process ends is done by the sweep.
            Task { _ = try? await inbox.process(receipt) }
        }
        return .empty(200)
    }
}
