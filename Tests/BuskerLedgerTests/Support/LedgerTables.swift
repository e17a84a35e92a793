// The ledger's tables as the tests see them.

import BuskerDatabase
import BuskerLedger

/// Everything that a ledger keeps, as plain values.
struct LedgerTables: Equatable {
    struct Account: Equatable {
        var id, house, posted, held, debt, state: Int64
        var name, unit: String
    }

    struct Txn: Equatable {
        var seq, kind, account, amount, posted, held, debt, created, effective: Int64
        var id: [UInt8]
        var peer, reverses, hold: Int64?
        var scope, key: String
        var payment: String?
    }

    struct Entry: Equatable {
        var txn, line, account, amount, after: Int64
        var grant: Int64?
    }

    struct Grant: Equatable {
        var id, account, category, priority, amount, remaining, held, effective: Int64
        var expires: Int64?
        var scope, payment: String?
    }

    struct Hold: Equatable {
        var id, account, amount, captured, state, expires: Int64
        var closedBy: Int64?
    }

    struct Alloc: Equatable { var owner, ord, grant, amount, taken: Int64 }

    struct Refusal: Equatable {
        var scope, key, code: String
        var created: Int64
    }

    var accounts: [Account] = []
    var txns: [Txn] = []
    var entries: [Entry] = []
    var grants: [Grant] = []
    var holds: [Hold] = []
    var allocs: [Alloc] = []
    var refusals: [Refusal] = []

    /// Reads the tables; of transactions and entries only those after `seq`.
    init(_ tx: ReadTransaction, after seq: Int64 = 0) throws {
        let answers = try tx.rows(ofAll: [
            "SELECT id, house, posted, held, debt, state, name, unit FROM ledger_account ORDER BY id",
            """
            SELECT seq, kind, account, amount, posted, held, debt, created_us, effective_us, id, peer, reverses, hold,
            scope, key, payment FROM ledger_txn WHERE seq > \(seq) ORDER BY seq
            """,
            """
            SELECT txn, line, account, amount, posted_after, grant_id FROM ledger_entry WHERE txn > \(seq)
            ORDER BY txn, line
            """,
            """
            SELECT id, account, category, priority, amount, remaining, held, effective_us, expires_us, scope, payment
            FROM ledger_grant ORDER BY id
            """,
            "SELECT id, account, amount, captured, state, expires_us, closed_by FROM ledger_hold ORDER BY id",
            "SELECT owner, ord, grant_id, amount, taken FROM ledger_alloc ORDER BY owner, ord",
            "SELECT scope, key, code, created_us FROM ledger_refusal ORDER BY created_us",
        ])
        accounts = try answers[0].map { r in
            Account(
                id: try r.get(0), house: try r.get(1), posted: try r.get(2), held: try r.get(3), debt: try r.get(4),
                state: try r.get(5), name: try r.get(6), unit: try r.get(7))
        }
        txns = try answers[1].map { r in
            Txn(
                seq: try r.get(0), kind: try r.get(1), account: try r.get(2), amount: try r.get(3),
                posted: try r.get(4),
                held: try r.get(5), debt: try r.get(6), created: try r.get(7), effective: try r.get(8),
                id: try r.get(9), peer: try r.get(10), reverses: try r.get(11), hold: try r.get(12),
                scope: try r.get(13), key: try r.get(14), payment: try r.get(15))
        }
        entries = try answers[2].map { r in
            Entry(
                txn: try r.get(0), line: try r.get(1), account: try r.get(2), amount: try r.get(3), after: try r.get(4),
                grant: try r.get(5))
        }
        grants = try answers[3].map(Self.grant)
        holds = try answers[4].map { r in
            Hold(
                id: try r.get(0), account: try r.get(1), amount: try r.get(2), captured: try r.get(3),
                state: try r.get(4), expires: try r.get(5), closedBy: try r.get(6))
        }
        allocs = try answers[5].map { r in
            Alloc(
                owner: try r.get(0), ord: try r.get(1), grant: try r.get(2), amount: try r.get(3), taken: try r.get(4))
        }
        refusals = try answers[6].map { r in
            Refusal(scope: try r.get(0), key: try r.get(1), code: try r.get(2), created: try r.get(3))
        }
    }

    private static func grant(_ r: Row) throws -> Grant {
        let expires: Int64 = try r.get(8)
        let scope: String = try r.get(9)
        return Grant(
            id: try r.get(0), account: try r.get(1), category: try r.get(2), priority: try r.get(3),
            amount: try r.get(4), remaining: try r.get(5), held: try r.get(6), effective: try r.get(7),
            expires: expires == .max ? nil : expires, scope: scope.isEmpty ? nil : scope, payment: try r.get(10))
    }

    func name(_ account: Int64) -> String { accounts.first { $0.id == account }?.name ?? "?" }

    /// The same tables without what names and moments make different in every run.
    var withoutNames: LedgerTables {
        var copy = self
        for at in copy.txns.indices { copy.txns[at].id = [] }
        return copy
    }
}
