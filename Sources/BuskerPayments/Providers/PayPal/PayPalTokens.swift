// Access tokens of PayPal, fetched once for many requests.

import BuskerCore
import Synchronization

/// Keeps an access token until shortly before its end; whoever needs one while it is fetched waits for the same fetch.
final class PayPalTokens: Sendable {
    struct Token: Sendable {
        let key: APIKey
        let until: Timestamp
        let number: Int
    }

    private struct State {
        var token: Token?
        var flight: Task<Token, any Error>?
        var count = 0
    }

    private enum Way {
        case known(Token)
        case flight(Task<Token, any Error>)
    }

    typealias Fetch = @Sendable () async throws(PaymentError) -> (key: APIKey, until: Timestamp)

    private let state = Mutex(State())

    /// The token that is known, or a new one.
    func token(at now: Timestamp, fetch: @escaping Fetch) async throws(PaymentError) -> Token {
        let way = state.withLock { state -> Way in
            if let token = state.token, now < token.until { return .known(token) }
            if let flight = state.flight { return .flight(flight) }
            state.count += 1
            let number = state.count
            let flight = Task { try await self.land(number, fetch) }
            state.flight = flight
            return .flight(flight)
        }
        switch way {
        case .known(let token): return token
        case .flight(let flight):
            do {
                return try await flight.value
            } catch {
                throw error as? PaymentError ?? PaymentError(.unavailable, "PayPal gave no token.")
            }
        }
    }

    /// Forgets a token that PayPal refused, unless a newer one came meanwhile.
    func drop(_ token: Token) {
        state.withLock { if $0.token?.number == token.number { $0.token = nil } }
    }

    private func land(_ number: Int, _ fetch: Fetch) async throws -> Token {
        do {
            let (key, until) = try await fetch()
            let token = Token(key: key, until: until, number: number)
            state.withLock { state in
                state.flight = nil
                state.token = token
            }
            return token
        } catch {
            state.withLock { $0.flight = nil }
            throw error
        }
    }
}
