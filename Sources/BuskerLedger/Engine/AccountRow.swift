// An account as the engine sees it.

package import BuskerCore

/// Whether a row must be written.
package enum RowChange: Sendable {
    /// As it is stored.
    case none
    /// Stored, with figures that have changed since.
    case figures
    /// Stored, with columns changed that indexes depend on.
    case indexed
    /// Not stored yet.
    case new

    mutating func touch(indexed: Bool = false) {
        switch self {
        case .none: self = indexed ? .indexed : .figures
        case .figures: if indexed { self = .indexed }
        case .indexed, .new: break
        }
    }
}

/// The accounts of the ledger itself, one set for each unit.
package enum HouseAccount: Int64, Sendable, CaseIterable {
    case issuedPaid = 1
    case issuedPromo = 2
    case revenue = 3
    case breakage = 4
    case clawback = 5
    /// Its balance is the sum of all debts, negative.
    case receivable = 6
    case adjust = 7

    /// The name of the account that counts a unit.
    package func name(unit: String) -> String {
        switch self {
        case .issuedPaid: "~issued.paid:\(unit)"
        case .issuedPromo: "~issued.promo:\(unit)"
        case .revenue: "~revenue:\(unit)"
        case .breakage: "~breakage:\(unit)"
        case .clawback: "~clawback:\(unit)"
        case .receivable: "~receivable:\(unit)"
        case .adjust: "~adjust:\(unit)"
        }
    }
}

/// An account: its balance, and when something on it falls due.
package struct AccountRow: Sendable {
    package let id: Int64
    package let name: String
    package let unit: Amount.Unit
    /// 0 for a customer, else the raw value of ``HouseAccount``.
    package let house: Int64
    package var posted: Int64 = 0
    package var held: Int64 = 0
    package var debt: Int64 = 0
    package var version: Int64 = 0
    package var isClosed = false
    /// Nothing falls due before this instant.
    package var due = LedgerSchema.never
    /// The number of live grants.
    package var grants: Int64 = 0
    /// The transaction that opened it.
    package let opened: Int64
    package let created: Int64
    package var change = RowChange.none

    package init(id: Int64, name: String, unit: Amount.Unit, house: Int64, opened: Int64, created: Int64) {
        self.id = id
        self.name = name
        self.unit = unit
        self.house = house
        self.opened = opened
        self.created = created
    }

    /// What is posted and not held; always in range, because `held` never exceeds `posted`.
    var free: Int64 { posted - held }

    /// The lane of credit that is good for everything; −1 until it is looked for.
    var plainLane = -1
    /// Whether the lanes of every scope on the account are known.
    var scopesKnown = false
    var figures: BalanceFigures { BalanceFigures(posted: posted, held: held, debt: debt) }
}

/// What stands on an account.
package struct BalanceFigures: Sendable, Hashable {
    package let posted: Int64
    package let held: Int64
    package let debt: Int64

    /// What is posted and not held.
    package var free: Int64 { posted - held }
}
