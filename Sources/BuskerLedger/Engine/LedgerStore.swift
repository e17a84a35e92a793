// What the engine asks of whatever keeps the rows.

package import BuskerCore
package import BuskerDatabase

/// Where the engine's rows come from and go to.
package protocol LedgerStore {
    /// Looks up everything that is wanted, at once.
    func load(_ wanted: LedgerWants) throws(DatabaseError) -> LedgerFinds
    /// Writes rows; called at the end of a batch, and before when a batch grows large.
    func save(_ changes: LedgerChanges) throws(DatabaseError)
}

/// What a batch wants to know, asked for at once.
package struct LedgerWants: Sendable {
    /// The end of the chain, locked until the transaction ends.
    package var head = false
    package var keys: [IdempotencyKey] = []
    package var names: [String] = []
    package var accounts: [Int64] = []
    package var units: [String] = []
    /// Transactions with their account and slices, the grants of those, and the hold they made.
    package var targets: [TransactionID] = []
    /// Slices by the number of their owner, with their grants.
    package var owners: [Int64] = []
    /// Transactions by number, alone.
    package var sequences: [Int64] = []
    package var payments: [String] = []
    /// All live grants of a scope on accounts that have few.
    package var lanes: [LaneWant] = []
    /// Live grants of one scope on one account, from a place on.
    package var pages: [PageWant] = []
    /// What is due on one account.
    package var due: DueWant?
    /// The scopes that the live grants of an account are bound to.
    package var scopesOf: Int64?
    /// The sum of what is usable beyond a place.
    package var sum: SumWant?
    /// Accounts on which something may be due at an instant, the longest due first.
    package var dueAccounts: (at: Int64, limit: Int)?

    package init() {}

    /// The live grants of one scope, on several accounts.
    package struct LaneWant: Sendable {
        package let scope: String
        package var accounts: [Int64]
    }

    /// Some live grants of one scope on one account, in burn order.
    package struct PageWant: Sendable {
        package let account: Int64
        package let scope: String
        package let after: BurnOrder?
        package let limit: Int
    }

    /// What ended on an account by `at`, in the order of their ends, and what ends next.
    package struct DueWant: Sendable {
        package let account: Int64
        package let at: Int64
        /// Grants that end by this instant are to be announced.
        package let noticeUntil: Int64
        package let limit: Int
        package var afterGrant: (expires: Int64, id: Int64)?
        package var afterHold: (expires: Int64, id: Int64)?
        package var afterNotice: (expires: Int64, id: Int64)?
    }

    /// What is usable at an instant (`nil` for everything unheld) beyond a place in a lane.
    package struct SumWant: Sendable {
        package let account: Int64
        package let scope: String
        package let after: BurnOrder?
        package let at: Int64?
    }
}

/// What was found; what is not here does not exist.
package struct LedgerFinds: Sendable {
    package var head: LedgerHead?
    package var outcomes: [TransactionRow] = []
    package var refusals: [RefusalRow] = []
    package var accounts: [AccountRow] = []
    package var units: [Amount.Unit] = []
    package var transactions: [TransactionRow] = []
    package var holds: [HoldRow] = []
    package var slices: [SliceRow] = []
    package var grants: [GrantRow] = []
    /// What clawbacks of a payment have taken so far, less what was reinstated.
    package var clawed: [(payment: String, net: Int64)] = []
    /// Whether a page came back full, in the order of the pages.
    package var fullPages: [Bool] = []
    package var due = Due()
    package var scopes: [String] = []
    package var sum: Int64 = 0
    package var dueAccounts: [Int64] = []

    package init() {}

    /// What is due on an account.
    package struct Due: Sendable {
        package var grants: [GrantRow] = []
        package var holds: [HoldRow] = []
        package var notices: [GrantRow] = []
        /// When the next grant or hold ends, or the next end is to be announced.
        package var nextGrant = LedgerSchema.never
        package var nextHold = LedgerSchema.never
        package var nextNotice = LedgerSchema.never

        package init() {}
    }
}

/// Rows to write.
package struct LedgerChanges: Sendable {
    package var head: LedgerHead?
    package var units: [Amount.Unit] = []
    package var accounts: [AccountRow] = []
    package var transactions: ArraySlice<TransactionRow> = []
    package var entries: [EntryRow] = []
    package var newSlices: [SliceRow] = []
    package var takenSlices: [SliceRow] = []
    package var grants: [GrantRow] = []
    package var holds: [HoldRow] = []
    package var refusals: [RefusalRow] = []
    package var events: [EventRow] = []

    package init() {}
}
