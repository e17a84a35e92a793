// Replays a whole ledger, outcome by outcome, through the naive one.

import BuskerCore
import BuskerLedger
import Foundation
import LedgerModel

/// C4 and C8: every transaction and every refusal, in the order of their times, must be what the model says.
struct ModelReplay {
    private let dump: LedgerDump
    private let intents: Intents
    private let unit: Amount.Unit
    private let names: [Int64: String]
    private let idsByKey: [String: String]
    private let idsBySequence: [Int64: String]
    private let grantsByTransaction: [Int64: Int64]

    init(_ dump: LedgerDump, _ intents: Intents) throws {
        self.dump = dump
        self.intents = intents
        unit = try Amount.Unit(code: "credits", scale: 2)
        names = dump.accounts.reduce(into: [:]) { $0[$1["id"]] = $1[text: "name"] }
        idsByKey = dump.transactions.reduce(into: [:]) { found, row in
            if row[text: "scope"] != "~", let key = row[text: "key"] { found[key] = row[text: "id"] }
        }
        idsBySequence = dump.transactions.reduce(into: [:]) { $0[$1["seq"]] = $1[text: "id"] }
        grantsByTransaction = dump.entries.reduce(into: [:]) { found, row in
            if let grant = row[optional: "grant_id"] { found[row["txn"]] = grant }
        }
    }

    func run() throws {
        var model = NaiveLedger()
        let outcomes =
            dump.transactions.map { (row: $0, isRefusal: false) } + dump.refusals.map { (row: $0, isRefusal: true) }
        for (row, isRefusal) in outcomes.sorted(by: { $0.row["created_us"] < $1.row["created_us"] }) {
            if isRefusal { try refuse(row, &model) } else { try happen(row, &model) }
        }
        try compare(model)
    }

    private func happen(_ row: DumpRow, _ model: inout NaiveLedger) throws {
        let now = row["created_us"]
        let done: NaiveLedger.Done
        do {
            if row[text: "scope"] == "~" {
                done = try expire(row, &model, now)
            } else {
                let intent = try intent(of: row)
                done = try model.apply(try action(intent), id: TransactionID(parsing: row[text: "id"] ?? ""), at: now)
            }
        } catch let refusal as NaiveLedger.Refusal {
            throw CrashFinding("C4: the model refuses with \(refusal.code) what happened: \(row)")
        }
        let stored = NaiveLedger.Done(
            kind: TransactionKind(rawValue: row["kind"]) ?? .open, account: names[row["account"]] ?? "",
            amount: row["amount"], posted: row["posted"], held: row["held"], debt: row["debt"])
        guard done == stored else { throw CrashFinding("C4: the model says \(done), the ledger \(stored): \(row)") }
    }

    private func expire(_ row: DumpRow, _ model: inout NaiveLedger, _ now: Int64) throws -> NaiveLedger.Done {
        if let hold = row[optional: "hold"] {
            let id = try HoldID(sharing: TransactionID(parsing: idsBySequence[hold] ?? ""))
            guard let at = model.holds.firstIndex(where: { $0.id == id }) else {
                throw CrashFinding("C4: a hold ends that the model does not know: \(row)")
            }
            return try model.expireHold(at, at: now)
        }
        guard let grant = grantsByTransaction[row["seq"]], model.grants.indices.contains(Int(grant) - 1) else {
            throw CrashFinding("C4: a grant ends that the model does not know: \(row)")
        }
        return try model.expireGrant(Int(grant) - 1, at: now)
    }

    private func refuse(_ row: DumpRow, _ model: inout NaiveLedger) throws {
        let intent = try intent(of: row)
        let answer = try Crew.object(intent.answer ?? "{}")
        do {
            let action = try action(intent)
            let done = try model.apply(action, id: IDGenerator().make(), at: row["created_us"])
            throw CrashFinding("C8: the model does what was refused: \(done), \(row)")
        } catch let refusal as NaiveLedger.Refusal {
            guard refusal.code.description == row[text: "code"] else {
                throw CrashFinding("C8: the model refuses with \(refusal.code): \(row)")
            }
            guard let told = refusal.figures, [.insufficient, .exceedsHold].contains(refusal.code) else { return }
            let figures = ["needed", "available", "held", "debt"].map { (answer[$0] as? NSNumber)?.int64Value }
            guard figures == [told.needed, told.available, told.held, told.debt] else {
                throw CrashFinding("C8: the model has other figures, \(told): \(answer)")
            }
        }
    }

    private func intent(of row: DumpRow) throws -> Intent {
        guard let key = row[text: "key"], let intent = intents.byKey[key] else {
            throw CrashFinding("C2: nobody asked for \(row)")
        }
        return intent
    }

    /// What stands in the tables at the end is what the model has.
    private func compare(_ model: NaiveLedger) throws {
        for row in dump.accounts where row["house"] == 0 {
            let known = model.account(row[text: "name"] ?? "")
            guard known?.posted == row["posted"], known?.held == row["held"], known?.debt == row["debt"] else {
                throw CrashFinding("C4: the model ends with \(String(describing: known)): \(row)")
            }
        }
        guard model.grants.count == dump.grants.count, model.holds.count == dump.holds.count else {
            throw CrashFinding("C4: the model has \(model.grants.count) grants, the ledger \(dump.grants.count)")
        }
        for (grant, row) in zip(model.grants, dump.grants) {
            let figures = [grant.amount, grant.remaining, grant.held, grant.effective, grant.expires ?? .max]
            let stored = ["amount", "remaining", "held", "effective_us", "expires_us"].map { row[$0] }
            guard figures == stored else { throw CrashFinding("C4: the model has the grant \(grant): \(row)") }
        }
        for (hold, row) in zip(model.holds, dump.holds)
        where [hold.amount, hold.captured, hold.state.rawValue] != ["amount", "captured", "state"].map({ row[$0] }) {
            throw CrashFinding("C4: the model has the hold \(hold): \(row)")
        }
    }

    // MARK: Requests as commands

    private func action(_ intent: Intent) throws -> LedgerAction {
        let fields = intent.fields
        func text(_ name: String) -> String? { fields[name] as? String }
        func number(_ name: String) -> Int64? { fields[name] as? Int64 }
        func account() throws -> AccountName { try AccountName(text("acct") ?? "") }
        let amount = Amount(steps: number("amount") ?? 0, unit: unit)
        switch intent.operation {
        case "open": return .open(try account(), unit: unit)
        case "grant": return .grant(try account(), amount, try terms(intent))
        case "charge": return .charge(try account(), amount, scope: text("scope"))
        case "hold":
            return .hold(
                try account(), amount, timeToLive: .milliseconds(number("ttlMs") ?? 3_600_000), scope: text("scope"))
        case "capture": return .capture(try hold(fields), amount, topUp: fields["topUp"] as? Bool ?? false)
        case "release": return .release(try hold(fields))
        case "reverse":
            let id = text("of") ?? idsByKey[text("ofKey") ?? ""] ?? ""
            return .reverse(try TransactionID(parsing: id), number("amount") == nil ? nil : amount)
        case "clawback":
            let reversed = Money(minorUnits: number("cumulative") ?? 0, currency: .usd)
            return .clawback(payment: text("payment") ?? "", reversed: reversed)
        default: throw CrashFinding("C2: no command is called \(intent.operation)")
        }
    }

    private func hold(_ fields: [String: Any]) throws -> HoldID {
        if let id = fields["hold"] as? String { return try HoldID(parsing: id) }
        return try HoldID(sharing: TransactionID(parsing: idsByKey[fields["holdKey"] as? String ?? ""] ?? ""))
    }

    private func terms(_ intent: Intent) throws -> GrantTerms {
        let fields = intent.fields
        let category = GrantCategory.allCases.first { "\($0)" == fields["cat"] as? String } ?? .paid
        var terms = GrantTerms(category, priority: fields["prio"] as? Int ?? 50, scope: fields["scope"] as? String)
        terms.payment = fields["payment"] as? String
        terms.effectiveAt = try (fields["effectiveAt"] as? String).map { try Timestamp(iso8601: $0) }
        terms.expiresAt = try (fields["expiresAt"] as? String).map { try Timestamp(iso8601: $0) }
        terms.cost = (fields["cost"] as? Int64).map { Money(minorUnits: $0, currency: .usd) }
        return terms
    }
}
