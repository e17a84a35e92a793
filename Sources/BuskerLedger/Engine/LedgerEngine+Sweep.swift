// What falls due is settled before anything else happens on an account.

import BuskerCore

extension LedgerEngine {
    /// Ends the grants and holds of an account whose time is over, until nothing is due at the instant the command gets.
    mutating func settle(_ slot: Int) throws(LedgerError) {
        while state.accounts[slot].due <= now { try settleOnce(slot) }
    }

    private mutating func settleOnce(_ slot: Int) throws(LedgerError) {
        let at = now
        let soon = limits.expiringSoonSeconds * 1_000_000
        var want = LedgerWants.DueWant(
            account: state.accounts[slot].id, at: at, noticeUntil: at + soon, limit: 256)
        var next = LedgerSchema.never
        var isMore = true
        while isMore {
            var wants = LedgerWants()
            wants.due = want
            let due = try find(wants).due
            try findSlices(of: due.holds)
            let horizon = horizon(of: due, want)
            try endWhatIsDue(slot, at: horizon)
            giveNotice(slot, until: at + soon)
            next = min(next, nextEnd(slot, after: at, soon: soon))
            try saveWhenLarge()
            next = min(next, due.nextGrant, due.nextHold)
            if due.nextNotice != LedgerSchema.never { next = min(next, due.nextNotice - soon) }
            isMore = max(due.grants.count, due.holds.count, due.notices.count) >= want.limit
            want.afterGrant = due.grants.last.map { ($0.expires, $0.id) } ?? want.afterGrant
            // Holds beyond the horizon are looked up again, because saving forgets them.
            let lastHold = due.holds.last { $0.machine.expires <= horizon }
            want.afterHold = lastHold.map { ($0.machine.expires, $0.id) } ?? want.afterHold
            want.afterNotice = due.notices.last.map { ($0.expires, $0.id) } ?? want.afterNotice
        }
        state.accounts[slot].due = next
        state.touch(account: slot, indexed: true)
    }

    private mutating func findSlices(of holds: [HoldRow]) throws(LedgerError) {
        var wants = LedgerWants()
        wants.owners = holds.map(\.id).filter { !state.isWritten($0) && state.batch.storedSlices[$0] == nil }
        if !wants.owners.isEmpty { try find(wants) }
    }

    /// The places of what ended by an instant, in the order of their ends; of equal ones the holds first.
    private func ended(_ slot: Int, by instant: Int64) -> [(end: Int64, isGrant: Bool, number: Int64, place: Int)] {
        var found: [(end: Int64, isGrant: Bool, number: Int64, place: Int)] = []
        let account = state.accounts[slot].id
        for lane in state.lanesOfAccount[account] ?? [] {
            for place in state.lanes[lane].slots where state.grants[place].expires <= instant {
                guard state.grants[place].free > 0 else { continue }
                found.append((state.grants[place].expires, true, state.grants[place].id, place))
            }
        }
        for (place, hold) in state.batch.holds.enumerated() where hold.account == account {
            guard hold.machine.state == .active, hold.machine.expires <= instant else { continue }
            found.append((hold.machine.expires, false, hold.id, place))
        }
        return found.sorted {
            if $0.end != $1.end { return $0.end < $1.end }
            return $0.isGrant == $1.isGrant ? $0.number < $1.number : $1.isGrant
        }
    }

    /// Up to when everything that is due has been looked up.
    private func horizon(of due: LedgerFinds.Due, _ want: LedgerWants.DueWant) -> Int64 {
        var horizon = want.at
        if due.grants.count >= want.limit, let last = due.grants.last { horizon = min(horizon, last.expires) }
        if due.holds.count >= want.limit, let last = due.holds.last { horizon = min(horizon, last.machine.expires) }
        return horizon
    }

    /// Ends what is due, and then the grants that ended while a hold that is now over had all of them.
    private mutating func endWhatIsDue(_ slot: Int, at instant: Int64) throws(LedgerError) {
        var items = ended(slot, by: instant)
        while !items.isEmpty {
            for item in items {
                lines.removeAll(keepingCapacity: true)
                if item.isGrant { try expireGrant(item.place, on: slot) } else { try expireHold(item.place, on: slot) }
                now = state.head.created + 1
                sweeping?()
            }
            items = ended(slot, by: instant)
        }
    }

    private mutating func expireGrant(_ place: Int, on slot: Int) throws(LedgerError) {
        let rest = state.grants[place].free
        guard rest > 0 else { return }
        let before = state.accounts[slot].figures
        let end = state.grants[place].expires
        let number = state.grants[place].id
        try addLine(slot, -rest, grant: number)
        try addLine(.breakage, for: slot, rest)
        reduce(place, by: rest, of: slot)
        post(own: .expireGrant, on: slot, amount: rest, key: "grant:\(number)", before: before) {
            $0.effective = end
        }
    }

    private mutating func expireHold(_ place: Int, on slot: Int) throws(LedgerError) {
        var machine = state.batch.holds[place].machine
        guard let effect = try? machine.apply(.expire, at: now) else { return }
        let before = state.accounts[slot].figures
        let number = state.batch.holds[place].id
        let closing = try planClosing(place, on: slot, effect, at: machine.expires)
        try close(place, on: slot, machine, closing)
        post(own: .expireHold, on: slot, amount: effect.freed, key: "hold:\(number)", before: before) {
            $0.hold = number
            $0.effective = machine.expires
        }
    }

    /// Announces the grants that will end soon, once each.
    private mutating func giveNotice(_ slot: Int, until instant: Int64) {
        let account = state.accounts[slot].id
        var given = false
        for lane in state.lanesOfAccount[account] ?? [] {
            for place in state.lanes[lane].slots {
                guard state.grants[place].owesNotice, state.grants[place].expires <= instant else { continue }
                state.grants[place].owesNotice = false
                state.touch(grant: place)
                guard state.grants[place].expires > now else { continue }
                let grant = state.grants[place]
                state.batch.events.append(
                    EventRow(
                        kind: "grant_expiring", account: account, transaction: grant.transaction,
                        body: #"{"grant":\#(grant.id),"remaining":\#(grant.remaining),"expires":\#(grant.expires)}"#,
                        created: now))
                given = true
            }
        }
        guard given else { return }
        state.head.created = now
        now += 1
    }

    /// When the next of what is in memory falls due.
    private func nextEnd(_ slot: Int, after instant: Int64, soon: Int64) -> Int64 {
        var next = LedgerSchema.never
        let account = state.accounts[slot].id
        for lane in state.lanesOfAccount[account] ?? [] {
            for place in state.lanes[lane].slots {
                let grant = state.grants[place]
                if grant.expires > instant { next = min(next, grant.owesNotice ? grant.expires - soon : grant.expires) }
            }
        }
        for hold in state.batch.holds where hold.account == account && hold.machine.state == .active {
            if hold.machine.expires > instant { next = min(next, hold.machine.expires) }
        }
        return next
    }

    /// Settles accounts on which something is due, the longest due first, and saves.
    package mutating func sweep(limit: Int) throws(LedgerError) -> SweepReport {
        let numbers = try dueAccounts(limit: limit)
        let ended = try sweep(numbers)
        return SweepReport(accounts: numbers.count, ended: ended, isMore: numbers.count >= limit)
    }

    /// The numbers of accounts on which something is due, the longest due first.
    package mutating func dueAccounts(limit: Int) throws(LedgerError) -> [Int64] {
        try begin([])
        now = instant()
        var wants = LedgerWants()
        wants.dueAccounts = (now, limit)
        return try find(wants).dueAccounts
    }

    /// Settles these accounts, saves, and tells how many grants and holds ended.
    package mutating func sweep(_ numbers: [Int64]) throws(LedgerError) -> Int {
        try begin([])
        var wants = LedgerWants()
        wants.accounts = numbers.filter { state.accountByNumber[$0] == nil }
        if !wants.accounts.isEmpty { try find(wants) }
        let first = state.head.seq
        for number in numbers {
            now = instant()
            try settle(try account(number: number))
            try saveWhenLarge()
        }
        let ended = state.head.seq - first
        try save()
        return Int(ended)
    }
}

/// What a sweep did.
public struct SweepReport: Sendable, Hashable {
    /// Accounts that were looked at.
    public let accounts: Int
    /// Grants and holds that were ended.
    public let ended: Int
    /// Accounts among them whose rows are damaged: they stay as they are, and `verify` says what is wrong.
    public let damaged: Int
    /// Whether more accounts may be waiting.
    public let isMore: Bool

    init(accounts: Int, ended: Int, damaged: Int = 0, isMore: Bool) {
        self.accounts = accounts
        self.ended = ended
        self.damaged = damaged
        self.isMore = isMore
    }
}
