// What an account has, as a reader sees it.

public import BuskerCore

/// What an account has at one moment.
///
/// Grants and holds whose time is over count as over, whether or not they have been swept: `available` is what a charge made
/// now would find. Always `available` plus `scoped` plus what has yet to take effect plus `held` is `posted`.
public struct Balance: Sendable, Hashable {
    /// Whose balance it is.
    public let account: AccountName
    /// All credit, held or not, in effect or not yet.
    public let posted: Amount
    /// What holds have set aside.
    public let held: Amount
    /// What can be spent on anything now; nothing while there is debt.
    public let available: Amount
    /// What the account owes.
    public let debt: Amount
    /// What can be spent beside ``available`` on one thing only, in the order of the bytes of the scopes.
    public let scoped: [ScopedCredit]
    /// What can be spent now and ends within ``LedgerLimits/expiringSoonSeconds``, the earliest first; at most
    /// ``LedgerLimits/expiringRowsMax`` instants.
    public let expiringSoon: [ExpiringCredit]
    /// The last transaction that the balance knows of.
    public let asOfSequence: Int64
    /// The moment it holds for, on the ledger's own clock.
    public let asOf: Timestamp

    /// The unit in which the account is kept.
    public var unit: Amount.Unit { posted.unit }

    /// What a charge with a scope could spend now: ``available`` and what is bound to that scope.
    public func available(for scope: String?) -> Amount {
        guard let scope, let bound = scoped.first(where: { ByteText.equal($0.scope, scope) }) else { return available }
        let (sum, overflow) = available.steps.addingReportingOverflow(bound.amount.steps)
        return Amount(steps: overflow ? .max : sum, unit: unit)
    }
}

/// Credit that can be spent on one thing only.
public struct ScopedCredit: Sendable, Hashable {
    /// What it can be spent on; two scopes are the same when their bytes are.
    public let scope: String
    /// How much of it nothing holds.
    public let amount: Amount
}

/// Credit that ends at one instant.
public struct ExpiringCredit: Sendable, Hashable {
    /// How much of it nothing holds.
    public let amount: Amount
    /// The instant from which it can no longer be spent.
    public let at: Timestamp
}

/// What an account had at another moment.
public struct PastBalance: Sendable, Hashable {
    /// By which of a transaction's two times the moment is meant.
    public enum Basis: Sendable, Hashable {
        /// When the ledger wrote it down: what an answer given at that moment would have said.
        case created
        /// When it took effect: an end counts from the instant it was due, however late it was swept, also in the future;
        /// credit that was given for a later time counts from then on.
        case effective
    }

    /// Whose balance it is.
    public let account: AccountName
    /// All credit, held or not.
    public let posted: Amount
    /// What holds had set aside.
    public let held: Amount
    /// What the account owed.
    public let debt: Amount
    /// The moment.
    public let at: Timestamp
    /// By which time the moment is meant.
    public let basis: Basis
    /// The last transaction of the ledger that was written down at or before the moment.
    public let asOfSequence: Int64
}
