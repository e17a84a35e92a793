// What subscribers may use.

public import BuskerCore
import BuskerDatabase
public import BuskerLedger
import BuskerPayments

/// A subscription of an account as its provider saw it last.
public struct Entitlement: Sendable, Hashable {
    /// The name of the note that holds the host's account in a subscription.
    public static let accountNote = "busker_account"

    /// The provider's id of the subscription.
    public let subscription: String
    /// Whose it is.
    public let account: AccountName
    /// The provider's word for its state.
    public let status: String
    /// Whether what was subscribed to may be used.
    public let isActive: Bool
    /// The end of the period that is paid for.
    public let periodEnd: Timestamp?

    /// Keeps how a subscription stands; one that names no account is nobody's.
    static func store(_ standing: SubscriptionStanding, at now: Timestamp, in tx: Transaction) throws {
        guard let account = standing.notes[accountNote] else { return }
        try tx.execute(
            """
            INSERT INTO busker_entitlement (provider, mode, subscription, account, status, active, period_end_us,
            updated_us)
            VALUES (\(standing.object.provider.name), \(standing.object.mode.rawValue), \(standing.id), \(account),
            \(standing.status), \(standing.isActive), \(standing.periodEnd), \(now))
            ON CONFLICT (provider, mode, subscription) DO UPDATE SET account = excluded.account,
            status = excluded.status, active = excluded.active, period_end_us = excluded.period_end_us,
            updated_us = excluded.updated_us
            """)
    }

    static func list(_ account: AccountName, in tx: ReadTransaction) throws -> [Entitlement] {
        try tx.rows(
            """
            SELECT subscription, status, active, period_end_us FROM busker_entitlement WHERE account = \(account.text)
            ORDER BY subscription
            """
        ).map { row in
            Entitlement(
                subscription: try row.get(0), account: account, status: try row.get(1), isActive: try row.get(2),
                periodEnd: try row.get(3))
        }
    }
}
