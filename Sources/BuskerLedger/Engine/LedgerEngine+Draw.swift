// Which grants bear an amount.

import BuskerCore

extension LedgerEngine {
    /// Cuts an amount into slices of the grants that burn first; nothing is changed yet.
    ///
    /// - Parameters:
    ///   - slot: the account.
    ///   - scope: what it is spent on.
    /// - Throws: ``LedgerError`` with `insufficient` and the figures, or `tooManyGrants` when it would take too many slices.
    mutating func draw(_ amount: Int64, from slot: Int, scope: String?) throws(LedgerError) {
        let plain = lane(slot, scope: "")
        guard let scope else {
            if try gather(amount, lane: plain, limit: limits.slicesMax) { return }
            return try draw(amount, from: slot, lanes: [plain], at: now)
        }
        try draw(amount, from: slot, lanes: [plain, lane(slot, scope: scope)], at: now)
    }

    /// Gathers slices from one lane of what is usable now; false when they do not cover the amount.
    private mutating func gather(_ amount: Int64, lane: Int, limit: Int) throws(LedgerError) -> Bool {
        slices.removeAll(keepingCapacity: true)
        var rest = amount
        var place = 0
        while rest > 0, slices.count < limit, let slot = try next(lane, from: &place, at: now) {
            let part = min(state.grants[slot].free, rest)
            slices.append(GrantSlice(slot: slot, amount: part))
            rest -= part
            place += 1
        }
        return rest == 0
    }

    /// Cuts an amount into slices of all that is unheld, whatever its scope and whether or not it counts yet.
    mutating func drawAny(_ amount: Int64, from slot: Int) throws(LedgerError) {
        try draw(amount, from: slot, lanes: try allLanes(slot), at: nil)
    }

    private mutating func draw(_ amount: Int64, from slot: Int, lanes: [Int], at instant: Int64?) throws(LedgerError) {
        let (covered, places) = try gather(amount, lanes: lanes, at: instant, limit: limits.slicesMax)
        guard covered < amount else { return }
        var available = covered
        for (at, lane) in lanes.enumerated() { available += try rest(of: lane, from: places[at], at: instant) }
        guard available < amount else {
            throw LedgerError(
                .tooManyGrants,
                "It would take more than \(limits.slicesMax) grants to bear the amount; use smaller ones.")
        }
        throw insufficient(amount, available: available, on: slot)
    }

    /// Walks lanes in burn order and gathers slices until an amount is covered, the lanes end or the slices are too many.
    ///
    /// - Returns: what was covered, and how far each lane was walked.
    mutating func gather(
        _ amount: Int64, lanes: [Int], at instant: Int64?, limit: Int
    ) throws(LedgerError) -> (covered: Int64, places: [Int]) {
        slices.removeAll(keepingCapacity: true)
        var covered: Int64 = 0
        var places = [Int](repeating: 0, count: lanes.count)
        while covered < amount, slices.count < limit {
            var best = -1
            var bestSlot = -1
            for (at, lane) in lanes.enumerated() {
                guard let slot = try next(lane, from: &places[at], at: instant) else { continue }
                if bestSlot < 0 || state.grants[slot].order < state.grants[bestSlot].order {
                    best = at
                    bestSlot = slot
                }
            }
            guard best >= 0 else { break }
            places[best] += 1
            let part = min(state.grants[bestSlot].free, amount - covered)
            slices.append(GrantSlice(slot: bestSlot, amount: part))
            covered += part
        }
        return (covered, places)
    }

    /// The next grant of a lane that something can be taken from.
    private mutating func next(_ lane: Int, from place: inout Int, at instant: Int64?) throws(LedgerError) -> Int? {
        while true {
            while place < state.lanes[lane].slots.count {
                let slot = state.lanes[lane].slots[place]
                if !state.lanes[lane].isComplete, state.lanes[lane].isBeyond(state.grants[slot].order) { break }
                if state.grants[slot].free > 0, isUsable(slot, at: instant) { return slot }
                place += 1
            }
            if state.lanes[lane].isComplete { return nil }
            try extend(lane)
        }
    }

    private func isUsable(_ slot: Int, at instant: Int64?) -> Bool {
        guard let instant else { return true }
        return state.grants[slot].isUsable(at: instant)
    }

    /// What can be taken from a lane beyond a place.
    private mutating func rest(of lane: Int, from place: Int, at instant: Int64?) throws(LedgerError) -> Int64 {
        var sum: Int64 = 0
        let known = state.lanes[lane]
        for slot in known.slots.dropFirst(place) where isUsable(slot, at: instant) { sum += state.grants[slot].free }
        guard !known.isComplete else { return sum }
        var wants = LedgerWants()
        wants.sum = LedgerWants.SumWant(
            account: known.account, scope: known.scope, after: known.boundary, at: instant)
        sum += try find(wants).sum
        // What is known was counted above as it is now; some of it may have left the lane since it was stored.
        for slot in state.grants.indices where state.grants[slot].storedFree > 0 && isUsable(slot, at: instant) {
            let grant = state.grants[slot]
            guard grant.account == known.account, ByteText.equal(grant.scope, known.scope) else { continue }
            if known.isBeyond(grant.order) { sum -= grant.storedFree }
        }
        return sum
    }

    /// Spends slices: they leave their grants.
    mutating func spend(_ slices: [GrantSlice], of account: Int) {
        for slice in slices { reduce(slice.slot, by: slice.amount, of: account) }
    }

    /// Takes an amount out of a grant.
    mutating func reduce(_ slot: Int, by amount: Int64, of account: Int) {
        guard amount > 0 else { return }
        state.grants[slot].remaining -= amount
        guard !state.grants[slot].isLive else { return state.touch(grant: slot) }
        state.touch(grant: slot, indexed: true)
        state.delist(slot)
        state.accounts[account].grants -= 1
    }

    /// Puts an amount back into a grant.
    mutating func restore(_ slot: Int, by amount: Int64, of account: Int) {
        guard amount > 0 else { return }
        let wasLive = state.grants[slot].isLive
        state.grants[slot].remaining += amount
        guard !wasLive else { return state.touch(grant: slot) }
        state.touch(grant: slot, indexed: true)
        state.enlist(slot)
        state.accounts[account].grants += 1
        state.fallsDue(account, at: state.grants[slot].expires)
    }

    /// Makes a grant on an account, for the transaction that comes next.
    @discardableResult
    mutating func makeGrant(_ amount: Int64, _ terms: CreditTerms, origin: TransactionKind, on slot: Int) -> Int {
        state.head.grant += 1
        var row = GrantRow(
            id: state.head.grant, account: state.accounts[slot].id, transaction: state.head.seq + 1, origin: origin,
            amount: amount, terms: terms)
        let soon = limits.expiringSoonSeconds * 1_000_000
        row.owesNotice = terms.expires != LedgerSchema.never && terms.expires - now > soon
        row.change = .new
        state.accounts[slot].grants += 1
        state.touch(account: slot)
        state.fallsDue(slot, at: row.owesNotice ? terms.expires - soon : terms.expires)
        return state.add(row)
    }

    /// The refusal of an amount that is not there.
    func insufficient(_ needed: Int64, available: Int64, on slot: Int) -> LedgerError {
        let account = state.accounts[slot]
        func amount(_ steps: Int64) -> Amount { Amount(steps: steps, unit: account.unit) }
        var detail = "needs \(amount(needed).decimalText), available \(amount(available).decimalText)"
        detail += ", held \(amount(account.held).decimalText)"
        if account.debt > 0 { detail += ", owes \(amount(account.debt).decimalText)" }
        return LedgerError(
            .insufficient, detail,
            figures: LedgerError.Figures(
                needed: amount(needed), available: amount(available), held: amount(account.held),
                debt: amount(account.debt)))
    }
}
