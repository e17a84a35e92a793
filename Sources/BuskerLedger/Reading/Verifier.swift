// Runs the passes of a verification.

import BuskerCore
import BuskerDatabase

/// Runs the passes of a verification on one snapshot.
struct Verifier {
    let anchor: LedgerAnchor?

    func run(_ start: VerifyContext, in tx: ReadTransaction) throws -> Verification {
        var context = start
        guard let head = try tx.first("SELECT seq, account, created_us, hash, grant_id FROM ledger_head WHERE id = 1")
        else {
            throw LedgerError(.databaseFailed, "The ledger has no tables yet: call migrate() once.")
        }
        let count = try checkedCount(head, &context, in: tx)
        context.total = try total(head, accounts: count, context.limits, in: tx)
        let receivables = Set(
            try tx.rows("SELECT id FROM ledger_account WHERE house = \(HouseAccount.receivable.rawValue)").map {
                try $0.get(0, as: Int64.self)
            })
        let accountsMax = Int64(max(1, context.limits.verifyAccountsMax))
        var end: (sequence: Int64, hash: [UInt8]) = (0, ChainPass.origin)
        var first: Int64 = 1
        repeat {
            let accounts = max(0, min(accountsMax, count - first + 1))
            var pass = ChainPass(
                accounts: FollowedAccounts(from: first, count: Int(accounts)), receivables: receivables, anchor: anchor,
                followsOnly: first > 1)
            try pass.run(&context, in: tx)
            if first == 1 { end = pass.end }
            let isLast = count - first < accountsMax
            try AccountPass(followed: pass.accounts, end: isLast ? .max : first + accounts).run(&context, in: tx)
            first += accountsMax
        } while first <= count
        try check(head, end, &context)
        try CreditPass.run(&context, in: tx)
        return Verification(
            transactions: end.sequence, headHash: end.hash, problems: context.sorted,
            problemCount: context.problemCount)
    }

    /// How many accounts there are; their numbers begin with 1 and have no gaps.
    private func checkedCount(
        _ head: Row, _ context: inout VerifyContext, in tx: ReadTransaction
    ) throws -> Int64 {
        let numbers = try tx.first("SELECT count(*), coalesce(max(id), 0), coalesce(min(id), 1) FROM ledger_account")
        let count: Int64 = try numbers?.get(0) ?? 0
        let (last, first): (Int64, Int64) = (try numbers?.get(1) ?? 0, try numbers?.get(2) ?? 1)
        let given: Int64 = try head.get(1)
        if last != count || first != 1 || count != given {
            context.note(
                .bounds,
                """
                The accounts are not numbered from 1 to \(given) without gaps, as the ledger did: one \
                was deleted or added.
                """)
        }
        return count
    }

    private func total(
        _ head: Row, accounts: Int64, _ limits: LedgerLimits, in tx: ReadTransaction
    ) throws -> Int64 {
        let transactions: Int64 = try head.get(0)
        let grants: Int64 = try head.get(4)
        let holds = try tx.value("SELECT count(*) FROM ledger_hold", as: Int64.self) ?? 0
        let passes = Int128(max(0, accounts - 1)) / Int128(max(1, limits.verifyAccountsMax)) + 1
        let sum = passes * Int128(transactions) + Int128(accounts) + Int128(grants) + Int128(holds)
        return Int64(clamping: sum)
    }

    private func check(
        _ head: Row, _ end: (sequence: Int64, hash: [UInt8]), _ context: inout VerifyContext
    ) throws {
        let sequence: Int64 = try head.get(0)
        let hash: [UInt8] = try head.get(3)
        if sequence != end.sequence {
            context.note(
                .chain, at: min(sequence, end.sequence).addingReportingOverflow(1).partialValue,
                """
                The ledger says that its last transaction is \(sequence), but the last one there is \(end.sequence): \
                transactions were cut off or added.
                """)
        } else if sequence > 0, hash != end.hash {
            context.note(
                .chain, at: sequence, "The hash the ledger ends with is not that of its last transaction \(sequence).")
        }
    }
}
