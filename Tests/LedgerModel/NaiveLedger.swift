// A second ledger, meant to be plainly right: arrays, no indexes, one command after the other.

public import BuskerCore
public import BuskerLedger

/// What the ledger should answer, worked out in the simplest way from the rules alone.
///
/// It knows nothing of keys, batches, SQL or clocks: it is told at which instant each command happened, and which grants and
/// holds were swept before it.
public struct NaiveLedger: Sendable {
    /// An account.
    public struct Account: Equatable, Sendable {
        /// Its name.
        public var name: String
        /// What it counts in.
        public var unit: Amount.Unit
        /// What was given less what was spent.
        public var posted: Int64 = 0
        /// What is set aside.
        public var held: Int64 = 0
        /// What was taken back and had been spent.
        public var debt: Int64 = 0
        /// Whether it is closed.
        public var closed = false
    }

    /// Credit that was given, with its terms.
    public struct Grant: Equatable, Sendable {
        /// Whose it is.
        public var account: String
        /// What kind of credit it is.
        public var category: GrantCategory
        /// The lower, the earlier it is spent.
        public var priority = 50
        /// What it may be spent on; nothing for everything.
        public var scope: String?
        /// What was given.
        public var amount: Int64
        /// What is not spent.
        public var remaining: Int64
        /// What is set aside.
        public var held: Int64 = 0
        /// From when it can be spent, in microseconds.
        public var effective: Int64
        /// Until when, in microseconds; nothing for ever.
        public var expires: Int64?
        /// What was paid for it.
        public var cost: Money?
        /// The payment behind it.
        public var payment: String?
        /// Whether a `grant` made it, not a reversal, transfer or reinstatement.
        public var isOriginal = false

        /// What can be spent now.
        public var free: Int64 { remaining - held }
        /// Whether its time is over.
        public func isOver(at now: Int64) -> Bool { expires.map { now >= $0 } ?? false }
    }

    /// What became of a hold.
    public enum HoldState: Int64, Sendable {
        case active = 1
        case captured, released, expired
    }

    /// Credit that was set aside.
    public struct Hold: Equatable, Sendable {
        /// Its id.
        public var id: HoldID
        /// Whose it is.
        public var account: String
        /// What was set aside.
        public var amount: Int64
        /// What of it was spent.
        public var captured: Int64 = 0
        /// What became of it.
        public var state = HoldState.active
        /// Until when it holds, in microseconds.
        public var expires: Int64
        /// What it is for.
        public var scope: String?
    }

    /// A part of a grant that a charge, hold or top-up took: `taken` is what is still spent of it.
    public struct Slice: Equatable, Sendable {
        /// The charge, hold or top-up.
        public var owner: TransactionID
        /// The place of the grant.
        public var grant: Int
        /// What was taken.
        public var amount: Int64
        /// What is still spent of it.
        public var taken: Int64
    }

    /// Something spent that can be given back: a charge, or a capture with the slices of its hold and of its top-up.
    public struct Spent: Sendable {
        /// Who spent it.
        public var account: String
        /// What was spent.
        public var amount: Int64
        /// What was given back.
        public var reversed: Int64 = 0
        /// The places of its slices.
        public var slices: [Int]
    }

    /// What happened, as a receipt tells it.
    public struct Done: Equatable, Sendable {
        /// What it was.
        public var kind: TransactionKind
        /// On which account.
        public var account: String
        /// How much.
        public var amount: Int64
        /// The account after it.
        public var posted: Int64
        /// The account after it.
        public var held: Int64
        /// The account after it.
        public var debt: Int64

        /// Makes one.
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
        /// What was needed.
        public var needed: Int64
        /// What there was.
        public var available: Int64
        /// What was set aside.
        public var held: Int64
        /// What was owed.
        public var debt: Int64

        /// Makes them.
        public init(needed: Int64, available: Int64, held: Int64, debt: Int64) {
            self.needed = needed
            self.available = available
            self.held = held
            self.debt = debt
        }
    }

    /// A refusal, thrown so that nothing is changed before it.
    public struct Refusal: Error, Equatable {
        /// Why.
        public var code: LedgerError.Code
        /// The figures, where there are some.
        public var figures: Figures?
        /// Makes one.
        public init(_ code: LedgerError.Code, _ figures: Figures? = nil) {
            self.code = code
            self.figures = figures
        }
    }

    /// A ledger without accounts.
    public init() {}

    /// The limits in force.
    public var limits = LedgerLimits()
    /// The accounts, in the order in which they were opened.
    public var accounts: [Account] = []
    /// The grants, in the order in which they were given.
    public var grants: [Grant] = []
    /// The holds.
    public var holds: [Hold] = []
    /// The slices.
    public var slices: [Slice] = []
    /// What was spent, by its transaction.
    public var spent: [TransactionID: Spent] = [:]
    /// What was clawed back, by the payment.
    public var clawed: [String: Int64] = [:]
    /// The moment of the last command.
    public var last: Int64 = .min

    /// An account by its name.
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
