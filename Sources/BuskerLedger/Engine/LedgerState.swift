// The rows that a batch has looked up and changed.

import BuskerCore

/// The part of the ledger that is in memory: what was looked up, and what has changed since.
///
/// Accounts and grants stay from batch to batch as long as the head of the chain proves that nobody else wrote.
package struct LedgerState: Sendable {
    /// The head as the last command left it.
    var head = LedgerHead()
    /// The head as it is stored; `nil` until it was read.
    var storedHead: LedgerHead?

    var accounts: [AccountRow] = []
    var accountByName: [ByteText: Int] = [:]
    var accountByNumber: [Int64: Int] = [:]
    var houses: [String: [Int]] = [:]
    var units: [String: Amount.Unit] = [:]
    var grants: [GrantRow] = []
    var grantByNumber: [Int64: Int] = [:]
    var lanes: [GrantLane] = []
    var laneByKey: [LaneKey: Int] = [:]
    var lanesOfAccount: [Int64: [Int]] = [:]

    var batch = BatchRows()

    /// A state that knows nothing.
    package init() {}

    /// Begins a batch on the head that was read: forgets everything unless nobody wrote since.
    ///
    /// - Returns: whether what was in memory still holds.
    mutating func begin(at stored: LedgerHead) -> Bool {
        let isCurrent = storedHead == stored && accounts.count <= 20_000 && grants.count <= 30_000
        if !isCurrent { self = LedgerState() }
        storedHead = stored
        head = stored
        return isCurrent
    }

    /// Adds an account that was looked up or made, unless it is known.
    @discardableResult
    mutating func add(_ row: AccountRow) -> Int {
        if let slot = accountByNumber[row.id] { return slot }
        let slot = accounts.count
        accounts.append(row)
        accountByNumber[row.id] = slot
        if let house = HouseAccount(rawValue: row.house) {
            houses[row.unit.code, default: [Int](repeating: -1, count: 8)][Int(house.rawValue)] = slot
        } else {
            accountByName[ByteText(row.name)] = slot
        }
        if row.change == .new { batch.dirtyAccounts.append(slot) }
        return slot
    }

    /// Adds a grant that was looked up or made, unless it is known, and puts it into its lane.
    @discardableResult
    mutating func add(_ row: GrantRow) -> Int {
        if let slot = grantByNumber[row.id] { return slot }
        let slot = grants.count
        grants.append(row)
        grantByNumber[row.id] = slot
        if row.isLive { enlist(slot) }
        if row.change == .new { batch.dirtyGrants.append(slot) }
        return slot
    }

    /// The lane of a scope on an account, made when it is not there.
    mutating func lane(account: Int64, scope: String) -> Int {
        let key = LaneKey(account: account, scope: ByteText(scope))
        if let lane = laneByKey[key] { return lane }
        let lane = lanes.count
        lanes.append(GrantLane(key))
        laneByKey[key] = lane
        lanesOfAccount[account, default: []].append(lane)
        return lane
    }

    /// Puts a live grant into its lane, unless it is there.
    mutating func enlist(_ slot: Int) {
        let lane = lane(account: grants[slot].account, scope: grants[slot].scope)
        let at = lanes[lane].position(of: grants[slot].order, in: grants)
        if at < lanes[lane].slots.count, lanes[lane].slots[at] == slot { return }
        lanes[lane].slots.insert(slot, at: at)
    }

    /// Takes a grant that is used up out of its lane.
    mutating func delist(_ slot: Int) {
        let lane = lane(account: grants[slot].account, scope: grants[slot].scope)
        let at = lanes[lane].position(of: grants[slot].order, in: grants)
        if at < lanes[lane].slots.count, lanes[lane].slots[at] == slot { lanes[lane].slots.remove(at: at) }
    }

    /// Notes that an account must be written.
    mutating func touch(account slot: Int, indexed: Bool = false) {
        if accounts[slot].change == .none { batch.dirtyAccounts.append(slot) }
        accounts[slot].change.touch(indexed: indexed)
    }

    /// Notes that a grant must be written.
    mutating func touch(grant slot: Int, indexed: Bool = false) {
        if grants[slot].change == .none { batch.dirtyGrants.append(slot) }
        grants[slot].change.touch(indexed: indexed)
    }

    /// Notes that a hold must be written.
    mutating func touch(hold slot: Int) {
        if batch.holds[slot].change == .none { batch.dirtyHolds.append(slot) }
        batch.holds[slot].change.touch()
    }

    /// Notes that something on an account falls due at an instant.
    mutating func fallsDue(_ slot: Int, at instant: Int64) {
        guard instant < accounts[slot].due else { return }
        accounts[slot].due = instant
        touch(account: slot, indexed: true)
    }
}

/// What became of a key.
enum KeyOutcome: Sendable {
    /// A transaction of this batch, by its place.
    case written(Int)
    /// A transaction of an earlier one, by its place.
    case stored(Int)
    case refused(RefusalRow)
}

/// What only one batch needs.
struct BatchRows: Sendable {
    var outcomes: [IdempotencyKey: KeyOutcome] = [:]
    /// Whether every key of the batch was looked up, so that one without an outcome is new.
    var keysAreKnown = false
    var missingNames: Set<ByteText> = []
    /// Transactions that were looked up.
    var stored: [TransactionRow] = []
    var holds: [HoldRow] = []
    var holdByNumber: [Int64: Int] = [:]
    var payments: [ByteText: PaymentView] = [:]
    /// Slices that were looked up, by their owner.
    var storedSlices: [Int64: [SliceRow]] = [:]
    var missingTargets: Set<TransactionID> = []

    /// Transactions of this batch and their slices; those before `saved…` are in the tables.
    var written: [TransactionRow] = []
    var firstSlices: [Int] = []
    var slices: [SliceRow] = []
    var savedTransactions = 0
    var savedSlices = 0
    var takenSlices: [SliceRow] = []
    var entries: [EntryRow] = []
    var newUnits: [Amount.Unit] = []
    var refusals: [RefusalRow] = []
    var events: [EventRow] = []
    var dirtyAccounts: [Int] = []
    var dirtyGrants: [Int] = []
    var dirtyHolds: [Int] = []
    var changes: [BalanceChange] = []
}

/// What a payment granted, and what was taken back of it.
struct PaymentView: Sendable {
    /// Places of its grants, in the order of their numbers.
    var grants: [Int] = []
    /// Taken back so far, less what was given again.
    var net: Int64 = 0
}
