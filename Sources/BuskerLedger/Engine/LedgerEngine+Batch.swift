// How a batch begins and ends.

import BuskerCore
import BuskerDatabase

extension LedgerEngine {
    /// Locks the head and looks up, at once, what the commands are sure to need.
    mutating func begin(_ work: [LedgerWork]) throws(LedgerError) {
        state.batch = BatchRows()
        var plan = plan(work, isFirst: true)
        plan.wants.head = true
        let finds: LedgerFinds
        do { finds = try store.load(plan.wants) } catch { throw LedgerError(error) }
        guard let head = finds.head else {
            throw LedgerError(.databaseFailed, "The ledger's tables are not there; call migrate() first.")
        }
        let isCurrent = state.begin(at: head)
        state.batch.keysAreKnown = true
        state.expect(plan.wants)
        state.takeIn(finds)
        state.settleAbsence(plan.wants)
        if !isCurrent {
            plan = self.plan(work, isFirst: false)
            if !plan.wants.names.isEmpty {
                try find(plan.wants)
                state.settleAbsence(plan.wants)
            }
        }
        for command in plan.later { addLanes(of: command, to: &plan) }
        if !plan.lanes.isEmpty {
            var wants = LedgerWants()
            wants.lanes = plan.lanes
            try find(wants)
        }
    }

    /// What a batch is sure to need.
    private struct Plan {
        var wants = LedgerWants()
        var lanes: [LedgerWants.LaneWant] = []
        var asked: Set<ByteText> = []
        /// Commands whose account is not known yet.
        var later: [PreparedCommand] = []
    }

    /// What the commands name and is not in memory.
    private mutating func plan(_ work: [LedgerWork], isFirst: Bool) -> Plan {
        var plan = Plan()
        for item in work {
            switch item {
            case .one(let command): add(command, to: &plan, isFirst)
            case .each(let commands), .linked(let commands):
                for command in commands { add(command, to: &plan, isFirst) }
            }
        }
        return plan
    }

    private mutating func add(_ command: PreparedCommand, to plan: inout Plan, _ isFirst: Bool) {
        if isFirst { plan.wants.keys.append(command.key) }
        if let name = command.name {
            if state.accountByName[name] != nil {
                addLanes(of: command, to: &plan)
            } else {
                if plan.asked.insert(name).inserted { plan.wants.names.append(name.text) }
                plan.later.append(command)
            }
        }
        if case .transfer(_, let to, _) = command.action {
            let name = ByteText(to.text)
            if state.accountByName[name] == nil, plan.asked.insert(name).inserted { plan.wants.names.append(to.text) }
        }
        if let unit = command.unit, state.houses[unit.code] == nil,
            plan.asked.insert(ByteText("~" + unit.code)).inserted
        {
            plan.wants.names += HouseAccount.allCases.map { $0.name(unit: unit.code) }
        }
        guard isFirst else { return }
        if let target = command.target { plan.wants.targets.append(target) }
        if let payment = command.payment { plan.wants.payments.append(payment) }
    }

    /// Adds the lanes that a command will draw on, unless they are known or too long to look up whole.
    private mutating func addLanes(of command: PreparedCommand, to plan: inout Plan) {
        guard command.draws, let name = command.name, let slot = state.accountByName[name],
            state.accounts[slot].grants <= 32
        else { return }
        addLane(slot, scope: "", to: &plan)
        if let scope = command.scope { addLane(slot, scope: scope, to: &plan) }
    }

    private mutating func addLane(_ slot: Int, scope: String, to plan: inout Plan) {
        let lane = lane(slot, scope: scope)
        guard !state.lanes[lane].isComplete, state.lanes[lane].boundary == nil else { return }
        state.lanes[lane].isComplete = true
        let account = state.accounts[slot].id
        if let at = plan.lanes.firstIndex(where: { ByteText.equal($0.scope, scope) }) {
            plan.lanes[at].accounts.append(account)
        } else {
            plan.lanes.append(LedgerWants.LaneWant(scope: scope, accounts: [account]))
        }
    }

    /// Writes what has changed.
    mutating func save() throws(LedgerError) {
        do { try store.save(LedgerChanges(state)) } catch { throw LedgerError(error) }
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
        for name in wants.names.map(ByteText.init) where accountByName[name] == nil { batch.missingNames.insert(name) }
        for target in wants.targets where transaction(target) == nil { batch.missingTargets.insert(target) }
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
    /// The account it names; of a transfer, the one that gives.
    var name: ByteText? {
        switch action {
        case .open(let account, _), .grant(let account, _, _), .charge(let account, _, _),
            .hold(let account, _, _, _), .adjust(let account, _, _), .close(let account):
            ByteText(account.text)
        case .transfer(let from, _, _): ByteText(from.text)
        case .capture, .release, .reverse, .clawback: nil
        }
    }

    /// Whether it draws on the credit of the account it names.
    var draws: Bool {
        switch action {
        case .charge, .hold, .transfer: true
        case .adjust(_, let amount, _): amount.steps < 0
        default: false
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
