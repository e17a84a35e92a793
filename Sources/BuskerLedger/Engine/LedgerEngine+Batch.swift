// How a batch begins and ends.

import BuskerCore
import BuskerDatabase

extension LedgerEngine {
    /// Locks the head and looks up, at once, what the commands are sure to need.
    mutating func begin(_ work: [LedgerWork]) throws(LedgerError) {
        state.batch = BatchRows()
        var wants = wants(of: work)
        wants.head = true
        let finds: LedgerFinds
        do { finds = try store.load(wants) } catch { throw LedgerError(error) }
        guard let head = finds.head else {
            throw LedgerError(.databaseFailed, "The ledger's tables are not there; call migrate() first.")
        }
        state.begin(at: head)
        state.expect(wants)
        state.takeIn(finds)
        state.settleAbsence(wants)
        if !state.knows(work) {
            let again = self.wants(of: work, keys: false)
            try find(again)
            state.settleAbsence(again)
        }
        try findLanes(work)
    }

    /// What the commands name.
    private func wants(of work: [LedgerWork], keys: Bool = true) -> LedgerWants {
        var wants = LedgerWants()
        var asked: Set<ByteText> = []
        forEachCommand(work) { command in
            if keys { wants.keys.append(command.key) }
            for name in command.names {
                let key = ByteText(name)
                if state.accountByName[key] == nil, asked.insert(key).inserted { wants.names.append(name) }
            }
            if let unit = command.unit, state.houses[unit.code] == nil, asked.insert(ByteText("~" + unit.code)).inserted
            {
                wants.names += HouseAccount.allCases.map { $0.name(unit: unit.code) }
            }
            if let target = command.target, keys { wants.targets.append(target) }
            if let payment = command.payment, keys { wants.payments.append(payment) }
        }
        return wants
    }

    /// Looks up the first grants of the accounts that will be drawn on.
    private mutating func findLanes(_ work: [LedgerWork]) throws(LedgerError) {
        var wants = LedgerWants()
        var byScope: [ByteText: Int] = [:]
        var asked: [Int] = []
        var drawn: [(slot: Int, scope: String)] = []
        forEachCommand(work) { command in
            guard let name = command.drawnName, let slot = state.accountByName[ByteText(name)] else { return }
            drawn.append((slot, ""))
            if let scope = command.scope { drawn.append((slot, scope)) }
        }
        for (slot, scope) in drawn {
            let lane = lane(slot, scope: scope)
            guard !state.lanes[lane].isComplete, state.lanes[lane].boundary == nil,
                state.accounts[slot].grants <= 32
            else { continue }
            state.lanes[lane].isComplete = true
            asked.append(lane)
            if let at = byScope[ByteText(scope)] {
                wants.lanes[at].accounts.append(state.accounts[slot].id)
            } else {
                byScope[ByteText(scope)] = wants.lanes.count
                wants.lanes.append(LedgerWants.LaneWant(scope: scope, accounts: [state.accounts[slot].id]))
            }
        }
        if !asked.isEmpty { try find(wants) }
    }

    private func forEachCommand(_ work: [LedgerWork], _ body: (PreparedCommand) -> Void) {
        for item in work {
            switch item {
            case .one(let command): body(command)
            case .each(let commands), .linked(let commands): for command in commands { body(command) }
            }
        }
    }

    /// Writes what has changed.
    mutating func save() throws(LedgerError) {
        let changes = state.changes()
        do { try store.save(changes) } catch { throw LedgerError(error) }
        state.settle()
    }

    /// Writes early when much has gathered, so that memory does not grow with what a sweep finds.
    mutating func saveWhenLarge() throws(LedgerError) {
        guard !isLinked, state.batch.written.count >= 2_000 else { return }
        try save()
        let changes = state.batch.changes
        state.batch = BatchRows()
        state.batch.changes = changes
    }
}

extension LedgerState {
    /// Notes which payments were asked for, so that what is found of them is kept.
    mutating func expect(_ wants: LedgerWants) {
        for payment in wants.payments.map(ByteText.init) where batch.payments[payment] == nil {
            batch.payments[payment] = PaymentView()
        }
    }

    /// Notes what was asked for and not found.
    mutating func settleAbsence(_ wants: LedgerWants) {
        for key in wants.keys where batch.outcomes[key] == nil { batch.outcomes[key] = .absent }
        for name in wants.names.map(ByteText.init) where accountByName[name] == nil { batch.missingNames.insert(name) }
        for target in wants.targets where transaction(target) == nil { batch.missingTargets.insert(target) }
    }

    /// Whether every account that the commands name was found or is known to be missing.
    func knows(_ work: [LedgerWork]) -> Bool {
        for item in work {
            let commands: [PreparedCommand]
            switch item {
            case .one(let command): commands = [command]
            case .each(let several), .linked(let several): commands = several
            }
            for command in commands {
                for name in command.names.map(ByteText.init) where accountByName[name] == nil {
                    guard batch.missingNames.contains(name) else { return false }
                }
            }
        }
        return true
    }

    /// What is to be written.
    func changes() -> LedgerChanges {
        var changes = LedgerChanges()
        if head != storedHead { changes.head = head }
        changes.units = batch.newUnits
        changes.accounts = batch.dirtyAccounts.map { accounts[$0] }
        changes.grants = batch.dirtyGrants.map { grants[$0] }
        changes.holds = batch.dirtyHolds.map { batch.holds[$0] }
        changes.transactions = batch.written[batch.savedTransactions...]
        changes.entries = batch.entries
        changes.newSlices = Array(batch.slices[batch.savedSlices...])
        changes.takenSlices = batch.takenSlices
        changes.refusals = batch.refusals
        changes.events = batch.events
        return changes
    }

    /// Notes that everything was written.
    mutating func settle() {
        storedHead = head
        for slot in batch.dirtyAccounts { accounts[slot].change = .none }
        for slot in batch.dirtyGrants {
            grants[slot].change = .none
            grants[slot].storedFree = grants[slot].free
        }
        for slot in batch.dirtyHolds { batch.holds[slot].change = .none }
        batch.dirtyAccounts.removeAll(keepingCapacity: true)
        batch.dirtyGrants.removeAll(keepingCapacity: true)
        batch.dirtyHolds.removeAll(keepingCapacity: true)
        batch.savedTransactions = batch.written.count
        batch.savedSlices = batch.slices.count
        batch.entries.removeAll(keepingCapacity: true)
        batch.takenSlices.removeAll(keepingCapacity: true)
        batch.newUnits.removeAll()
        batch.refusals.removeAll()
        batch.events.removeAll()
    }
}

extension PreparedCommand {
    /// The accounts it names.
    var names: [String] {
        switch action {
        case .open(let account, _), .grant(let account, _, _), .charge(let account, _, _),
            .hold(let account, _, _, _), .adjust(let account, _, _), .close(let account):
            [account.text]
        case .transfer(let from, let to, _): [from.text, to.text]
        case .capture, .release, .reverse, .clawback: []
        }
    }

    /// The account whose credit it spends or sets aside.
    var drawnName: String? {
        switch action {
        case .charge(let account, _, _), .hold(let account, _, _, _): account.text
        case .adjust(let account, let amount, _) where amount.steps < 0: account.text
        case .transfer(let from, _, _): from.text
        default: nil
        }
    }

    /// The unit it counts in.
    var unit: Amount.Unit? {
        switch action {
        case .grant(_, let amount, _), .charge(_, let amount, _), .hold(_, let amount, _, _),
            .capture(_, let amount, _), .adjust(_, let amount, _), .transfer(_, _, let amount):
            amount.unit
        case .reverse(_, let amount): amount?.unit
        case .open, .release, .clawback, .close: nil
        }
    }

    /// The transaction it refers to.
    var target: TransactionID? {
        switch action {
        case .capture(let hold, _, _), .release(let hold): TransactionID(sharing: hold)
        case .reverse(let transaction, _): transaction
        default: nil
        }
    }

    var payment: String? {
        switch action {
        case .clawback(let payment, _): payment
        case .grant(_, _, let terms): terms.payment
        default: nil
        }
    }

    var scope: String? {
        switch action {
        case .charge(_, _, let scope), .hold(_, _, _, let scope): scope
        default: nil
        }
    }
}
