// What disputes make of a payment's money.

import BuskerCore

/// Sums up the disputes of one payment.
struct DisputeTotals {
    /// What a dispute does to the money.
    enum Fate {
        /// It is open: the money is held, and the end is not known. What is not known counts as open.
        case open
        /// The money is gone.
        case lost
        /// No money moved, or it came back.
        case harmless
    }

    /// The most disputes that are read for one payment.
    static let pagesMax = 20

    private let whole: Money
    private(set) var contested: Money
    private(set) var lost: Money
    private(set) var isOpen = false

    /// Begins with none; no sum grows beyond the whole payment.
    init(of whole: Money) {
        self.whole = whole
        contested = Money(minorUnits: 0, currency: whole.currency)
        lost = contested
    }

    /// Adds a dispute; one whose sum cannot be counted is about the whole payment.
    mutating func add(_ fate: Fate, _ amount: Money?) {
        guard fate != .harmless else { return }
        contested = grown(contested, by: amount)
        if fate == .lost { lost = grown(lost, by: amount) } else { isOpen = true }
    }

    private func grown(_ sum: Money, by amount: Money?) -> Money {
        guard let amount, amount.minorUnits >= 0, let total = try? sum.adding(amount) else { return whole }
        return total.minorUnits < whole.minorUnits ? total : whole
    }
}
