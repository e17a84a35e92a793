// What every priced change begins with: the lock, the account, what happened before.

import BuskerCore
import BuskerDatabase

/// The reading and writing that all parts of pricing share.
enum PricingStore {
    /// An account as pricing sees it.
    struct Account {
        let number: Int64
        let unit: Amount.Unit
        let isClosed: Bool
    }

    /// Takes the ledger's lock, so that priced changes happen one after the other, and returns the ledger's time.
    static func lock(_ tx: Transaction, clock: any WallClock) throws(LedgerError) -> Timestamp {
        let row = try tx.find(first: "SELECT created_us FROM ledger_head WHERE id = 1\(tx.dialect.forUpdate)")
        guard let row else {
            throw LedgerError(.databaseFailed, "The ledger's tables are not there; call migrate() first.")
        }
        let last = try row.read(0, as: Int64.self)
        let wall = min(clock.now, Timestamp(microseconds: LedgerLimits.balanceMax))
        return max(wall, Timestamp(microseconds: last).advanced(byMicroseconds: 1))
    }

    /// The account of a name.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`.
    static func account(_ name: AccountName, in tx: ReadTransaction) throws(LedgerError) -> Account {
        let row = try tx.find(
            first: """
                SELECT a.id, u.code, u.scale, u.kind, a.state FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit
                WHERE a.name = \(name.text)
                """)
        guard let row else { throw LedgerError(.unknownAccount, "There is no account \(name); open it first.") }
        return Account(
            number: try row.read(0), unit: try row.unit(at: 1), isClosed: try row.read(4, as: Int64.self) == 2)
    }

    /// The receipt of a transaction that happened before, marked as replayed.
    static func receipt(of sequence: Int64, in tx: ReadTransaction) throws(LedgerError) -> Receipt {
        let row = try tx.find(
            first: """
                SELECT u.code, u.scale, u.kind, t.id, t.kind, t.scope, t.key, a.name, t.amount, h.id, t.posted, t.held,
                t.debt, t.created_us FROM ledger_txn t JOIN ledger_account a ON a.id = t.account
                JOIN ledger_unit u ON u.code = a.unit LEFT JOIN ledger_txn h ON h.seq = t.hold WHERE t.seq = \(sequence)
                """)
        guard let row else {
            throw LedgerError(.corrupt, "Transaction number \(sequence) is named but not there; verify the ledger.")
        }
        let unit = try row.unit(at: 0)
        guard let kind = TransactionKind(rawValue: try row.read(4)) else {
            throw LedgerError(.corrupt, "Transaction number \(sequence) has an unknown kind.")
        }
        return Receipt(
            transaction: try row.read(3), sequence: sequence, kind: kind,
            key: IdempotencyKey(trusted: try row.read(6), scope: try row.read(5)),
            account: AccountName(trusted: try row.read(7)), amount: Amount(steps: try row.read(8), unit: unit),
            hold: try row.read(9),
            after: Standing(
                posted: Amount(steps: try row.read(10), unit: unit),
                held: Amount(steps: try row.read(11), unit: unit),
                debt: Amount(steps: try row.read(12), unit: unit)),
            createdAt: try row.read(13), replayed: true)
    }
}

extension ReadTransaction {
    /// The rows of an answer; what the database reports is said in the ledger's words.
    func find(all sql: SQL) throws(LedgerError) -> [Row] {
        do { return try rows(sql) } catch { throw LedgerError(error) }
    }

    /// The first row of an answer.
    func find(first sql: SQL) throws(LedgerError) -> Row? { try find(all: sql).first }

    /// The first column of the first row.
    func find<Value: SQLDecodable>(value sql: SQL, as type: Value.Type = Value.self) throws(LedgerError) -> Value? {
        guard let row = try find(first: sql) else { return nil }
        return try row.read(0)
    }
}

extension Transaction {
    /// Runs a statement; what the database reports is said in the ledger's words.
    func run(_ sql: SQL) throws(LedgerError) {
        do { _ = try execute(sql) } catch { throw LedgerError(error) }
    }

    /// Inserts rows; what the database reports is said in the ledger's words.
    func put(
        into table: String, columns: [String], rows: [[SQLValue]], replacing key: [String]? = nil
    ) throws(LedgerError) {
        do { try insert(into: table, columns: columns, rows: rows, replacing: key) } catch { throw LedgerError(error) }
    }
}

extension Row {
    /// A column; what does not fit was not written by the ledger.
    func read<Value: SQLDecodable>(_ column: Int, as type: Value.Type = Value.self) throws(LedgerError) -> Value {
        do { return try get(column) } catch { throw LedgerError(error) }
    }

    /// The unit whose code, scale and kind stand in three columns.
    func unit(at column: Int) throws(LedgerError) -> Amount.Unit {
        do { return try Amount.Unit(self, from: column) } catch { throw LedgerError(error) }
    }
}

extension Ledger {
    /// Runs a priced change in a transaction of its own.
    func priced<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(LedgerError) -> T
    ) async throws(LedgerError) -> T {
        do {
            return try await database.write { tx in
                do throws(LedgerError) { return try body(tx) } catch { throw error.cause }
            }
        } catch {
            throw LedgerError(any: error)
        }
    }

    /// Carries out commands whose keys are new, all or none; a refusal leaves no trace, so that the keys may be tried again.
    ///
    /// - Throws: what the commands meet; ``LedgerError`` with `conflict` when a key was used outside pricing.
    func performNew(_ commands: [LedgerCommand], in tx: Transaction) throws(LedgerError) -> [Receipt] {
        let receipts: [Receipt]
        do {
            receipts = try tx.savepoint { try self.perform(linked: commands, in: tx) }
        } catch {
            throw LedgerError(any: error)
        }
        guard receipts.count == commands.count, receipts.allSatisfy({ !$0.replayed }) else {
            throw LedgerError(.conflict, "The key \(commands[0].key) was used for something else; take a new one.")
        }
        return receipts
    }

    /// Reads prices and what was priced.
    func pricedRead<T: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws(LedgerError) -> T
    ) async throws(LedgerError) -> T {
        do {
            return try await database.read { tx in
                do throws(LedgerError) { return try body(tx) } catch { throw error.cause }
            }
        } catch {
            throw LedgerError(any: error)
        }
    }
}
