// Walks every transaction in order and checks what can be seen from there.

import BuskerCore
import BuskerDatabase

/// Walks every transaction in order: the chain, the lines, the slices, and what stood on the accounts after each.
struct ChainPass {
    /// The hash before the first transaction.
    static let origin = [UInt8](repeating: 0, count: 32)

    private var chain = ChainHash()
    private var previous = ChainPass.origin
    private var sequence: Int64 = 0
    private var created = Int64.min
    private let receivables: Set<Int64>
    private let anchor: LedgerAnchor?
    /// Whether an earlier pass checked everything but the balances of these accounts.
    private let followsOnly: Bool
    private(set) var accounts: FollowedAccounts

    /// What one page needs beside its transactions.
    private struct Slices {
        let amount: Int64
        let taken: Int64
    }

    init(
        accounts: FollowedAccounts, receivables: Set<Int64>, anchor: LedgerAnchor? = nil, followsOnly: Bool = false
    ) {
        self.accounts = accounts
        self.receivables = receivables
        self.anchor = anchor
        self.followsOnly = followsOnly
    }

    /// The last transaction and its hash.
    var end: (sequence: Int64, hash: [UInt8]) { (sequence, previous) }

    mutating func run(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        if let anchor, anchor.sequence == 0 { check(anchor, &context) }
        while true {
            let page = try tx.rows(ChainRow.page(after: sequence, limit: VerifyContext.pageRows))
            let rows = try page.map { try ChainRow($0) }
            guard let first = rows.first, let last = rows.last else { break }
            let slices = followsOnly ? [:] : try slices(first.sequence, last.sequence, in: tx)
            try check(rows, slices, &context, in: tx)
            try context.advance(rows.count)
        }
        guard !followsOnly else { return }
        try checkStrays(&context, in: tx)
        if let anchor, anchor.sequence > sequence {
            context.note(
                .chain, at: sequence.addingReportingOverflow(1).partialValue,
                """
                The ledger ends at transaction \(sequence), but the anchor was taken at \(anchor.sequence): the last \
                \(anchor.sequence - sequence) transactions were cut off.
                """)
        }
    }

    /// Checks the transactions of a page with their lines, which come in the same order.
    private mutating func check(
        _ rows: [ChainRow], _ slices: [Int64: Slices], _ context: inout VerifyContext, in tx: ReadTransaction
    ) throws {
        var lines = EntryLines()
        var next = rows[...]
        let last = rows.last?.sequence ?? sequence
        try tx.forEach(EntryLines.statement(after: sequence, until: last)) { row in
            let line = try EntryRow(row)
            while let row = next.first, row.sequence < line.transaction {
                check(row, lines.taken(), slices[row.sequence], &context)
                next.removeFirst()
            }
            if next.first?.sequence == line.transaction {
                lines.add(line)
            } else {
                stray(line.transaction, &context)
            }
        }
        for row in next { check(row, lines.taken(), slices[row.sequence], &context) }
    }

    private func stray(_ transaction: Int64, _ context: inout VerifyContext) {
        guard !followsOnly else { return }
        context.note(.chain, at: transaction, "A line belongs to transaction \(transaction), which is not there.")
    }

    /// Looks for transactions and lines outside the order that was walked.
    private func checkStrays(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        let lines: SQL = "SELECT txn FROM ledger_entry WHERE txn < 1 OR txn > \(sequence) ORDER BY txn, line LIMIT 1"
        if let line = try tx.value(lines, as: Int64.self) { stray(line, &context) }
        let early: SQL = "SELECT seq FROM ledger_txn WHERE seq < 1 ORDER BY seq LIMIT 1"
        if let early = try tx.value(early, as: Int64.self) {
            context.note(.chain, at: early, "There is a transaction \(early); their numbers begin with 1.")
        }
    }

    private func slices(_ first: Int64, _ last: Int64, in tx: ReadTransaction) throws -> [Int64: Slices] {
        var slices: [Int64: Slices] = [:]
        try tx.forEach(
            """
            SELECT owner, CAST(sum(amount) AS bigint), CAST(sum(taken) AS bigint) FROM ledger_alloc
            WHERE owner >= \(first) AND owner <= \(last) GROUP BY owner
            """
        ) { row in
            slices[try row.get(0)] = Slices(amount: try row.get(1), taken: try row.get(2))
        }
        return slices
    }

    private mutating func check(
        _ found: ChainRow, _ lines: [EntryRow], _ slices: Slices?, _ context: inout VerifyContext
    ) {
        if followsOnly {
            if let row = found.row { checkLines(row, lines, &context) }
            sequence = found.sequence
            return
        }
        checkOrder(found, &context)
        if let row = found.row {
            checkHash(row, found.hash, lines, &context)
            checkLines(row, lines, &context)
            checkSlices(row, slices, found.reversed, &context)
            checkHold(row, found.hold, &context)
        } else {
            context.note(
                .chain, at: found.sequence,
                "Transaction \(found.sequence) holds a value that the ledger never writes: it was changed.")
        }
        sequence = found.sequence
        created = max(created, found.created)
        previous = found.hash
        if let anchor, anchor.sequence == sequence { check(anchor, &context) }
    }

    private func check(_ anchor: LedgerAnchor, _ context: inout VerifyContext) {
        guard anchor.hash != previous else { return }
        context.note(
            .chain, at: anchor.sequence,
            """
            Up to transaction \(anchor.sequence) this is not the ledger the anchor was taken from: something at or before it \
            was rewritten.
            """)
    }

    private func checkOrder(_ found: ChainRow, _ context: inout VerifyContext) {
        let next = sequence.addingReportingOverflow(1).partialValue
        if found.sequence != next {
            let missing =
                found.sequence == next.addingReportingOverflow(1).partialValue
                ? "Transaction \(next) is missing" : "Transactions \(next) to \(found.sequence - 1) are missing"
            context.note(.chain, at: next, "\(missing): the numbers have no gaps, so something was deleted.")
        }
        if found.created <= created {
            context.note(
                .chain, at: found.sequence,
                "Transaction \(found.sequence) is not later than the one before it: its time or number was changed.")
        }
    }

    private mutating func checkHash(
        _ row: TransactionRow, _ stored: [UInt8], _ lines: [EntryRow], _ context: inout VerifyContext
    ) {
        guard chain.hash(row, entries: lines[...], previous: previous) != stored else { return }
        context.note(
            .chain, at: row.seq,
            """
            The hash of transaction \(row.seq) (\(row.kind.name)) does not fit it: the transaction, one of its lines or its \
            hash was changed after it was written.
            """)
    }

    private mutating func checkLines(_ row: TransactionRow, _ lines: [EntryRow], _ context: inout VerifyContext) {
        var sum: Int128 = 0
        for line in lines {
            sum += Int128(line.amount)
            if receivables.contains(line.account), let peer = row.peer, let place = accounts.place(of: peer) {
                accounts.pay(line.amount, at: place)
            }
            guard let place = accounts.place(of: line.account) else { continue }
            guard accounts.add(line.amount, at: place) != line.postedAfter else { continue }
            context.note(
                .postedFollows, at: row.seq,
                """
                Line \(line.line) of transaction \(row.seq) says that \(line.postedAfter) steps were posted on account \
                \(line.account) after it; the lines before it add up to another figure.
                """)
            accounts.resume(posted: line.postedAfter, at: place)
        }
        if sum != 0, !followsOnly {
            context.note(
                .linesBalance, at: row.seq,
                "The lines of transaction \(row.seq) (\(row.kind.name)) add up to \(sum) steps instead of zero.")
        }
        guard let place = accounts.place(of: row.account) else { return }
        accounts.set(held: row.held, debt: row.debt, at: place)
        if accounts.posted[place] != row.posted {
            context.note(
                .postedFollows, at: row.seq,
                """
                Transaction \(row.seq) says that \(row.posted) steps were posted on account \(row.account) after it; its \
                lines add up to \(accounts.posted[place]).
                """)
        }
    }

    private func checkSlices(
        _ row: TransactionRow, _ slices: Slices?, _ reversed: Int64, _ context: inout VerifyContext
    ) {
        guard [.hold, .charge, .capture].contains(row.kind) else { return }
        if (slices?.amount ?? 0) != row.amount {
            context.note(
                .slicesCover, at: row.seq,
                """
                The slices of transaction \(row.seq) (\(row.kind.name)) add up to \(slices?.amount ?? 0) steps, its amount is \
                \(row.amount).
                """)
        }
        guard row.kind != .hold else { return }
        if reversed > row.amount {
            context.note(
                .reversalsFit, at: row.seq,
                "Of transaction \(row.seq) (\(row.kind.name)) \(reversed) of \(row.amount) steps were given back.")
            return
        }
        let left = Int128(row.amount) - Int128(reversed)
        if let slices, Int128(slices.taken) != left {
            context.note(
                .slicesCover, at: row.seq,
                """
                Of transaction \(row.seq) (\(row.kind.name)) \(left) steps were not given back, its slices say \
                \(slices.taken).
                """)
        }
    }

    private func checkHold(_ row: TransactionRow, _ hold: ChainRow.Hold?, _ context: inout VerifyContext) {
        switch row.kind {
        case .hold:
            guard row.hold != row.seq || hold?.account != row.account || hold?.amount != row.amount else { return }
            context.note(
                .holdsCover, at: row.seq, "The hold that transaction \(row.seq) made is missing or was changed.")
        case .capture, .release, .expireHold:
            guard hold?.closedBy != row.seq || hold?.account != row.account else { return }
            context.note(
                .once, at: row.seq,
                """
                Transaction \(row.seq) (\(row.kind.name)) closed a hold that says it was closed by another transaction or \
                belongs to another account.
                """)
        default: break
        }
    }
}

/// The lines of one transaction, as they come.
struct EntryLines {
    private var lines: [EntryRow] = []

    private static let text = """
        SELECT \(EntryRow.columns) FROM ledger_entry e WHERE e.txn > $1 AND e.txn <= $2 ORDER BY e.txn, e.line
        """

    static func statement(after first: Int64, until last: Int64) -> SQL {
        SQL(text: text, values: [.integer(first), .integer(last)])
    }

    mutating func add(_ line: EntryRow) { lines.append(line) }

    /// The lines so far, which are forgotten.
    mutating func taken() -> [EntryRow] {
        defer { lines.removeAll(keepingCapacity: true) }
        return lines
    }
}
