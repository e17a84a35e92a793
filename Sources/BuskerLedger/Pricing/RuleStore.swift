// Rules in the tables, and what they say when balances change.

import BuskerCore
package import BuskerDatabase

/// A rule as the tables have it.
struct RuleRow {
    let account: Int64
    let name: String
    var rule: BalanceRule
}

/// Reads and writes rules, and carries out what their machines ask for.
enum RuleStore {
    static func rules(_ condition: SQL, in tx: ReadTransaction) throws(LedgerError) -> [RuleRow] {
        let rows = try tx.find(all: "SELECT account, name, kind, state FROM ledger_rule WHERE \(condition)")
        var rules: [RuleRow] = []
        for row in rows {
            let (account, name, kind, state) = (
                try row.read(0, as: Int64.self), try row.read(1, as: String.self), try row.read(2, as: Int64.self),
                try row.read(3, as: String.self)
            )
            do throws(LedgerError) {
                rules.append(RuleRow(account: account, name: name, rule: try BalanceRule(kind: kind, json: state)))
            } catch {
                throw LedgerError(.corrupt, "A stored rule cannot be read: \(error.detail)")
            }
        }
        return rules
    }

    static func save(_ rows: [RuleRow], in tx: Transaction) throws(LedgerError) {
        try tx.put(
            into: "ledger_rule", columns: ["account", "name", "kind", "state", "check_us"],
            rows: rows.map { row in
                [
                    .integer(row.account), .text(row.name), .integer(row.rule.kind), .text(row.rule.json),
                    .integer(row.rule.nextCheck?.microseconds ?? .max),
                ]
            }, replacing: ["account", "name"])
    }

    /// What can be spent of an account and what it owes, by the tables.
    static func standing(_ account: Int64, in tx: ReadTransaction) throws(LedgerError) -> BalanceFigures {
        let row = try tx.find(first: "SELECT posted, held, debt FROM ledger_account WHERE id = \(account)")
        guard let row else { throw LedgerError(.corrupt, "Account number \(account) is named but not there.") }
        return BalanceFigures(posted: try row.read(0), held: try row.read(1), debt: try row.read(2))
    }

    /// Lets the top-up rules of an account know that it was topped up by hand.
    static func paid(account: Int64, at now: Timestamp, in tx: Transaction) throws(LedgerError) {
        var changed: [RuleRow] = []
        for row in try rules("account = \(account) AND kind = 2", in: tx) {
            guard case .topUp(var machine) = row.rule else { continue }
            _ = try machine.apply(.paid, at: now)
            var after = row
            after.rule = .topUp(machine)
            if after.rule != row.rule { changed.append(after) }
        }
        try save(changed, in: tx)
    }
}

extension RuleRow {
    /// Applies an event of a top-up and returns what is to be told.
    mutating func apply(
        _ event: TopUpMachine.Event, at now: Timestamp, transaction: Int64
    ) throws(LedgerError) -> [EventRow] {
        guard case .topUp(var machine) = rule else { throw .pricing("The rule \(name) is not a top-up.") }
        var events: [EventRow] = []
        for effect in try machine.apply(event, at: now) {
            switch effect {
            case .due(let attempt, let amount):
                events.append(
                    self.event(
                        "topup_due", ["attempt": .number(attempt), "amount": .number(amount)], now, transaction))
            case .paused(let topUps):
                events.append(self.event("topup_paused", ["topups": .number(Int64(topUps))], now, transaction))
            case .switchedOff(let reason):
                events.append(self.event("topup_off", ["reason": .text(reason.rawValue)], now, transaction))
            }
        }
        rule = .topUp(machine)
        return events
    }

    /// Applies a change of balance and returns what is to be told.
    mutating func apply(_ change: BalanceChange) throws(LedgerError) -> [EventRow] {
        let now = Timestamp(microseconds: change.created)
        guard case .alert(var alert) = rule else {
            return try apply(
                .balance(available: change.after.free, debt: change.after.debt), at: now, transaction: change.sequence)
        }
        let effects = alert.apply(.balance(before: change.before.free, after: change.after.free))
        rule = .alert(alert)
        return effects.map { effect in
            switch effect {
            case .lowBalance(let available):
                event(
                    "low_balance", ["threshold": .number(alert.threshold), "available": .number(available)], now,
                    change.sequence)
            }
        }
    }

    private func event(
        _ kind: String, _ body: [String: StrictJSON], _ now: Timestamp, _ transaction: Int64
    ) -> EventRow {
        var body = body
        body["rule"] = .text(name)
        return EventRow(
            kind: kind, account: account, transaction: transaction, body: StrictJSON.object(body).text,
            created: now.microseconds)
    }
}

extension EventRow {
    /// Writes events behind those that are there.
    static func write(_ events: [EventRow], in tx: Transaction) throws(LedgerError) {
        try tx.put(
            into: "ledger_event", columns: ["kind", "account", "txn", "body", "created_us"],
            rows: events.map { event in
                [
                    .text(event.kind), .integer(event.account), .integer(event.transaction), .text(event.body),
                    .integer(event.created),
                ]
            })
    }
}

/// Shows every change of a balance to the rules of its account, in the transaction that makes it.
package struct RuleObserver: BalanceObserver {
    /// For more accounts than these it asks first whether there is any rule at all, which takes next to no time.
    private static let fewAccounts = 8

    package init() {}

    package func balancesChanged(_ changes: [BalanceChange], in transaction: Transaction) throws {
        let accounts = Set(changes.map(\.account)).sorted()
        guard !accounts.isEmpty else { return }
        if accounts.count > Self.fewAccounts, try transaction.first("SELECT 1 FROM ledger_rule LIMIT 1") == nil {
            return
        }
        var rules: [Int64: [RuleRow]] = [:]
        for start in stride(from: 0, to: accounts.count, by: 256) {
            let some = Array(accounts[start..<min(start + 256, accounts.count)])
            for row in try RuleStore.rules("account IN \(list: some) ORDER BY account, name", in: transaction) {
                rules[row.account, default: []].append(row)
            }
        }
        if rules.isEmpty { return }
        let before = rules
        var events: [EventRow] = []
        for change in changes {
            guard var watching = rules[change.account] else { continue }
            for at in watching.indices { events += try watching[at].apply(change) }
            rules[change.account] = watching
        }
        var changed: [RuleRow] = []
        for account in accounts {
            for (old, new) in zip(before[account] ?? [], rules[account] ?? []) where old.rule != new.rule {
                changed.append(new)
            }
        }
        try RuleStore.save(changed, in: transaction)
        try EventRow.write(events, in: transaction)
    }
}
