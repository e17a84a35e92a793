// Who sends a request, and what they may do.

import BuskerAccounts
import BuskerCore
import BuskerLedger

/// Who asks, and by what proof.
public struct Caller: Sendable {
    /// The account.
    public let account: Account
    /// What a token or key proved; nothing for tickets.
    public let principal: Principal?

    /// The account's name wherever files and jobs have owners.
    public var owner: String { account.id.description }

    /// The account's name in the ledger.
    ///
    /// - Throws: `LedgerError`; never for ids of accounts.
    public func ledgerName() throws -> AccountName { try AccountName(owner) }
}
