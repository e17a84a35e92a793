// A second ledger, meant to be plainly right: arrays, no indexes, one command after the other.

import BuskerCore
import BuskerLedger

/// What the ledger should answer, worked out in the simplest way from the rules alone.
///
/// It knows nothing of keys, batches, SQL or clocks: it is told at which instant each command happened, and which grants and
/// holds were swept before it.
struct NaiveLedger {
    struct Account: Equatable {
        var name: String
        var unit: Amount.Unit
        var posted: Int64 = 0
        var held: Int64 = 0
        var debt: Int64 = 0
        var closed = false
    }

    struct Grant: Equatable {
        var account: String
        var category: GrantCategory
        var priority = 50
        var scope: String?
        var amount: Int64
        var remaining: Int64
        var held: Int64 = 0
        var effective: Int64
        var expires: Int64?
        var cost: Money?
        var payment: String?

        var free: Int64 { remaining - held }
        func isOver(at now: Int64) -> Bool { expires.map { now >= $0 } ?? false }
    }

    enum HoldState: Int64 { case active = 1, captured, released, expired }

    struct Hold: Equatable {
        var id: HoldID
        var account: String
        var amount: Int64
        var captured: Int64 = 0
        var state = HoldState.active
        var expires: Int64
        var scope: String?
    }

    /// A part of a grant that a charge, hold or top-up took: `taken` is what is still spent of it.
    struct Slice: Equatable {
        var owner: TransactionID
        var grant: Int
        var amount: Int64
        var taken: Int64
    }

    /// Something spent that can be given back: a charge, or a capture with the slices of its hold and of its top-up.
    struct Spent {
        var account: String
        var amount: Int64
        var reversed: Int64 = 0
        var slices: [Int]
    }

    /// What happened, as a receipt tells it.
    struct Done: Equatable {
        var kind: TransactionKind
        var account: String
        var amount: Int64
        var posted: Int64
        var held: Int64
        var debt: Int64
    }

    /// The figures of a refusal.
    struct Figures: Equatable {
        var needed: Int64
        var available: Int64
        var held: Int64
        var debt: Int64
    }

    /// A refusal, thrown so that nothing is changed before it.
    struct Refusal: Error, Equatable {
        var code: LedgerError.Code
        var figures: Figures?
        init(_ code: LedgerError.Code, _ figures: Figures? = nil) {
            self.code = code
            self.figures = figures
        }
    }

    var limits = LedgerLimits()
    var accounts: [Account] = []
    var grants: [Grant] = []
    var holds: [Hold] = []
    var slices: [Slice] = []
    var spent: [TransactionID: Spent] = [:]
    var clawed: [String: Int64] = [:]
    var last: Int64 = .min

    func account(_ name: String) -> Account? { accounts.first { $0.name == name } }

    /// What a charge on `scope` could spend.
    func available(_ name: String, scope: String?, at now: Int64) -> Int64 {
        burnOrder(name, scope: scope, at: now).reduce(0) { $0 + grants[$1].free }
    }

    /// The grants that a charge may spend, in the order in which it spends them.
    func burnOrder(_ name: String, scope: String?, at now: Int64) -> [Int] {
        sorted(
            grants.indices.filter {
                let g = grants[$0]
                return g.account == name && g.free > 0 && g.effective <= now && !g.isOver(at: now)
                    && (g.scope == nil || g.scope == scope)
            })
    }

    /// Priority; a scope before none; the sooner expiry, none last; free before paid; the earlier effect; the earlier grant.
    func sorted(_ chosen: [Int]) -> [Int] {
        func rank(_ at: Int) -> [Int64] {
            let g = grants[at]
            let free: Int64 = (g.cost?.minorUnits ?? 0) == 0 ? 0 : 1
            return [Int64(g.priority), g.scope == nil ? 1 : 0, g.expires ?? .max, free, g.effective, Int64(at)]
        }
        return chosen.sorted { rank($0).lexicographicallyPrecedes(rank($1)) }
    }

    /// What is over at `now` on an account and has not been swept.
    func due(_ name: String, at now: Int64) -> (holds: [Int], grants: [Int]) {
        (
            holds.indices.filter { holds[$0].account == name && holds[$0].state == .active && now >= holds[$0].expires },
            grants.indices.filter { grants[$0].account == name && grants[$0].isOver(at: now) && grants[$0].free > 0 }
        )
    }
}
