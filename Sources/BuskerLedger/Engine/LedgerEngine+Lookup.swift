// How the engine comes to the rows it needs.

import BuskerCore
import BuskerDatabase

extension LedgerEngine {
    /// Asks the store and takes in what it found.
    @discardableResult
    mutating func find(_ wants: LedgerWants) throws(LedgerError) -> LedgerFinds {
        let finds: LedgerFinds
        do { finds = try store.load(wants) } catch { throw LedgerError(error) }
        state.takeIn(finds)
        return finds
    }

    /// The account of a name.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`.
    mutating func account(_ name: AccountName) throws(LedgerError) -> Int {
        if let slot = try account(ifKnown: name) { return slot }
        throw LedgerError(.unknownAccount, "There is no account \(name); open it first.")
    }

    mutating func account(ifKnown name: AccountName) throws(LedgerError) -> Int? {
        let key = ByteText(name.text)
        if let slot = state.accountByName[key] { return slot }
        if state.batch.missingNames.contains(key) { return nil }
        var wants = LedgerWants()
        wants.names = [name.text]
        try find(wants)
        if let slot = state.accountByName[key] { return slot }
        state.batch.missingNames.insert(key)
        return nil
    }

    /// The account of a number that another row names.
    mutating func account(number: Int64) throws(LedgerError) -> Int {
        if let slot = state.accountByNumber[number] { return slot }
        var wants = LedgerWants()
        wants.accounts = [number]
        try find(wants)
        guard let slot = state.accountByNumber[number] else {
            throw LedgerError(.corrupt, "Account number \(number) is named but not there; verify the ledger.")
        }
        return slot
    }

    /// The grant of a number that a slice names.
    mutating func grant(number: Int64) throws(LedgerError) -> Int {
        guard let slot = state.grantByNumber[number] else {
            throw LedgerError(.corrupt, "Grant number \(number) is named but not there; verify the ledger.")
        }
        return slot
    }

    /// The house account of a unit, made on first use.
    mutating func house(_ house: HouseAccount, _ unit: Amount.Unit) throws(LedgerError) -> Int {
        if let slot = state.houses[unit.code]?[Int(house.rawValue)], slot >= 0 { return slot }
        var wants = LedgerWants()
        wants.names = HouseAccount.allCases.map { $0.name(unit: unit.code) }
        try find(wants)
        if let slot = state.houses[unit.code]?[Int(house.rawValue)], slot >= 0 { return slot }
        state.head.account += 1
        var row = AccountRow(
            id: state.head.account, name: house.name(unit: unit.code), unit: unit, house: house.rawValue, opened: 0,
            created: now)
        row.change = .new
        return state.add(row)
    }

    /// The transaction of an id, if there is one.
    mutating func transaction(_ id: TransactionID) throws(LedgerError) -> TransactionRow? {
        if let row = state.transaction(id) { return row }
        if state.batch.missingTargets.contains(id) { return nil }
        var wants = LedgerWants()
        wants.targets = [id]
        try find(wants)
        if let row = state.transaction(id) { return row }
        state.batch.missingTargets.insert(id)
        return nil
    }

    /// The place of the hold that a transaction made.
    mutating func hold(of row: TransactionRow) throws(LedgerError) -> Int {
        if let place = state.batch.holdByNumber[row.seq] { return place }
        var wants = LedgerWants()
        wants.targets = [row.id]
        try find(wants)
        guard let place = state.batch.holdByNumber[row.seq] else {
            throw LedgerError(.corrupt, "The hold of transaction \(row.seq) is not there; verify the ledger.")
        }
        return place
    }

    /// The slices of a transaction.
    mutating func slices(of owner: Int64) throws(LedgerError) -> [SliceRow] {
        if !state.isWritten(owner), state.batch.storedSlices[owner] == nil {
            var wants = LedgerWants()
            wants.owners = [owner]
            try find(wants)
        }
        return state.slices(of: owner)
    }

    /// What a payment granted.
    mutating func payment(_ name: String) throws(LedgerError) -> PaymentView {
        let key = ByteText(name)
        if let view = state.batch.payments[key] { return view }
        var wants = LedgerWants()
        wants.payments = [name]
        state.expect(wants)
        try find(wants)
        return state.batch.payments[key] ?? PaymentView()
    }

    /// The lane of a scope on an account.
    mutating func lane(_ slot: Int, scope: String) -> Int {
        if scope.isEmpty, state.accounts[slot].plainLane >= 0 { return state.accounts[slot].plainLane }
        let lane = state.lane(account: state.accounts[slot].id, scope: scope)
        if scope.isEmpty { state.accounts[slot].plainLane = lane }
        if state.accounts[slot].grants == 0 { state.lanes[lane].isComplete = true }
        return lane
    }

    /// The lanes of every scope on an account.
    mutating func allLanes(_ slot: Int) throws(LedgerError) -> [Int] {
        let number = state.accounts[slot].id
        if !state.accounts[slot].scopesKnown {
            var scopes: [String] = []
            if state.accounts[slot].grants > 0 {
                var wants = LedgerWants()
                wants.scopesOf = number
                scopes = try find(wants).scopes
            }
            for scope in scopes { _ = lane(slot, scope: scope) }
            state.accounts[slot].scopesKnown = true
        }
        return state.lanesOfAccount[number] ?? []
    }

    /// Looks up the next grants of a lane.
    mutating func extend(_ lane: Int) throws(LedgerError) {
        var wants = LedgerWants()
        let boundary = state.lanes[lane].boundary
        wants.pages = [
            LedgerWants.PageWant(
                account: state.lanes[lane].account, scope: state.lanes[lane].scope, after: boundary,
                limit: boundary == nil ? 32 : 256)
        ]
        let finds = try find(wants)
        if finds.fullPages.first == true, let last = finds.grants.last {
            state.lanes[lane].boundary = last.order
        } else {
            state.lanes[lane].isComplete = true
        }
    }
}

extension LedgerState {
    /// Takes in what was found; rows that are known stay as they are, because they may have changed.
    mutating func takeIn(_ finds: LedgerFinds) {
        for row in finds.accounts { add(row) }
        for row in finds.grants { add(row) }
        for row in finds.due.grants { add(row) }
        for row in finds.due.notices { add(row) }
        for row in finds.holds { add(row) }
        for row in finds.due.holds { add(row) }
        for row in finds.outcomes {
            batch.outcomes[row.key] = .stored(batch.stored.count)
            batch.stored.append(row)
        }
        for row in finds.refusals where batch.outcomes[row.key] == nil { batch.outcomes[row.key] = .refused(row) }
        for row in finds.transactions { batch.stored.append(row) }
        takeIn(slices: finds.slices)
        for unit in finds.units { units[unit.code] = unit }
        for row in finds.grants {
            guard let payment = row.payment.map(ByteText.init), let slot = grantByNumber[row.id] else { continue }
            guard batch.payments[payment]?.grants.contains(slot) == false else { continue }
            batch.payments[payment]?.grants.append(slot)
        }
        for (payment, net) in finds.clawed { batch.payments[ByteText(payment)]?.net = net }
    }

    mutating func add(_ row: HoldRow) {
        guard batch.holdByNumber[row.id] == nil else { return }
        batch.holdByNumber[row.id] = batch.holds.count
        if row.change == .new { batch.dirtyHolds.append(batch.holds.count) }
        batch.holds.append(row)
    }

    /// Slices come in the order of their owners; an owner's are known all or not at all.
    private mutating func takeIn(slices: [SliceRow]) {
        var start = 0
        while start < slices.count {
            let owner = slices[start].owner
            let end = slices[start...].firstIndex { $0.owner != owner } ?? slices.count
            if batch.storedSlices[owner] == nil, !isWritten(owner) {
                batch.storedSlices[owner] = Array(slices[start..<end])
            }
            start = end
        }
    }

    /// Whether a transaction belongs to this batch.
    func isWritten(_ seq: Int64) -> Bool {
        guard let first = batch.written.first else { return false }
        return seq >= first.seq
    }

    /// The transaction of an id, if it is known.
    func transaction(_ id: TransactionID) -> TransactionRow? {
        batch.written.last { $0.id == id } ?? batch.stored.last { $0.id == id }
    }

    /// The slices of a transaction that was written or looked up.
    func slices(of owner: Int64) -> [SliceRow] {
        guard isWritten(owner), let first = batch.written.first else { return batch.storedSlices[owner] ?? [] }
        let at = Int(owner - first.seq)
        let end = at + 1 < batch.firstSlices.count ? batch.firstSlices[at + 1] : batch.slices.count
        return Array(batch.slices[batch.firstSlices[at]..<end])
    }

    /// Changes how much of a slice is taken.
    mutating func take(_ taken: Int64, ofSlice at: Int, owner: Int64) {
        guard isWritten(owner), let first = batch.written.first else {
            batch.storedSlices[owner]?[at].taken = taken
            if let row = batch.storedSlices[owner]?[at] { batch.takenSlices.append(row) }
            return
        }
        let place = batch.firstSlices[Int(owner - first.seq)] + at
        batch.slices[place].taken = taken
        if place < batch.savedSlices { batch.takenSlices.append(batch.slices[place]) }
    }
}
