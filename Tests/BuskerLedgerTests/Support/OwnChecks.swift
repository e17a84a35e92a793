// The invariants I1 to I9, checked on the tables alone.

import BuskerLedger

/// Says which invariants the tables break; it shares nothing with the ledger's own `verify`.
struct OwnChecks {
    let tables: LedgerTables
    private(set) var problems: [String] = []

    static func problems(in tables: LedgerTables) -> [String] {
        var checks = OwnChecks(tables: tables)
        checks.entries()
        checks.balances()
        checks.pins()
        checks.allocations()
        checks.once()
        checks.reversals()
        checks.trialBalance()
        return checks.problems
    }

    private init(tables: LedgerTables) { self.tables = tables }

    private mutating func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { problems.append(text()) }
    }

    private func sum(_ values: some Sequence<Int64>) -> Int128 { values.reduce(Int128(0)) { $0 + Int128($1) } }

    /// I1, and that each entry says what stood after it.
    private mutating func entries() {
        let units = Dictionary(uniqueKeysWithValues: tables.accounts.map { ($0.id, $0.unit) })
        for (txn, lines) in Dictionary(grouping: tables.entries, by: \.txn) {
            for (unit, part) in Dictionary(grouping: lines, by: { units[$0.account] ?? "?" }) {
                expect(sum(part.map(\.amount)) == 0, "I1: the entries of \(txn) in \(unit) do not sum to 0")
            }
        }
        var standing: [Int64: Int128] = [:]
        for line in tables.entries {
            standing[line.account, default: 0] += Int128(line.amount)
        }
        for a in tables.accounts {
            expect(
                standing[a.id, default: 0] == Int128(a.posted),
                "I2: \(a.name) has posted \(a.posted), its entries say \(standing[a.id, default: 0])")
            if let last = tables.entries.last(where: { $0.account == a.id }) {
                expect(
                    last.after == a.posted, "I2: the last entry of \(a.name) says \(last.after), posted is \(a.posted)")
            }
        }
    }

    /// I3, I5.
    private mutating func balances() {
        for a in tables.accounts where a.house == 0 {
            let remaining = sum(tables.grants.filter { $0.account == a.id }.map(\.remaining))
            expect(remaining == Int128(a.posted), "I3: \(a.name) has posted \(a.posted), its grants \(remaining)")
            expect(0 <= a.held && a.held <= a.posted && a.debt >= 0, "I5: \(a.name) \(a.posted) \(a.held) \(a.debt)")
            expect(a.debt == 0 || a.posted == a.held, "I5: \(a.name) owes \(a.debt) and has \(a.posted - a.held) free")
        }
        for g in tables.grants {
            expect(0 <= g.held && g.held <= g.remaining && g.remaining <= g.amount, "I5: grant \(g.id) \(g)")
        }
    }

    /// I4.
    private mutating func pins() {
        for a in tables.accounts where a.house == 0 {
            let active = sum(tables.holds.filter { $0.account == a.id && $0.state == 1 }.map(\.amount))
            let pinned = sum(tables.grants.filter { $0.account == a.id }.map(\.held))
            expect(
                active == Int128(a.held) && pinned == Int128(a.held),
                "I4: \(a.name) holds \(a.held), its holds \(active), its grants \(pinned)")
        }
    }

    /// I6.
    private mutating func allocations() {
        let owners = Dictionary(grouping: tables.allocs, by: \.owner)
        for h in tables.holds {
            let amount = sum((owners[h.id] ?? []).map(\.amount))
            let taken = sum((owners[h.id] ?? []).map(\.taken))
            expect(amount == Int128(h.amount), "I6: hold \(h.id) of \(h.amount) has slices of \(amount)")
            expect(taken <= Int128(h.captured), "I6: hold \(h.id) captured \(h.captured), its slices say \(taken)")
        }
        for t in tables.txns where t.kind == TransactionKind.charge.rawValue {
            let amount = sum((owners[t.seq] ?? []).map(\.amount))
            expect(amount == Int128(t.amount), "I6: charge \(t.seq) of \(t.amount) has slices of \(amount)")
        }
    }

    /// I7.
    private mutating func once() {
        let keys = Dictionary(grouping: tables.txns) { Array("\($0.scope)\u{0}\($0.key)".utf8) }
        for (_, same) in keys where same.count > 1 {
            problems.append("I7: the key of \(same[0].seq) has \(same.count)")
        }
        let closing: Set<Int64> = [
            TransactionKind.capture.rawValue, TransactionKind.release.rawValue, TransactionKind.expireHold.rawValue,
        ]
        for h in tables.holds {
            let closed = tables.txns.filter { $0.hold == h.id && closing.contains($0.kind) }
            expect(
                closed.count == (h.state == 1 ? 0 : 1), "I7: hold \(h.id) in state \(h.state) has \(closed.count) ends")
            expect(h.closedBy == closed.first?.seq, "I7: hold \(h.id) was closed by \(closed.map(\.seq))")
        }
        let seqs = tables.txns.map(\.seq)
        expect(seqs == Array(1...Int64(max(seqs.count, 1))).prefix(seqs.count).map { $0 }, "seq has gaps")
        for (a, b) in zip(tables.txns, tables.txns.dropFirst()) {
            expect(a.created < b.created, "I10: \(b.seq) was created at \(b.created), \(a.seq) at \(a.created)")
        }
    }

    /// I8.
    private mutating func reversals() {
        for (of, parts) in Dictionary(grouping: tables.txns.filter { $0.reverses != nil }, by: { $0.reverses ?? 0 }) {
            let amount = tables.txns.first { $0.seq == of }?.amount ?? 0
            expect(sum(parts.map(\.amount)) <= Int128(amount), "I8: \(of) of \(amount) was reversed by more")
        }
    }

    /// I9.
    private mutating func trialBalance() {
        for (unit, all) in Dictionary(grouping: tables.accounts, by: \.unit) {
            expect(sum(all.map(\.posted)) == 0, "I9: the accounts in \(unit) do not sum to 0")
            let debts = sum(all.filter { $0.house == 0 }.map(\.debt))
            let receivable = sum(all.filter { $0.name.hasPrefix("~receivable") }.map(\.posted))
            expect(receivable == -debts, "I9: receivable in \(unit) is \(receivable), the debts are \(debts)")
        }
    }
}
