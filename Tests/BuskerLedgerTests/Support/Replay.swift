// Follows what a ledger wrote, in the order of its own clock, through the naive ledger.

import BuskerCore
import BuskerLedger
import LedgerModel

/// What was found wrong.
private final class Complaints { var list: [String] = [] }

/// Follows what a ledger wrote through the naive ledger and keeps what differs.
struct Replay {
    private(set) var model = NaiveLedger()
    private let complaints = Complaints()
    private(set) var last: Int64 = 0
    private var ids: [Int64: TransactionID] = [:]
    private var followed: Set<String> = []
    private var known: Set<String> = []

    init(limits: LedgerLimits = LedgerLimits()) { model.limits = limits }

    private enum Step {
        case txn(LedgerTables.Txn)
        case refusal(LedgerTables.Refusal)

        var created: Int64 {
            switch self {
            case .txn(let t): t.created
            case .refusal(let r): r.created
            }
        }
    }

    /// What differed.
    var problems: [String] { complaints.list }

    private func expect(_ holds: Bool, _ text: @autoclosure () -> String) { if !holds { complain(text()) } }

    private func complain(_ text: String) { complaints.list.append(text) }

    /// Follows what is new in the tables.
    ///
    /// - Parameters:
    ///   - asked: which command happened under which key.
    ///   - answers: what it was told.
    ///   - before: of a command in a linked group, the commands before it.
    mutating func follow(
        _ tables: LedgerTables, asked: [String: LedgerCommand], answers: [String: Answer],
        before: [String: [LedgerCommand]] = [:]
    ) {
        let news = tables.txns.filter { $0.seq > last }.map(Step.txn)
        let refused = tables.refusals.filter { !followed.contains(Self.name($0.scope, $0.key)) }.map(Step.refusal)
        for step in (news + refused).sorted(by: { $0.created < $1.created }) {
            expect(step.created > model.last, "the clock did not move on: \(step.created) after \(model.last)")
            switch step {
            case .txn(let t):
                last = t.seq
                follow(t, tables, asked, answers)
            case .refusal(let r): follow(r, asked, answers, before)
            }
            model.last = step.created
        }
        compare(tables)
    }

    static func name(_ scope: String, _ key: String) -> String { scope + "\u{0}" + key }

    private mutating func follow(
        _ t: LedgerTables.Txn, _ tables: LedgerTables, _ asked: [String: LedgerCommand], _ answers: [String: Answer]
    ) {
        guard let id = try? TransactionID(bytes: t.id) else { return complain("\(t.seq) has no id") }
        ids[t.seq] = id
        known.insert(Self.name(t.scope, t.key))
        let wanted = Result { () throws(NaiveLedger.Refusal) in
            if t.scope == "~" { return try sweep(t, tables) }
            guard let command = asked[Self.name(t.scope, t.key)] else { throw NaiveLedger.Refusal(.corrupt) }
            swept(before: command, at: t.created)
            return try model.apply(command.action, id: id, at: t.created)
        }
        guard case .success(let done) = wanted else {
            return complain("\(t.seq) \(t.key): happened, the model says \(wanted)")
        }
        let found = NaiveLedger.Done(
            kind: TransactionKind(rawValue: t.kind) ?? .open, account: tables.name(t.account), amount: t.amount,
            posted: t.posted, held: t.held, debt: t.debt)
        expect(found == done, "\(t.seq) \(t.key): \(found), the model says \(done)")
        if t.scope != "~" { compare(t, id, answers[Self.name(t.scope, t.key)]) }
    }

    private mutating func compare(_ t: LedgerTables.Txn, _ id: TransactionID, _ answer: Answer?) {
        guard case .success(let r) = answer else {
            if let answer { complain("\(t.seq) \(t.key) happened, the answer was \(answer)") }
            return
        }
        let same =
            r.transaction == id && r.sequence == t.seq && r.kind.rawValue == t.kind && r.amount.steps == t.amount
            && r.after.posted.steps == t.posted && r.after.held.steps == t.held && r.after.debt.steps == t.debt
            && r.createdAt.microseconds == t.created
        expect(same, "\(t.seq) \(t.key): the receipt \(r) is not the row \(t)")
    }

    private mutating func sweep(_ t: LedgerTables.Txn, _ tables: LedgerTables) throws(NaiveLedger.Refusal)
        -> NaiveLedger.Done
    {
        if t.kind == TransactionKind.expireHold.rawValue {
            guard let seq = t.hold, let id = ids[seq],
                let at = model.holds.firstIndex(where: { $0.id == HoldID(sharing: id) })
            else { throw NaiveLedger.Refusal(.unknownHold) }
            return try model.expireHold(at, at: t.created)
        }
        guard let grant = tables.entries.first(where: { $0.txn == t.seq && $0.grant != nil })?.grant,
            let at = tables.grants.firstIndex(where: { $0.id == grant }), model.grants.indices.contains(at)
        else { throw NaiveLedger.Refusal(.corrupt) }
        return try model.expireGrant(at, at: t.created)
    }

    /// Before a command, nothing that is over may stand on its accounts.
    private mutating func swept(before command: LedgerCommand, at now: Int64) {
        for name in model.accounts(of: command.action) {
            let (holds, grants) = model.due(name, at: now)
            expect(
                holds.isEmpty && grants.isEmpty,
                "\(command.key) at \(now): holds \(holds) and grants \(grants) of \(name) were over and not swept")
        }
    }

    private mutating func follow(
        _ r: LedgerTables.Refusal, _ asked: [String: LedgerCommand], _ answers: [String: Answer],
        _ before: [String: [LedgerCommand]]
    ) {
        let name = Self.name(r.scope, r.key)
        followed.insert(name)
        guard let command = asked[name] else { return complain("\(r.key) was never asked") }
        let group = before[name] ?? []
        let wanted = [0, Int64(group.count)].map { verdict(on: command, after: group, at: r.created, lead: $0) }
            .sorted { one, _ in one.code?.description == r.code }[0]
        guard case .failure(let refusal) = wanted else {
            return complain("\(r.key) was refused with \(r.code), the model says \(wanted)")
        }
        expect(r.code == refusal.code.description, "\(r.key): \(r.code), the model says \(refusal.code)")
        if case .failure(let error) = answers[name] {
            let found = error.figures.map {
                NaiveLedger.Figures(
                    needed: $0.needed.steps, available: $0.available.steps, held: $0.held.steps, debt: $0.debt.steps)
            }
            expect(error.code == refusal.code, "\(r.key): the answer is \(error), the model says \(refusal.code)")
            expect(
                refusal.code != .insufficient || found == refusal.figures,
                "\(r.key): \(String(describing: found)), the model says \(String(describing: refusal.figures))")
        } else if let answer = answers[name] {
            complain("\(r.key) was refused, the answer was \(answer)")
        }
    }

    /// What the model says to a command behind others of its group, which happened a little before it or at its instant.
    private func verdict(
        on command: LedgerCommand, after group: [LedgerCommand], at now: Int64, lead: Int64
    ) -> Result<NaiveLedger.Done, NaiveLedger.Refusal> {
        guard let nowhere = model.nowhere else { return .failure(NaiveLedger.Refusal(.corrupt)) }
        var copy = model
        for earlier in group where !known.contains(Self.name(earlier.key.scope, earlier.key.text)) {
            copy.sweep(earlier.action, at: now - lead)
            _ = try? copy.apply(earlier.action, id: nowhere, at: now - lead)
        }
        copy.sweep(command.action, at: now)
        return Result { () throws(NaiveLedger.Refusal) in try copy.apply(command.action, id: nowhere, at: now) }
    }

    /// The tables must say what the model says.
    private mutating func compare(_ tables: LedgerTables) {
        let customers = tables.accounts.filter { $0.house == 0 }
        let found = customers.map { [$0.posted, $0.held, $0.debt, $0.state] }
        expect(customers.map(\.name) == model.accounts.map(\.name), "accounts: \(customers.map(\.name))")
        let open = customers.first { a in model.accounts.contains { $0.name == a.name && !$0.closed } }?.state
        for (a, m) in zip(customers, model.accounts) {
            expect([a.posted, a.held, a.debt] == [m.posted, m.held, m.debt], "\(a), the model says \(m)")
            expect((a.state == open) == !m.closed, "\(a) is \(a.state), the model says closed: \(m.closed)")
        }
        expect(found.count == model.accounts.count, "\(found.count) accounts, the model has \(model.accounts.count)")
        compareGrants(tables)
        compareHolds(tables)
    }

    private mutating func compareGrants(_ tables: LedgerTables) {
        expect(
            tables.grants.count == model.grants.count,
            "\(tables.grants.count) grants, the model has \(model.grants.count)")
        for (g, m) in zip(tables.grants, model.grants) {
            let same =
                tables.name(g.account) == m.account && g.category == m.category.rawValue && g.priority == m.priority
                && g.amount == m.amount && g.remaining == m.remaining && g.held == m.held && g.effective == m.effective
                && g.expires == m.expires && g.scope == m.scope
            expect(same, "\(g), the model says \(m)")
        }
    }

    private mutating func compareHolds(_ tables: LedgerTables) {
        expect(
            tables.holds.count == model.holds.count, "\(tables.holds.count) holds, the model has \(model.holds.count)")
        for (h, m) in zip(tables.holds, model.holds) {
            let same =
                ids[h.id].map { HoldID(sharing: $0) } == m.id && tables.name(h.account) == m.account
                && h.amount == m.amount && h.captured == m.captured && h.state == m.state.rawValue
                && h.expires == m.expires
            expect(same, "\(h), the model says \(m)")
        }
        var owners = Dictionary(grouping: model.slices, by: \.owner)
        for (owner, found) in Dictionary(grouping: tables.allocs, by: \.owner) {
            guard let id = ids[owner], let wanted = owners.removeValue(forKey: id) else { continue }
            let same = zip(found, wanted).allSatisfy { f, w in
                tables.grants.indices.contains(w.grant) && f.grant == tables.grants[w.grant].id && f.amount == w.amount
                    && f.taken == w.taken
            }
            expect(same && found.count == wanted.count, "slices of \(owner): \(found), the model says \(wanted)")
        }
        expect(owners.isEmpty, "slices without rows: \(owners)")
    }
}

/// What a command was told.
typealias Answer = Result<Receipt, LedgerError>

extension NaiveLedger {
    /// The accounts whose due grants and holds a command must sweep.
    func accounts(of action: LedgerAction) -> [String] {
        switch action {
        case .open: []
        case .grant(let a, _, _), .charge(let a, _, _), .hold(let a, _, _, _), .adjust(let a, _, _), .close(let a):
            [a.text]
        case .transfer(let a, let b, _): [a.text, b.text]
        case .capture(let hold, _, _), .release(let hold): holds.filter { $0.id == hold }.map(\.account)
        case .reverse(let transaction, _): spent[transaction].map { [$0.account] } ?? []
        case .clawback(let payment, _): grants.filter { $0.payment == payment }.prefix(1).map(\.account)
        }
    }

    /// Sweeps what a command would sweep.
    mutating func sweep(_ action: LedgerAction, at now: Int64) {
        for name in accounts(of: action) {
            for at in due(name, at: now).holds { _ = try? expireHold(at, at: now) }
            for at in due(name, at: now).grants { _ = try? expireGrant(at, at: now) }
        }
    }

    /// A name that no transaction has.
    var nowhere: TransactionID? {
        try? TransactionID(bytes: [0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0])
    }
}

extension Result where Failure == NaiveLedger.Refusal {
    /// Why it was refused.
    var code: LedgerError.Code? { if case .failure(let refusal) = self { refusal.code } else { nil } }
}
