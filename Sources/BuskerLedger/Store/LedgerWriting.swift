// The statements that write rows.

import BuskerCore
import BuskerDatabase

/// What a batch writes: rows that are new, and figures of rows that exist, each once.
struct LedgerWriting {
    /// New transactions, entries, slices, refusals and events.
    private(set) var rows: [Change] = []
    /// The head, units, accounts, grants and holds.
    private(set) var figures: [Change] = []

    init(_ changes: LedgerChanges) {
        add(Self.transactions, changes.transactions.map(\.values), to: &rows)
        add(Self.entries, changes.entries.map(\.values), to: &rows)
        add(Self.slices, changes.newSlices.map(\.values), to: &rows)
        add(Self.refusals, changes.refusals.map(\.values), to: &rows)
        add(Self.events, changes.events.map(\.values), to: &rows)
        for slice in changes.takenSlices {
            rows.append(
                .execute(
                    SQL(
                        text: Self.takeSlice,
                        values: [.integer(slice.taken), .integer(slice.owner), .integer(slice.ord)])))
        }
        writeFigures(changes)
    }

    private mutating func writeFigures(_ changes: LedgerChanges) {
        for unit in changes.units {
            figures.append(
                .execute(
                    SQL(
                        text: Self.unit,
                        values: [.text(unit.code), .integer(Int64(unit.scale)), .integer(unit.kind.number)])))
        }
        add(Self.accounts, changes.accounts.filter { $0.change == .new }.map(\.values), to: &figures)
        for row in changes.accounts where row.change != .new { figures.append(.execute(row.update)) }
        add(Self.grants, changes.grants.filter { $0.change == .new }.map(\.values), to: &figures)
        for row in changes.grants where row.change != .new { figures.append(.execute(row.update)) }
        add(Self.holds, changes.holds.filter { $0.change == .new }.map(\.values), to: &figures)
        for row in changes.holds where row.change != .new { figures.append(.execute(row.update)) }
        if let head = changes.head { figures.append(.execute(head.update)) }
    }

    private func add(_ insert: BulkInsert, _ rows: [[SQLValue]], to changes: inout [Change]) {
        if !rows.isEmpty { changes.append(.insert(insert, rows: rows)) }
    }

    private static let unit = "INSERT INTO ledger_unit (code, scale, kind) VALUES ($1, $2, $3)"
    private static let takeSlice = "UPDATE ledger_alloc SET taken = $1 WHERE owner = $2 AND ord = $3"
    private static let transactions = BulkInsert(
        table: "ledger_txn",
        columns: [
            "seq", "id", "kind", "account", "peer", "amount", "scope", "key", "req", "posted", "held", "debt",
            "reverses", "hold", "payment", "job", "rate", "reason", "created_us", "effective_us", "meta", "hash",
        ])
    private static let entries = BulkInsert(
        table: "ledger_entry", columns: ["txn", "line", "account", "grant_id", "amount", "posted_after"])
    private static let slices = BulkInsert(
        table: "ledger_alloc", columns: ["owner", "ord", "grant_id", "amount", "taken"])
    private static let refusals = BulkInsert(
        table: "ledger_refusal", columns: ["scope", "key", "req", "code", "body", "created_us"])
    private static let events = BulkInsert(
        table: "ledger_event", columns: ["kind", "account", "txn", "body", "created_us"])
    private static let accounts = BulkInsert(
        table: "ledger_account",
        columns: [
            "id", "name", "unit", "house", "posted", "held", "debt", "version", "state", "due_us", "grants", "opened",
            "created_us",
        ])
    private static let grants = BulkInsert(
        table: "ledger_grant",
        columns: [
            "id", "account", "txn", "origin", "category", "priority", "scope", "amount", "remaining", "held", "live",
            "notice", "effective_us", "expires_us", "paid", "cost_minor", "cost_currency", "payment",
        ])
    private static let holds = BulkInsert(
        table: "ledger_hold",
        columns: ["id", "account", "amount", "captured", "state", "expires_us", "closed_by", "scope", "job"])
}

extension SQLValue {
    @inline(__always) static func integer(orNull value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
    @inline(__always) static func text(orNull value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
}

extension LedgerHead {
    var update: SQL {
        SQL(
            text:
                "UPDATE ledger_head SET seq = $1, account = $2, grant_id = $3, created_us = $4, hash = $5 WHERE id = 1",
            values: [.integer(seq), .integer(account), .integer(grant), .integer(created), .bytes(hash)])
    }
}

extension AccountRow {
    private var state: SQLValue { .integer(isClosed ? 2 : 1) }
    private var dueValue: SQLValue { due == LedgerSchema.never ? .null : .integer(due) }

    var values: [SQLValue] {
        [
            .integer(id), .text(name), .text(unit.code), .integer(house), .integer(posted), .integer(held),
            .integer(debt), .integer(version), state, dueValue, .integer(grants), .integer(opened), .integer(created),
        ]
    }

    /// Leaves alone what indexes depend on, unless that changed.
    var update: SQL {
        if change == .figures {
            return SQL(
                text: Self.setFigures,
                values: [
                    .integer(posted), .integer(held), .integer(debt), .integer(version), .integer(grants), .integer(id),
                ])
        }
        return SQL(
            text: Self.setAll,
            values: [
                .integer(posted), .integer(held), .integer(debt), .integer(version), .integer(grants), state, dueValue,
                .integer(id),
            ])
    }

    private static let setFigures =
        "UPDATE ledger_account SET posted = $1, held = $2, debt = $3, version = $4, grants = $5 WHERE id = $6"
    private static let setAll = """
        UPDATE ledger_account SET posted = $1, held = $2, debt = $3, version = $4, grants = $5, state = $6, due_us = $7
        WHERE id = $8
        """
}

extension GrantRow {
    private var live: SQLValue { .integer(isLive ? 1 : 0) }
    private var notice: SQLValue { .integer(owesNotice ? 1 : 0) }

    var values: [SQLValue] {
        [
            .integer(id), .integer(account), .integer(transaction), .integer(origin.rawValue),
            .integer(category.rawValue), .integer(priority), .text(scope), .integer(amount), .integer(remaining),
            .integer(held), live, notice, .integer(effective), .integer(expires), .integer(isPaid ? 1 : 0),
            .integer(orNull: costMinor), .text(orNull: costCurrency), .text(orNull: payment),
        ]
    }

    /// Leaves alone what indexes depend on, unless that changed.
    var update: SQL {
        if change == .figures {
            return SQL(text: Self.setFigures, values: [.integer(remaining), .integer(held), notice, .integer(id)])
        }
        return SQL(text: Self.setAll, values: [.integer(remaining), .integer(held), notice, live, .integer(id)])
    }

    private static let setFigures = "UPDATE ledger_grant SET remaining = $1, held = $2, notice = $3 WHERE id = $4"
    private static let setAll =
        "UPDATE ledger_grant SET remaining = $1, held = $2, notice = $3, live = $4 WHERE id = $5"
}

extension HoldRow {
    var values: [SQLValue] {
        [
            .integer(id), .integer(account), .integer(machine.amount), .integer(machine.captured),
            .integer(machine.state.rawValue), .integer(machine.expires), .integer(orNull: closedBy),
            .text(orNull: scope), .text(orNull: job),
        ]
    }

    var update: SQL {
        SQL(
            text: "UPDATE ledger_hold SET captured = $1, state = $2, closed_by = $3 WHERE id = $4",
            values: [
                .integer(machine.captured), .integer(machine.state.rawValue), .integer(orNull: closedBy), .integer(id),
            ])
    }
}

extension TransactionRow {
    var values: [SQLValue] {
        [
            .integer(seq), .bytes(id.bytes), .integer(kind.rawValue), .integer(account), .integer(orNull: peer),
            .integer(amount), .text(key.scope), .text(key.text), .bytes(request), .integer(posted), .integer(held),
            .integer(debt), .integer(orNull: reverses), .integer(orNull: hold), .text(orNull: payment),
            .text(orNull: job), .text(orNull: rate), .text(orNull: reason), .integer(created), .integer(effective),
            .text(meta), .bytes(hash),
        ]
    }
}

extension EntryRow {
    var values: [SQLValue] {
        [
            .integer(transaction), .integer(line), .integer(account), .integer(orNull: grant), .integer(amount),
            .integer(postedAfter),
        ]
    }
}

extension SliceRow {
    var values: [SQLValue] { [.integer(owner), .integer(ord), .integer(grant), .integer(amount), .integer(taken)] }
}

extension RefusalRow {
    var values: [SQLValue] {
        [.text(key.scope), .text(key.text), .bytes(request), .text(code), .text(body), .integer(created)]
    }
}

extension EventRow {
    var values: [SQLValue] { [.text(kind), .integer(account), .integer(transaction), .text(body), .integer(created)] }
}
