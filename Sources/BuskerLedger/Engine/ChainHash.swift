// The hash that binds a transaction to all before it.

import BuskerCore

/// Computes the chain: each hash covers a transaction, its entries and the hash before it.
package struct ChainHash {
    private var fields = CanonicalBytes()

    package init() {}

    /// The hash of a transaction: SHA-256 over every column but `hash`, the entries in the order of their lines, and the
    /// hash of the transaction before it (32 zero bytes before the first).
    package mutating func hash(
        _ row: TransactionRow, entries: ArraySlice<EntryRow>, previous: [UInt8]
    ) -> [UInt8] {
        fields.clear()
        fields.add(row.seq)
        fields.add(row.id.bytes)
        fields.add(row.kind.rawValue)
        fields.add(row.account)
        fields.add(row.peer)
        fields.add(row.amount)
        fields.add(row.key.scope)
        fields.add(row.key.text)
        fields.add(row.request)
        fields.add(row.posted)
        fields.add(row.held)
        fields.add(row.debt)
        fields.add(row.reverses)
        fields.add(row.hold)
        fields.add(row.payment)
        fields.add(row.job)
        fields.add(row.rate)
        fields.add(row.reason)
        fields.add(row.created)
        fields.add(row.effective)
        fields.add(row.meta)
        for entry in entries {
            fields.add(entry.line)
            fields.add(entry.account)
            fields.add(entry.grant)
            fields.add(entry.amount)
            fields.add(entry.postedAfter)
        }
        fields.add(previous)
        return fields.sha256()
    }
}
