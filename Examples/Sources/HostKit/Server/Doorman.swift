// Lets in whoever may come in, as often as they may.

import BuskerAccounts
import BuskerCore
import BuskerJobs
import HTTPTypes
import Hummingbird

/// Knows who asks, and counts how often.
struct Doorman: Sendable {
    let accounts: AccountStore
    let tickets: TicketOffice
    let clock: any WallClock
    let byAddress: RateLimiter<ClientAddress>?
    let byAccount: RateLimiter<AccountID>?
    let cache = PrincipalCache()

    /// Counts a request of an address.
    ///
    /// - Throws: ``Problem`` 429.
    func count(_ client: ClientAddress) throws {
        guard let wait = byAddress?.take(client) else { return }
        throw Problem(429, "rate_limited", retryAfter: Problem.seconds(wait))
    }

    /// Who asks, if the route wants to know; refuses whoever may not ask.
    ///
    /// - Throws: ``Problem`` 401, 403 or 429.
    func admit(_ request: Request, to route: Route, _ values: [String: String]) async throws -> Caller? {
        let caller: Caller
        switch route.access {
        case .everybody: return nil
        case .account(let scope): caller = try await byToken(request, scope: scope)
        case .session:
            caller = try await byToken(request, scope: nil)
            guard case .session? = caller.principal?.proof else {
                throw Problem(403, "forbidden", "An API key cannot do this; log in.")
            }
        case .admin:
            caller = try await byToken(request, scope: nil)
            try caller.principal?.requireAdmin()
        case .ticket(let scope):
            if request.headers[.authorization] == nil, let text = request.uri.queryParameters["ticket"] {
                caller = try await byTicket(String(text), route, values)
            } else {
                caller = try await byToken(request, scope: scope)
            }
        }
        if let wait = byAccount?.take(caller.account.id) {
            throw Problem(429, "rate_limited", retryAfter: Problem.seconds(wait))
        }
        return caller
    }

    private func byToken(_ request: Request, scope: String?) async throws -> Caller {
        guard let header = request.headers[.authorization] else { throw Problem.unauthorised() }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 4_096 else {
            throw Problem.unauthorised("bad_token")
        }
        let token = String(parts[1])
        let principal = try await cache.principal(token) { () async throws(AccountsError) in
            token.hasPrefix("bsk_")
                ? try await accounts.authenticate(key: token) : try await accounts.authenticate(token)
        }
        if let scope { try principal.require(scope: scope) }
        return Caller(account: principal.account, principal: principal)
    }

    private func byTicket(_ text: String, _ route: Route, _ values: [String: String]) async throws -> Caller {
        guard let ticket = tickets.ticket(text, at: clock.now) else { throw Problem.unauthorised("bad_ticket") }
        guard values["id"] == "\(ticket.job)", ticket.purpose == .all || route.tag == ticket.purpose.rawValue,
            let account = try await accounts.account(ticket.account), !account.isDisabled
        else { throw Problem.unauthorised("bad_ticket") }
        return Caller(account: account, principal: nil)
    }
}
