// API keys of an account.

import BuskerAccounts
import BuskerCore
import Hummingbird

/// The routes of API keys; only a session makes and revokes them.
struct KeyRoutes {
    /// What a key may be allowed.
    static let scopes: Set<String> = ["read", "work", "buy", "admin"]
    let rooms: HostRooms

    var routes: [Route] {
        [
            Route(
                .get, "/auth/keys", "keys", "The keys of the account, without their secrets.", tag: "keys",
                access: .session, answers: [200: .json("The keys.", .object([("items", .list(.reference("Key")))]))]
            ) { [rooms] request in
                let all = try await rooms.accounts.keys(of: try request.who().account.id)
                return .json(["items": .list(all.map(View.key))])
            },
            Route(
                .post, "/auth/keys", "makeKey", "Makes a key; its secret is shown this once.", tag: "keys",
                access: .session,
                body: .json(
                    .object([
                        ("name", .text(1...100)), ("scopes?", .list(.choice(Self.scopes.sorted()))),
                        ("expires_at?", .time),
                    ])),
                answers: [
                    201: .json("The key and its secret.", .object([("key", .reference("Key")), ("secret", .text())]))
                ], refuses: [409], handler: make),
            Route(
                .delete, "/auth/keys/{id}", "revokeKey", "Revokes a key for good.", tag: "keys", access: .session,
                answers: [204: .nothing("It opens nothing any more.")]
            ) { [rooms] request in
                try await rooms.accounts.revokeKey(try request.id(), of: try request.who().account.id)
                return .empty()
            },
        ]
    }

    @Sendable private func make(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        let body = try await request.json()
        let scopes = Set(try body.texts("scopes") ?? ["read", "work"])
        guard scopes.isSubset(of: Self.scopes), !scopes.isEmpty,
            !scopes.contains("admin") || caller.account.role == .admin
        else {
            throw Problem(
                422, "bad_value", "scopes are some of \(Self.scopes.sorted().joined(separator: ", ")).",
                figures: [("field", "scopes")])
        }
        var expires: Timestamp?
        if let text = try body.text("expires_at") {
            guard let moment = try? Timestamp(iso8601: text) else {
                throw Problem(422, "bad_value", "expires_at is a time of RFC 3339.", figures: [("field", "expires_at")])
            }
            expires = moment
        }
        let new = try await rooms.accounts.makeKey(
            of: caller.account.id, name: try body.need("name"), scopes: scopes, expiresAt: expires)
        return .json(["key": View.key(new.key), "secret": .text(new.text.secret)], status: 201)
    }
}
