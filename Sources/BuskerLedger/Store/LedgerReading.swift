// The statements that look rows up, and what their answers become.

import BuskerCore
import BuskerDatabase

/// Statements that travel together, each with what to do with its answer.
struct LedgerReading {
    /// Whether the values of a list are looked up one by one.
    private let laterally: Bool
    private(set) var statements: [SQL] = []
    private var takers: [@Sendable ([Row], inout LedgerFinds) throws(DatabaseError) -> Void] = []

    init(_ dialect: Dialect) { laterally = dialect.findsLaterally }

    /// Takes the answers, in the order of the statements.
    func take(_ answers: [[Row]]) throws(DatabaseError) -> LedgerFinds {
        var finds = LedgerFinds()
        for (at, rows) in answers.enumerated() { try takers[at](rows, &finds) }
        return finds
    }

    private mutating func ask(
        _ statement: SQL, _ taker: @escaping @Sendable ([Row], inout LedgerFinds) throws(DatabaseError) -> Void
    ) {
        statements.append(statement)
        takers.append(taker)
    }

    mutating func askHead(lock: String) {
        ask(SQL(text: "SELECT \(LedgerHead.columns) FROM ledger_head WHERE id = 1\(lock)", values: [])) {
            rows, finds throws(DatabaseError) in
            if let row = rows.first { finds.head = try LedgerHead(row) }
        }
    }

    mutating func ask(keys: [IdempotencyKey]) {
        guard let first = keys.first else { return }
        if keys.allSatisfy({ ByteText.equal($0.scope, first.scope) }) {
            return ask(keys: keys.map(\.text), scope: first.scope)
        }
        for (scope, keys) in Dictionary(grouping: keys, by: { ByteText($0.scope) }) {
            ask(keys: keys.map(\.text), scope: scope.text)
        }
    }

    private mutating func ask(keys: [String], scope: String) {
        let list = keys.map { SQLValue.text($0) }
        ask(Self.byKey.sql(leading: [.text(scope)], list, laterally: laterally)) { rows, finds throws(DatabaseError) in
            for row in rows { finds.outcomes.append(try TransactionRow(row)) }
        }
        ask(Self.refusalByKey.sql(leading: [.text(scope)], list, laterally: laterally)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.refusals.append(try RefusalRow(row)) }
        }
    }

    mutating func ask(names: [String]) {
        guard !names.isEmpty else { return }
        ask(Self.accountByName.sql(names.map { .text($0) }, laterally: laterally)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.accounts.append(try AccountRow(row)) }
        }
    }

    mutating func ask(accounts: [Int64]) {
        guard !accounts.isEmpty else { return }
        ask(Self.accountByNumber.sql(accounts.map { .integer($0) }, laterally: laterally)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.accounts.append(try AccountRow(row)) }
        }
    }

    mutating func ask(units: [String]) {
        guard !units.isEmpty else { return }
        ask(Self.units.sql(units.map { .text($0) }, laterally: laterally)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.units.append(try .init(row, from: 0)) }
        }
    }

    mutating func ask(targets: [TransactionID]) {
        guard !targets.isEmpty else { return }
        let list = targets.map { SQLValue.bytes($0.bytes) }
        ask(Self.targets.sql(list, laterally: laterally)) { rows, finds throws(DatabaseError) in
            for row in rows { finds.transactions.append(try TransactionRow(row)) }
        }
        ask(Self.targetAccounts.sql(list, laterally: laterally)) { rows, finds throws(DatabaseError) in
            for row in rows { finds.accounts.append(try AccountRow(row)) }
        }
        ask(Self.targetHolds.sql(list, laterally: laterally)) { rows, finds throws(DatabaseError) in
            for row in rows { finds.holds.append(try HoldRow(row)) }
        }
        askSlices(Self.targetSlices, Self.targetGrants, list)
    }

    mutating func ask(owners: [Int64]) {
        guard !owners.isEmpty else { return }
        askSlices(Self.ownerSlices, Self.ownerGrants, owners.map { .integer($0) })
    }

    private mutating func askSlices(_ slices: ListSelect, _ grants: ListSelect, _ list: [SQLValue]) {
        ask(slices.sql(list, laterally: laterally)) { rows, finds throws(DatabaseError) in
            for row in rows { finds.slices.append(try SliceRow(row)) }
        }
        askGrants(grants.sql(list, laterally: laterally))
    }

    mutating func ask(sequences: [Int64]) {
        guard !sequences.isEmpty else { return }
        ask(Self.bySequence.sql(sequences.map { .integer($0) }, laterally: laterally)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.transactions.append(try TransactionRow(row)) }
        }
    }

    mutating func ask(payments: [String]) {
        guard !payments.isEmpty else { return }
        let list = payments.map { SQLValue.text($0) }
        askGrants(Self.grantsByPayment.sql(list, laterally: laterally))
        ask(Self.clawed.sql(list, laterally: laterally)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.clawed.append((try row.text(0), try row.integer(1))) }
        }
    }

    mutating func ask(_ lane: LedgerWants.LaneWant) {
        askGrants(
            Self.lane.sql(
                leading: [.text(lane.scope)], lane.accounts.map { .integer($0) }, laterally: laterally))
    }

    mutating func ask(_ page: LedgerWants.PageWant) {
        var values: [SQLValue] = [.integer(page.account), .text(page.scope)]
        if let after = page.after { values += Self.values(after) }
        values.append(.integer(Int64(page.limit)))
        let limit = page.limit
        ask(SQL(text: page.after == nil ? Self.firstPage : Self.nextPage, values: values)) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.grants.append(try GrantRow(row)) }
            finds.fullPages.append(rows.count >= limit)
        }
    }

    mutating func ask(_ want: LedgerWants.DueWant) {
        let (account, at) = (SQLValue.integer(want.account), SQLValue.integer(want.at))
        let limit = SQLValue.integer(Int64(want.limit))
        func place(_ after: (expires: Int64, id: Int64)?) -> [SQLValue] {
            [.integer(after?.expires ?? -1), .integer(after?.id ?? -1)]
        }
        ask(SQL(text: Self.dueGrants, values: [account, at] + place(want.afterGrant) + [limit])) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.due.grants.append(try GrantRow(row)) }
        }
        ask(SQL(text: Self.dueHolds, values: [account, at] + place(want.afterHold) + [limit])) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.due.holds.append(try HoldRow(row)) }
        }
        let until = SQLValue.integer(want.noticeUntil)
        ask(SQL(text: Self.dueNotices, values: [account, until] + place(want.afterNotice) + [limit])) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.due.notices.append(try GrantRow(row)) }
        }
        ask(SQL(text: Self.nextEnds, values: [account, at, until])) { rows, finds throws(DatabaseError) in
            guard let row = rows.first else { return }
            finds.due.nextGrant = try row.integer(orNil: 0) ?? LedgerSchema.never
            finds.due.nextHold = try row.integer(orNil: 1) ?? LedgerSchema.never
            finds.due.nextNotice = try row.integer(orNil: 2) ?? LedgerSchema.never
        }
    }

    mutating func ask(scopesOf account: Int64) {
        ask(SQL(text: Self.scopes, values: [.integer(account)])) { rows, finds throws(DatabaseError) in
            for row in rows { finds.scopes.append(try row.text(0)) }
        }
    }

    mutating func ask(_ want: LedgerWants.SumWant) {
        var values: [SQLValue] = [
            .integer(want.account), .text(want.scope), .integer(want.at ?? LedgerSchema.never),
            .integer(want.at ?? -1),
        ]
        if let after = want.after { values += Self.values(after) }
        ask(SQL(text: want.after == nil ? Self.sum : Self.sumBeyond, values: values)) {
            rows, finds throws(DatabaseError) in
            finds.sum = try rows.first?.integer(orNil: 0) ?? 0
        }
    }

    mutating func ask(dueAt instant: Int64, limit: Int) {
        ask(SQL(text: Self.dueAccounts, values: [.integer(instant), .integer(Int64(limit))])) {
            rows, finds throws(DatabaseError) in
            for row in rows { finds.dueAccounts.append(try row.integer(0)) }
        }
    }

    private mutating func askGrants(_ statement: SQL) {
        ask(statement) { rows, finds throws(DatabaseError) in
            for row in rows { finds.grants.append(try GrantRow(row)) }
        }
    }

    private static func values(_ order: BurnOrder) -> [SQLValue] {
        [
            .integer(order.priority), .integer(order.expires), .integer(order.paid), .integer(order.effective),
            .integer(order.id),
        ]
    }
}
