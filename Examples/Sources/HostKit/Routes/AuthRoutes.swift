// Who somebody is: registration, login, sessions, passwords.

import BuskerAccounts
import BuskerCore
import HTTPTypes
import Hummingbird

/// The routes of accounts.
struct AuthRoutes {
    let rooms: HostRooms

    var routes: [Route] { entry + person }

    private var entry: [Route] {
        [
            Route(
                .post, "/auth/register", "register", "Makes an account with its free credits.", tag: "accounts",
                access: .everybody,
                body: .json(
                    .object([
                        ("email", .text(3...254)), ("password", .text(8...1_024)),
                        ("language?", .choice(Language.allCases.map(\.rawValue))),
                    ])),
                answers: [
                    201: .json("The account and its first session.", .reference("Session")),
                    202: .json("A mail says how it goes on.", .object([("status", .text())])),
                ], refuses: [409],
                handler: register),
            Route(
                .post, "/auth/login", "login", "Begins a session.", tag: "accounts", access: .everybody,
                body: .json(.object([("email", .text(1...254)), ("password", .text(1...1_024))])),
                answers: [200: .json("A session.", .reference("Session"))], refuses: [401, 403], handler: login),
            Route(
                .post, "/auth/refresh", "refresh", "Renews the tokens of a session.", tag: "accounts",
                access: .everybody, body: .json(.object([("refresh_token", .text(1...2_048))])),
                answers: [200: .json("New tokens.", .reference("Session"))], refuses: [401, 403, 409], handler: refresh),
            Route(
                .post, "/auth/logout", "logout", "Ends the session.", tag: "accounts", access: .session,
                answers: [204: .nothing("It is over.")], handler: logout),
            Route(
                .post, "/auth/verify-email", "verifyEmail", "Shows by the token of a mail that an address is right.",
                tag: "accounts", access: .everybody, body: .json(.object([("token", .text(1...2_048))])),
                answers: [200: .json("The account.", .object([("user", .reference("User"))]))], refuses: [],
                handler: verify),
            Route(
                .post, "/auth/confirm-email", "confirmEmail", "Changes an address by the token of a mail.",
                tag: "accounts", access: .everybody, body: .json(.object([("token", .text(1...2_048))])),
                answers: [200: .json("The account.", .object([("user", .reference("User"))]))], handler: confirm),
            Route(
                .post, "/auth/forgot", "forgot", "Sends a mail to set a new password, if the address has an account.",
                tag: "accounts", access: .everybody, body: .json(.object([("email", .text(1...254))])),
                answers: [202: .nothing("Whether there is such an account is not told.")], handler: forgot),
            Route(
                .post, "/auth/reset", "reset", "Sets a new password by the token of a mail.", tag: "accounts",
                access: .everybody,
                body: .json(.object([("token", .text(1...2_048)), ("password", .text(8...1_024))])),
                answers: [200: .json("The account.", .object([("user", .reference("User"))]))], handler: reset),
        ]
    }

    private var person: [Route] {
        [
            Route(
                .get, "/auth/me", "me", "Who asks, and what stands to their account.", tag: "accounts",
                access: .account(scope: "read"),
                answers: [
                    200: .json(
                        "The account.", .object([("user", .reference("User")), ("balance", .reference("Balance"))]))
                ]
            ) { [rooms] request in
                let caller = try request.who()
                return .json(["user": View.user(caller.account), "balance": try await rooms.balance(of: caller)])
            },
            Route(
                .post, "/auth/password", "changePassword", "Changes the password; other sessions end.",
                tag: "accounts", access: .session,
                body: .json(.object([("current", .text(1...1_024)), ("new", .text(8...1_024))])),
                answers: [204: .nothing("It is changed.")], refuses: [409], handler: change),
            Route(
                .post, "/auth/email", "changeEmail",
                "Sends a link to a new address, which becomes the account's when the link is used.", tag: "accounts",
                access: .session, body: .json(.object([("email", .text(3...254)), ("password", .text(1...1_024))])),
                answers: [202: .nothing("A mail is on its way; whether the address is taken is not told.")],
                refuses: [409], handler: move),
            Route(
                .get, "/auth/sessions", "sessions", "The sessions of the account.", tag: "accounts",
                access: .session,
                answers: [200: .json("The sessions.", .object([("items", .list(.object([("id", .text())])))]))]
            ) { [rooms] request in
                let caller = try request.who()
                let all = try await rooms.accounts.sessions(of: caller.account.id)
                let current: SessionID? = if case .session(let id)? = caller.principal?.proof { id } else { nil }
                return .json(["items": .list(all.map { View.session($0, current: current) })])
            },
            Route(
                .delete, "/auth/sessions/{id}", "endSession", "Ends a session.", tag: "accounts", access: .session,
                answers: [204: .nothing("It is over.")]
            ) { [rooms] request in
                let caller = try request.who()
                try await rooms.accounts.endSession(try request.id(), of: caller.account.id)
                return .empty()
            },
        ]
    }

    @Sendable private func register(_ request: HostRequest) async throws -> Response {
        let body = try await request.json()
        let email = try EmailAddress(parsing: try body.need("email"))
        let password = try Password(new: try body.need("password"))
        if let language = try body.text("language"), Language(rawValue: language) == nil {
            throw Problem(422, "bad_value", "language is en or ko.", figures: [("field", "language")])
        }
        let registration = try await rooms.accounts.register(email, password, from: request.client)
        guard rooms.configuration.revealsTakenAddresses else {
            return .json(["status": "check_mail"], status: 202)
        }
        switch registration {
        case .created(let proof): return try await open(proof, request, status: 201)
        case .taken: throw Problem(409, "email_taken")
        }
    }

    @Sendable private func login(_ request: HostRequest) async throws -> Response {
        let body = try await request.json()
        let proof = try await rooms.accounts.check(
            email: try body.need("email"), password: try body.need("password"), from: request.client)
        return try await open(proof, request, status: 200)
    }

    private func open(_ proof: LoginProof, _ request: HostRequest, status: Int) async throws -> Response {
        let label = request.request.headers[.userAgent] ?? ""
        return try await answer(try await rooms.accounts.openSession(proof, label: label), status: status)
    }

    private func answer(_ signed: SignedIn, status: Int) async throws -> Response {
        let balance = try await rooms.balance(of: Caller(account: signed.account, principal: nil))
        return .json(View.session(signed, balance: balance, at: rooms.clock.now), status: status)
    }

    @Sendable private func refresh(_ request: HostRequest) async throws -> Response {
        let token = try await request.json().need("refresh_token", upTo: 2_048)
        return try await answer(try await rooms.accounts.refresh(token), status: 200)
    }

    @Sendable private func logout(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        guard case .session(let id)? = caller.principal?.proof else { throw Problem.forbidden }
        try await rooms.accounts.endSession(id, of: caller.account.id)
        return .empty()
    }

    @Sendable private func verify(_ request: HostRequest) async throws -> Response {
        let token = try await request.json().need("token", upTo: 2_048)
        let account = try await Self.byLink { try await rooms.accounts.verifyEmail(token: token) }
        return .json(["user": View.user(account)])
    }

    @Sendable private func confirm(_ request: HostRequest) async throws -> Response {
        let token = try await request.json().need("token", upTo: 2_048)
        let account = try await Self.byLink { try await rooms.accounts.confirmEmail(token: token) }
        return .json(["user": View.user(account)])
    }

    @Sendable private func move(_ request: HostRequest) async throws -> Response {
        guard let principal = try request.who().principal else { throw Problem.forbidden }
        let body = try await request.json()
        let email = try EmailAddress(parsing: try body.need("email"))
        try await rooms.accounts.requestEmailChange(
            principal, to: email, password: try body.need("password"), from: request.client)
        return .empty(202)
    }

    @Sendable private func forgot(_ request: HostRequest) async throws -> Response {
        try await rooms.accounts.requestReset(email: try await request.json().need("email"), from: request.client)
        return .empty(202)
    }

    @Sendable private func reset(_ request: HostRequest) async throws -> Response {
        let body = try await request.json()
        let token = try body.need("token", upTo: 2_048)
        let password = try Password(new: try body.need("password"))
        let account = try await Self.byLink {
            try await rooms.accounts.resetPassword(token: token, new: password, from: request.client)
        }
        return .json(["user": View.user(account)])
    }

    /// A link that is no good is a wrong value, not a missing login.
    private static func byLink(_ use: () async throws -> Account) async throws -> Account {
        do {
            return try await use()
        } catch let error as AccountsError where error.code == .badToken || error.code == .expired {
            throw Problem(422, "bad_link")
        }
    }

    @Sendable private func change(_ request: HostRequest) async throws -> Response {
        let caller = try request.who()
        guard let principal = caller.principal else { throw Problem.forbidden }
        let body = try await request.json()
        let new = try Password(new: try body.need("new"))
        try await rooms.accounts.changePassword(
            principal, current: try body.need("current"), new: new, from: request.client)
        return .empty()
    }
}
