// A second ledger, meant to be plainly right: arrays, no indexes, one command after the other.

public import BuskerCore
public import BuskerLedger

/// What the ledger should answer, worked out in the simplest way from the rules alone.
///
/// It knows nothing of keys, batches, SQL or clocks: it is told at which instant each command happened, and which grants and
/// holds were swept before it.
public struct NaiveLedger: Sendable {
    public struct Account: Equatable, Sendable {
        public var name: String
        public var unit: Amount.Unit
        public var posted: Int64 = 0
        public var held: Int64 = 0
        public var debt: Int64 = 0
        public var closed = false
    }

    public struct Grant: Equatable, Sendable {
        public var account: String
        public var category: GrantCategory
        public var priority = 50
        public var scope: String?
        public var amount: Int64
        public var remaining: Int64
        public var held: Int64 = 0
        public var effective: Int64
        public var expires: Int64?
        public var cost: Money?
        public var payment: String?
        /// Whether a `grant` made it, not a reversal, transfer or reinstatement.
        public var isOriginal = false

        public var free: Int64 { remaining - held }
        public func isOver(at now: Int64) -> Bool { expires.map { now >= $0 } ?? false }
    }

    public enum HoldState: Int64, Sendable {
        case active = 1
        case captured, released, expired
    }

    public struct Hold: Equatable, Sendable {
        public var id: HoldID
        public var account: String
        public var amount: Int64
        public var captured: Int64 = 0
        public var state = HoldState.active
        public var expires: Int64
        public var scope: String?
    }

    /// A part of a grant that a charge, hold or top-up took: `taken` is what is still spent of it.
    public struct Slice: Equatable, Sendable {
        public var owner: TransactionID
        public var grant: Int
        public var amount: Int64
        public var taken: Int64
    }

    /// Something spent that can be given back: a charge, or a capture with the slices of its hold and of its top-up.
    public struct Spent: Sendable {
        public var account: String
        public var amount: Int64
        public var reversed: Int64 = 0
        public var slices: [Int]
    }

    /// What happened, as a receipt tells it.
    public struct Done: Equatable, Sendable {
        public var kind: TransactionKind
        public var account: String
        public var amount: Int64
        public var posted: Int64
        public var held: Int64
        public var debt: Int64

        public init(kind: TransactionKind, account: String, amount: Int64, posted: Int64, held: Int64, debt: Int64) {
            self.kind = kind
            self.account = account
            self.amount = amount
            self.posted = posted
            self.held = held
            self.debt = debt
        }
    }

    /// The figures of a refusal.
    public struct Figures: Equatable, Sendable {
        public var needed: Int64
        public var available: Int64
        public var held: Int64
        public var debt: Int64

        public init(needed: Int64, available: Int64, held: Int64, debt: Int64) {
            self.needed = needed
            self.available = available
            self.held = held
            self.debt = debt
        }
    }

    /// A refusal, thrown so that nothing is changed before it.
    public struct Refusal: Error, Equatable {
        public var code: LedgerError.Code
        public var figures: Figures?
        public init(_ code: LedgerError.Code, _ figures: Figures? = nil) {
            self.code = code
            self.figures = figures
        }
    }

    public init() {}

    public var limits = LedgerLimits()
    public var accounts: [Account] = []
    public var grants: [Grant] = []
    public var holds: [Hold] = []
    public var slices: [Slice] = []
    public var spent: [TransactionID: Spent] = [:]
    public var clawed: [String: Int64] = [:]
    public var last: Int64 = .min

    public func account(_ name: String) -> Account? { accounts.first { $0.name == name } }

    /// What a charge on `scope` could spend.
    public func available(_ name: String, scope: String?, at now: Int64) -> Int64 {
        burnOrder(name, scope: scope, at: now).reduce(0) { $0 + grants[$1].free }
    }

    /// The grants that a charge may spend, in the order in which it spends them.
    public func burnOrder(_ name: String, scope: String?, at now: Int64) -> [Int] {
        sorted(
            grants.indices.filter {
                let g = grants[$0]
                return g.account == name && g.free > 0 && g.effective <= now && !g.isOver(at: now)
                    && (g.scope == nil || g.scope == scope)
            })
    }

    /// All that is unheld on an account, whatever its scope and whether or not it counts yet, in burn order.
    public func unheld(_ name: String) -> [Int] {
        sorted(grants.indices.filter { grants[$0].account == name && grants[$0].free > 0 })
    }

    /// Priority; a scope before none; the sooner expiry, none last; free before paid; the earlier effect; the earlier grant.
    public func sorted(_ chosen: [Int]) -> [Int] {
        func rank(_ at: Int) -> [Int64] {
            let g = grants[at]
            let free: Int64 = (g.cost?.minorUnits ?? 0) == 0 ? 0 : 1
            return [Int64(g.priority), g.scope == nil ? 1 : 0, g.expires ?? .max, free, g.effective, Int64(at)]
        }
        return chosen.sorted { rank($0).lexicographicallyPrecedes(rank($1)) }
    }

    /// What is over at `now` on an account and has not been swept.
    public func due(_ name: String, at now: Int64) -> (holds: [Int], grants: [Int]) {
        (
            holds.indices.filter {
                holds[$0].account == name && holds[$0].state == .active && now >= holds[$0].expires
            },
            grants.indices.filter { grants[$0].account == name && grants[$0].isOver(at: now) && grants[$0].free > 0 }
        )
    }
}
