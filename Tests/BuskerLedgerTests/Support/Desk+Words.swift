// Short words for what tests ask a ledger most.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

extension Desk {
    /// Opens an account in credits, with what it is to have.
    func open(_ name: String = "alice", with steps: Int64 = 0, unit: Amount.Unit = Desk.credits) async throws
        -> AccountName
    {
        let account = try AccountName(name)
        try await done(.open(account, unit: unit))
        if steps > 0 { try await done(.grant(account, Amount(steps: steps, unit: unit), GrantTerms())) }
        return account
    }

    @discardableResult
    func grant(
        _ account: AccountName, _ steps: Int64, _ terms: GrantTerms = GrantTerms(),
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Receipt {
        try await done(.grant(account, Self.credits(steps), terms), at: location)
    }

    @discardableResult
    func charge(
        _ account: AccountName, _ steps: Int64, scope: String? = nil, at location: SourceLocation = #_sourceLocation
    ) async throws -> Receipt {
        try await done(.charge(account, Self.credits(steps), scope: scope), at: location)
    }

    func hold(
        _ account: AccountName, _ steps: Int64, for life: Duration = .seconds(60), scope: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Receipt {
        try await done(.hold(account, Self.credits(steps), timeToLive: life, scope: scope), at: location)
    }

    /// The moment `microseconds` from now on the test's clock.
    func moment(in microseconds: Int64) -> Timestamp { clock.now.advanced(byMicroseconds: microseconds) }

    /// What remains in each grant, in the order in which they were given.
    func remaining() async throws -> [Int64] { try await tables().grants.map(\.remaining) }

    /// Posted, held and debt of an account.
    func standing(_ account: AccountName) async throws -> [Int64] {
        let row = try #require(try await tables().accounts.first { $0.name == account.text })
        return [row.posted, row.held, row.debt]
    }

    /// What stands on a house account, such as `~revenue`, in all units together.
    func house(_ prefix: String) async throws -> Int64 {
        try await tables().accounts.filter { $0.name.hasPrefix(prefix) }.reduce(0) { $0 + $1.posted }
    }
}

extension Receipt {
    /// The hold it made or closed.
    func held(at location: SourceLocation = #_sourceLocation) throws -> HoldID {
        try #require(hold, "the receipt names no hold", sourceLocation: location)
    }
}

let day: Int64 = 86_400_000_000
