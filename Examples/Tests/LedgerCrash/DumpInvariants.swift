// The invariants of the ledger, worked out from its rows alone.

/// C5: I1 to I4 and I6 to I9 for every row of a dump.
struct DumpInvariants {
    private let dump: LedgerDump

    init(_ dump: LedgerDump) { self.dump = dump }

    func run() throws {
        try entriesBalance()
        try accountsAgree()
        try slicesAgree()
        try transactionsAreUnique()
        try trialBalanceIsZero()
    }

    /// I1.
    private func entriesBalance() throws {
        for (txn, sum) in sums(dump.entries, "txn", "amount") where sum != 0 {
            throw CrashFinding("I1: the entries of \(txn) add up to \(sum)")
        }
    }

    /// I2, I3, I4 and I5.
    private func accountsAgree() throws {
        let entries = sums(dump.entries, "account", "amount")
        let remaining = sums(dump.grants, "account", "remaining")
        let pinned = sums(dump.grants, "account", "held")
        let open = sums(dump.holds.filter { $0["state"] == 1 }, "account", "amount")
        var last: [Int64: Int64] = [:]
        for row in dump.entries { last[row["account"]] = row["posted_after"] }
        for account in dump.accounts {
            let (id, posted, held) = (account["id"], account["posted"], account["held"])
            guard posted == entries[id] ?? 0, posted == last[id] ?? 0 else { throw CrashFinding("I2: \(account)") }
            guard account["house"] == 0 else { continue }
            guard posted == remaining[id] ?? 0 else { throw CrashFinding("I3: \(account)") }
            guard held == open[id] ?? 0, held == pinned[id] ?? 0 else { throw CrashFinding("I4: \(account)") }
            let isSound =
                0 <= held && held <= posted && account["debt"] >= 0 && (account["debt"] == 0 || posted == held)
            guard isSound else { throw CrashFinding("I5: \(account)") }
        }
        for grant in dump.grants {
            guard 0 <= grant["held"], grant["held"] <= grant["remaining"], grant["remaining"] <= grant["amount"] else {
                throw CrashFinding("I5: \(grant)")
            }
        }
    }

    /// I6.
    private func slicesAgree() throws {
        let slices = sums(dump.allocs, "owner", "amount")
        for hold in dump.holds where slices[hold["id"]] ?? 0 != hold["amount"] { throw CrashFinding("I6: \(hold)") }
        for txn in dump.transactions where txn["kind"] == 3 && slices[txn["seq"]] ?? 0 != txn["amount"] {
            throw CrashFinding("I6: \(txn)")
        }
    }

    /// I7 for holds, I8, and the order of time in I10.
    private func transactionsAreUnique() throws {
        var closings: [Int64: Int] = [:]
        var given: [Int64: Int64] = [:]
        var (sequence, time): (Int64, Int64) = (0, .min)
        let bySequence = Dictionary(dump.transactions.map { ($0["seq"], $0) }) { first, _ in first }
        for txn in dump.transactions {
            guard txn["seq"] == sequence + 1, txn["created_us"] > time else { throw CrashFinding("I10: \(txn)") }
            (sequence, time) = (txn["seq"], txn["created_us"])
            if [5, 6, 8].contains(txn["kind"]), let hold = txn[optional: "hold"] { closings[hold, default: 0] += 1 }
            if txn["kind"] == 9, let charge = txn[optional: "reverses"] { given[charge, default: 0] += txn["amount"] }
        }
        for (hold, count) in closings where count > 1 {
            throw CrashFinding("I7: the hold \(hold) was closed \(count) times")
        }
        for (charge, sum) in given where sum > bySequence[charge]?["amount"] ?? 0 {
            throw CrashFinding("I8: \(sum) was given back of \(charge)")
        }
    }

    /// I9.
    private func trialBalanceIsZero() throws {
        let sum = dump.accounts.reduce(0) { $0 + $1["posted"] }
        guard sum == 0 else { throw CrashFinding("I9: all accounts add up to \(sum)") }
        let debt = dump.accounts.filter { $0["house"] == 0 }.reduce(0) { $0 + $1["debt"] }
        let owed = dump.accounts.filter { $0[text: "name"]?.hasPrefix("~receivable") == true }.reduce(0) {
            $0 + $1["posted"]
        }
        guard debt == abs(owed) else { throw CrashFinding("I9: \(debt) is owed and \(owed) receivable") }
    }

    private func sums(_ rows: [DumpRow], _ group: String, _ column: String) -> [Int64: Int64] {
        rows.reduce(into: [:]) { $0[$1[group], default: 0] += $1[column] }
    }
}
