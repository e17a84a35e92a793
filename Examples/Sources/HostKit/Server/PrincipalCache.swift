// Remembers for a moment who showed which token.

import BuskerAccounts
import Synchronization

/// Who showed a token within the last second, so that many requests of one client ask the database once.
///
/// Whatever this process changes about accounts forgets everything at once; what another process changes is known here a second
/// later.
final class PrincipalCache: Sendable {
    /// How long somebody is remembered.
    static let time: Duration = .seconds(1)
    private static let tokensMax = 10_000

    private struct State {
        var known: [String: (principal: Principal, until: ContinuousClock.Instant)] = [:]
        var generation = 0
    }

    private let state = Mutex(State())

    /// Who showed a token; asks where nobody is remembered.
    func principal(
        _ token: String, _ ask: () async throws(AccountsError) -> Principal
    ) async throws(AccountsError) -> Principal {
        let now = ContinuousClock.now
        let (known, generation) = state.withLock { ($0.known[token], $0.generation) }
        if let known, known.until > now { return known.principal }
        let principal = try await ask()
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.known.count >= Self.tokensMax { state.known.removeAll(keepingCapacity: true) }
            state.known[token] = (principal, now + Self.time)
        }
        return principal
    }

    /// Forgets everybody.
    func forget() {
        state.withLock { state in
            state.known.removeAll(keepingCapacity: true)
            state.generation += 1
        }
    }
}
