// How a unit stands in the tables.

import BuskerCore

/// How a unit stands in the tables: its kind is a number there.
enum UnitCode {
    static func number(_ kind: Amount.Unit.Kind) -> Int64 {
        switch kind {
        case .credit: 1
        case .money: 2
        }
    }

    static func unit(code: String, scale: Int, kind: Int64) throws(AmountError) -> Amount.Unit {
        try Amount.Unit(code: code, scale: scale, kind: kind == number(.money) ? .money : .credit)
    }
}

/// What the ledger's own accounts are called, before the unit.
enum HouseName {
    static let receivablePrefix = "~receivable:"
}
