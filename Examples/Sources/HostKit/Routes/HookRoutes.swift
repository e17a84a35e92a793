// Servers of customers that want to be told.

import BuskerCore
import BuskerJobs
import Hummingbird

/// The routes of webhooks that are sent.
struct HookRoutes {
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .get, "/webhooks", "webhooks", "The servers that are told how jobs ended.", tag: "webhooks",
                access: .account(scope: "read"),
                answers: [200: .json("The endpoints.", .object([("items", .list(.reference("Endpoint")))]))]
            ) { [rooms] request in
                let all = try await rooms.hooks.endpoints(of: try request.who().owner)
                return .json(["items": .list(all.map(View.endpoint))])
            },
            Route(
                .post, "/webhooks", "addWebhook",
                "Adds a server; messages are signed by Standard Webhooks with a secret that is shown this once.",
                tag: "webhooks", access: .account(scope: "work"),
                body: .json(.object([("url", .text(1...2_048)), ("events?", .list(.choice(HookNews.types)))])),
                answers: [
                    201: .json(
                        "The endpoint and its secret.",
                        .object([("endpoint", .reference("Endpoint")), ("secret", .text())]))
                ], handler: add),
            Route(
                .delete, "/webhooks/{id}", "removeWebhook", "Tells a server nothing any more.", tag: "webhooks",
                access: .account(scope: "work"), answers: [204: .nothing("It is gone.")]
            ) { [rooms] request in
                try await rooms.hooks.remove(try request.id(), of: try request.who().owner)
                return .empty()
            },
        ]
    }

    @Sendable private func add(_ request: HostRequest) async throws -> Response {
        let owner = try request.who().owner
        let body = try await request.json()
        let events = try body.texts("events") ?? []
        guard events.allSatisfy(HookNews.types.contains) else {
            throw Problem(
                422, "bad_value", "events are some of \(HookNews.types.joined(separator: ", ")).",
                figures: [("field", "events")])
        }
        let made = try await rooms.hooks.add(owner: owner, url: try body.need("url", upTo: 2_048), types: events)
        return .json(["endpoint": View.endpoint(made.endpoint), "secret": .text(made.secret)], status: 201)
    }
}

extension View {
    static func endpoint(_ endpoint: WebhookEndpoint) -> JSON {
        [
            "id": .text("\(endpoint.id)"), "url": .text(endpoint.url),
            "events": .list(endpoint.types.map { .text($0) }), "created_at": time(endpoint.createdAt),
            "failing_since": time(endpoint.failingSince), "disabled_at": time(endpoint.disabledAt),
            "reason": text(endpoint.reason),
        ]
    }
}
