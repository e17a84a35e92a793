// The usage log: the priced lines behind charges, and their totals.

public import BuskerCore
public import BuskerDatabase

/// What an account used of one meter in a stretch of time.
public struct UsageTotal: Sendable, Hashable {
    /// The meter.
    public let meter: String
    /// The number of lines.
    public let lines: Int64
    /// What was used, in base units.
    public let quantity: Int64
    /// What of it was free, in base units after conversion.
    public let free: Int64
    /// What it cost.
    public let amount: Amount
}

extension Ledger {
    /// The usage lines of an account from `start` on and before `end`, the oldest first, a page at a time.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount` or `badCursor`.
    public func usage(
        of account: AccountName, from start: Timestamp = Timestamp(microseconds: .min),
        to end: Timestamp = Timestamp(microseconds: .max), page: PageRequest = PageRequest()
    ) async throws(LedgerError) -> Page<UsageLine> {
        try await pricedRead { tx throws(LedgerError) in
            try self.usage(of: account, from: start, to: end, page: page, in: tx)
        }
    }

    /// The usage lines of an account as part of a transaction.
    public func usage(
        of account: AccountName, from start: Timestamp = Timestamp(microseconds: .min),
        to end: Timestamp = Timestamp(microseconds: .max), page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws(LedgerError) -> Page<UsageLine> {
        let number = try PricingStore.account(account, in: tx).number
        var after = (created: Int64.min, bill: Int64.min, line: Int64.min)
        if let cursor = page.after {
            do {
                let (created, bill, line) = try cursor.position(
                    in: "usage", as: Int64.self, Int64.self, Int64.self)
                after = (created, bill, line)
            } catch {
                throw LedgerError(.badCursor, error.detail)
            }
        }
        let limit = min(page.limit, limits.pageRowsMax)
        let rows = try tx.find(
            all: """
                SELECT \(BillStore.columns) WHERE s.account = \(number) AND s.created_us >= \(start)
                AND s.created_us < \(end) AND (s.created_us, s.bill, s.line)
                > (\(after.created), \(after.bill), \(after.line))
                ORDER BY s.created_us, s.bill, s.line LIMIT \(limit + 1)
                """)
        var lines: [UsageLine] = []
        for row in rows { lines.append(try BillStore.line(row)) }
        return try Page.cut(lines, to: limit) { line throws(TextError) in
            try Cursor(list: "usage", after: line.createdAt.microseconds, line.bill, Int64(line.line))
        }
    }

    /// What an account used of each meter from `start` on and before `end`, in the order of the bytes of the meters' names.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, or `overflow` when a sum does not fit into 64 bits.
    public func usageTotals(
        of account: AccountName, from start: Timestamp = Timestamp(microseconds: .min),
        to end: Timestamp = Timestamp(microseconds: .max)
    ) async throws(LedgerError) -> [UsageTotal] {
        try await pricedRead { tx throws(LedgerError) in
            try self.usageTotals(of: account, from: start, to: end, in: tx)
        }
    }

    /// What an account used of each meter, as part of a transaction.
    public func usageTotals(
        of account: AccountName, from start: Timestamp = Timestamp(microseconds: .min),
        to end: Timestamp = Timestamp(microseconds: .max), in tx: ReadTransaction
    ) throws(LedgerError) -> [UsageTotal] {
        let known = try PricingStore.account(account, in: tx)
        let rows = try tx.find(
            all: """
                SELECT meter, COUNT(*), \(HalfSum.of("quantity")), \(HalfSum.of("free")), \(HalfSum.of("amount"))
                FROM ledger_usage WHERE account = \(known.number) AND created_us >= \(start) AND created_us < \(end)
                GROUP BY meter
                """)
        var totals: [UsageTotal] = []
        for row in rows {
            totals.append(
                UsageTotal(
                    meter: try row.read(0),
                    lines: try row.read(1),
                    quantity: try HalfSum.read(row, at: 2), free: try HalfSum.read(row, at: 4),
                    amount: Amount(steps: try HalfSum.read(row, at: 6), unit: known.unit)))
        }
        return totals.sorted { $0.meter.utf8.lexicographicallyPrecedes($1.meter.utf8) }
    }
}

/// Sums in two halves, so that neither database overflows and both say the same when the sum does not fit.
private enum HalfSum {
    private static let half: Int64 = 1 << 31

    /// The sum of the high and of the low halves of a column; the column is one of ours.
    static func of(_ column: String) -> SQL {
        SQL(
            text: "CAST(SUM(\(column) / 2147483648) AS bigint), CAST(SUM(\(column) % 2147483648) AS bigint)", values: []
        )
    }

    static func read(_ row: Row, at column: Int) throws(LedgerError) -> Int64 {
        let (high, low) = (try row.read(column, as: Int64.self), try row.read(column + 1, as: Int64.self))
        let (product, overflow) = high.multipliedReportingOverflow(by: half)
        let (sum, carry) = product.addingReportingOverflow(low)
        guard !overflow, !carry else { throw .tooLarge("The sum of what was used") }
        return sum
    }
}
