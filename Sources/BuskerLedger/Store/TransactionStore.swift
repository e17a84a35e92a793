// The ledger's rows in a database transaction.

import BuskerCore
package import BuskerDatabase

/// Lends the engine the rows of the tables, inside one transaction.
///
/// The statements are written out, so that each is prepared once. Lists are filled up to a power of two.
package struct TransactionStore: LedgerStore {
    let tx: ReadTransaction
    private let writer: Transaction?
    /// Called between the parts of writing, for tests that crash there.
    let passing: (@Sendable (LedgerPoint) -> Void)?

    package init(_ tx: Transaction, passing: (@Sendable (LedgerPoint) -> Void)? = nil) {
        self.tx = tx
        writer = tx
        self.passing = passing
    }

    package func load(_ wanted: LedgerWants) throws(DatabaseError) -> LedgerFinds {
        var reading = LedgerReading()
        if wanted.head { reading.askHead(lock: tx.dialect.forUpdate.text) }
        reading.ask(keys: wanted.keys)
        reading.ask(names: wanted.names)
        reading.ask(accounts: wanted.accounts)
        reading.ask(units: wanted.units)
        reading.ask(targets: wanted.targets)
        reading.ask(owners: wanted.owners)
        reading.ask(sequences: wanted.sequences)
        reading.ask(payments: wanted.payments)
        for lane in wanted.lanes { reading.ask(lane) }
        for page in wanted.pages { reading.ask(page) }
        if let due = wanted.due { reading.ask(due) }
        if let account = wanted.scopesOf { reading.ask(scopesOf: account) }
        if let sum = wanted.sum { reading.ask(sum) }
        if let (instant, limit) = wanted.dueAccounts { reading.ask(dueAt: instant, limit: limit) }
        guard !reading.statements.isEmpty else { return LedgerFinds() }
        return try reading.take(try tx.rows(ofAll: reading.statements))
    }

    package func save(_ changes: LedgerChanges) throws(DatabaseError) {
        guard let writer else { return }
        let writing = LedgerWriting(changes)
        guard let passing else { return try writer.perform(writing.rows + writing.figures) }
        try writer.perform(writing.rows)
        passing(.batchAfterEntries)
        try writer.perform(writing.figures)
    }
}
