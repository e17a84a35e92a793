// How the ledger's rows are read.

package import BuskerCore
package import BuskerDatabase

extension Row {
    @inline(__always) func integer(_ at: Int) throws(DatabaseError) -> Int64 {
        if case .integer(let value) = values[at] { return value }
        return try get(at)
    }

    @inline(__always) func integer(orNil at: Int) throws(DatabaseError) -> Int64? {
        switch values[at] {
        case .integer(let value): value
        case .null: nil
        default: try get(at)
        }
    }

    @inline(__always) func text(_ at: Int) throws(DatabaseError) -> String {
        if case .text(let value) = values[at] { return value }
        return try get(at)
    }

    @inline(__always) func text(orNil at: Int) throws(DatabaseError) -> String? {
        switch values[at] {
        case .text(let value): value
        case .null: nil
        default: try get(at)
        }
    }

    @inline(__always) func bytes(_ at: Int) throws(DatabaseError) -> [UInt8] {
        if case .bytes(let value) = values[at] { return value }
        return try get(at)
    }
}

extension DatabaseError {
    /// What a row says that the ledger never writes.
    static func impossible(_ what: String) -> DatabaseError {
        DatabaseError(.corrupt, "The ledger's tables hold \(what) that the ledger never writes; verify it.")
    }
}

extension LedgerHead {
    package static let columns = "seq, account, grant_id, created_us, hash"

    package init(_ row: Row) throws(DatabaseError) {
        let hash = try row.bytes(4)
        self.init(
            seq: try row.integer(0), account: try row.integer(1), grant: try row.integer(2),
            created: try row.integer(3), hash: hash.isEmpty ? [UInt8](repeating: 0, count: 32) : hash)
    }
}

extension Amount.Unit {
    /// The unit whose code, scale and kind stand in three columns.
    package init(_ row: Row, from at: Int) throws(DatabaseError) {
        let code = try row.text(at)
        let scale = try row.integer(at + 1)
        guard let kind = Kind(number: try row.integer(at + 2)) else { throw .impossible("a kind of unit") }
        do { try self.init(code: code, scale: Int(clamping: scale), kind: kind) } catch { throw .impossible("a unit") }
    }
}

extension AccountRow {
    /// The columns in the order in which they are read, of `ledger_account a` and `ledger_unit u`.
    package static let columns = """
        a.id, a.name, u.code, u.scale, u.kind, a.house, a.posted, a.held, a.debt, a.version, a.state, a.due_us, a.grants, \
        a.opened, a.created_us
        """

    package init(_ row: Row) throws(DatabaseError) {
        self.init(
            id: try row.integer(0), name: try row.text(1), unit: try Amount.Unit(row, from: 2),
            house: try row.integer(5), opened: try row.integer(13), created: try row.integer(14))
        posted = try row.integer(6)
        held = try row.integer(7)
        debt = try row.integer(8)
        version = try row.integer(9)
        isClosed = try row.integer(10) == 2
        due = try row.integer(orNil: 11) ?? LedgerSchema.never
        grants = try row.integer(12)
    }
}

extension GrantRow {
    /// The columns in the order in which they are read, of `ledger_grant g`.
    package static let columns = """
        g.id, g.account, g.txn, g.origin, g.category, g.priority, g.scope, g.amount, g.remaining, g.held, g.notice, \
        g.effective_us, g.expires_us, g.paid, g.cost_minor, g.cost_currency, g.payment
        """

    package init(_ row: Row) throws(DatabaseError) {
        guard let origin = TransactionKind(rawValue: try row.integer(3)),
            let category = GrantCategory(rawValue: try row.integer(4))
        else { throw .impossible("a kind of grant") }
        var terms = CreditTerms(category, effective: try row.integer(11))
        terms.priority = try row.integer(5)
        terms.scope = try row.text(6)
        terms.expires = try row.integer(12)
        terms.isPaid = try row.integer(13) == 1
        terms.costMinor = try row.integer(orNil: 14)
        terms.costCurrency = try row.text(orNil: 15)
        terms.payment = try row.text(orNil: 16)
        self.init(
            id: try row.integer(0), account: try row.integer(1), transaction: try row.integer(2), origin: origin,
            amount: try row.integer(7), terms: terms)
        remaining = try row.integer(8)
        held = try row.integer(9)
        guard 0 <= held, held <= remaining, remaining <= amount else { throw .impossible("a remainder of a grant") }
        owesNotice = try row.integer(10) == 1
        storedFree = free
    }
}

extension HoldRow {
    /// The columns in the order in which they are read, of `ledger_hold h`.
    package static let columns =
        "h.id, h.account, h.amount, h.captured, h.state, h.expires_us, h.closed_by, h.scope, h.job"

    package init(_ row: Row) throws(DatabaseError) {
        guard let state = HoldMachine.State(rawValue: try row.integer(4)) else {
            throw .impossible("a state of a hold")
        }
        self.init(
            id: try row.integer(0), account: try row.integer(1),
            machine: HoldMachine(
                amount: try row.integer(2), expires: try row.integer(5), captured: try row.integer(3), state: state),
            scope: try row.text(orNil: 7), job: try row.text(orNil: 8))
        closedBy = try row.integer(orNil: 6)
    }
}

extension TransactionRow {
    /// The columns in the order in which they are read, of `ledger_txn t`.
    package static let columns = """
        t.seq, t.id, t.kind, t.account, t.peer, t.amount, t.scope, t.key, t.req, t.posted, t.held, t.debt, t.reverses, \
        t.hold, t.payment, t.job, t.rate, t.reason, t.created_us, t.effective_us, t.meta, t.hash
        """

    package init(_ row: Row) throws(DatabaseError) {
        guard let kind = TransactionKind(rawValue: try row.integer(2)) else {
            throw .impossible("a kind of transaction")
        }
        let id: TransactionID
        do { id = try TransactionID(bytes: try row.bytes(1)) } catch { throw .impossible("an id of a transaction") }
        self.init(
            seq: try row.integer(0), id: id, kind: kind, account: try row.integer(3), amount: try row.integer(5),
            key: IdempotencyKey(trusted: try row.text(7), scope: try row.text(6)), request: try row.bytes(8),
            created: try row.integer(18))
        peer = try row.integer(orNil: 4)
        posted = try row.integer(9)
        held = try row.integer(10)
        debt = try row.integer(11)
        reverses = try row.integer(orNil: 12)
        hold = try row.integer(orNil: 13)
        payment = try row.text(orNil: 14)
        job = try row.text(orNil: 15)
        rate = try row.text(orNil: 16)
        reason = try row.text(orNil: 17)
        effective = try row.integer(19)
        meta = try row.text(20)
        hash = try row.bytes(21)
    }
}

extension EntryRow {
    /// The columns in the order in which they are read, of `ledger_entry e`.
    package static let columns = "e.txn, e.line, e.account, e.grant_id, e.amount, e.posted_after"

    package init(_ row: Row) throws(DatabaseError) {
        self.init(
            transaction: try row.integer(0), line: try row.integer(1), account: try row.integer(2),
            grant: try row.integer(orNil: 3), amount: try row.integer(4), postedAfter: try row.integer(5))
    }
}

extension SliceRow {
    /// The columns in the order in which they are read, of `ledger_alloc s`.
    package static let columns = "s.owner, s.ord, s.grant_id, s.amount, s.taken"

    package init(_ row: Row) throws(DatabaseError) {
        self.init(
            owner: try row.integer(0), ord: try row.integer(1), grant: try row.integer(2), amount: try row.integer(3),
            taken: try row.integer(4))
    }
}

extension RefusalRow {
    /// The columns in the order in which they are read, of `ledger_refusal r`.
    package static let columns = "r.scope, r.key, r.req, r.code, r.body, r.created_us"

    package init(_ row: Row) throws(DatabaseError) {
        self.init(
            key: IdempotencyKey(trusted: try row.text(1), scope: try row.text(0)), request: try row.bytes(2),
            code: try row.text(3), body: try row.text(4), created: try row.integer(5))
    }
}
