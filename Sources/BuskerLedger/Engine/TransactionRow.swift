// Transactions, entries and slices as the tables have them.

import BuskerCore

/// A transaction: what was done, on which account, and what stood there after it.
package struct TransactionRow: Sendable {
    package let seq: Int64
    package let id: TransactionID
    package let kind: TransactionKind
    package let account: Int64
    /// The account that received a transfer.
    package var peer: Int64?
    /// Signed for corrections, else not negative.
    package let amount: Int64
    package let key: IdempotencyKey
    /// The SHA-256 of the request.
    package let request: [UInt8]
    package var posted: Int64 = 0
    package var held: Int64 = 0
    package var debt: Int64 = 0
    /// The transaction it gives back.
    package var reverses: Int64?
    /// The hold it made or closed.
    package var hold: Int64?
    package var payment: String?
    package var job: String?
    package var rate: String?
    package var reason: String?
    package let created: Int64
    package var effective: Int64
    /// The notes, as canonical JSON; empty when there are none.
    package var meta = ""
    package var hash: [UInt8] = []

    package init(
        seq: Int64, id: TransactionID, kind: TransactionKind, account: Int64, amount: Int64, key: IdempotencyKey,
        request: [UInt8], created: Int64
    ) {
        self.seq = seq
        self.id = id
        self.kind = kind
        self.account = account
        self.amount = amount
        self.key = key
        self.request = request
        self.created = created
        effective = created
    }
}

/// One line of a transaction; positive where the account gains.
package struct EntryRow: Sendable, Hashable {
    package let transaction: Int64
    package let line: Int64
    package let account: Int64
    package let grant: Int64?
    package let amount: Int64
    package let postedAfter: Int64

    package init(
        transaction: Int64, line: Int64, account: Int64, grant: Int64?, amount: Int64, postedAfter: Int64
    ) {
        self.transaction = transaction
        self.line = line
        self.account = account
        self.grant = grant
        self.amount = amount
        self.postedAfter = postedAfter
    }
}

/// The part of a transaction that one grant bore.
package struct SliceRow: Sendable, Hashable {
    package let owner: Int64
    package let ord: Int64
    package let grant: Int64
    package let amount: Int64
    /// Of a hold what was captured, else what has not been given back.
    package var taken: Int64

    package init(owner: Int64, ord: Int64, grant: Int64, amount: Int64, taken: Int64) {
        self.owner = owner
        self.ord = ord
        self.grant = grant
        self.amount = amount
        self.taken = taken
    }
}

/// A refusal that is remembered under its key.
package struct RefusalRow: Sendable {
    package let key: IdempotencyKey
    package let request: [UInt8]
    package let code: String
    /// The figures and the sentence, as ``RefusalBody`` writes them.
    package let body: String
    package let created: Int64

    package init(key: IdempotencyKey, request: [UInt8], code: String, body: String, created: Int64) {
        self.key = key
        self.request = request
        self.code = code
        self.body = body
        self.created = created
    }
}

/// An event that is announced with the transaction it belongs to.
package struct EventRow: Sendable {
    package let kind: String
    package let account: Int64
    package let transaction: Int64
    package let body: String
    package let created: Int64

    package init(kind: String, account: Int64, transaction: Int64, body: String, created: Int64) {
        self.kind = kind
        self.account = account
        self.transaction = transaction
        self.body = body
        self.created = created
    }
}

/// The end of the chain: the last transaction and the last numbers given out.
package struct LedgerHead: Sendable, Hashable {
    package var seq: Int64 = 0
    package var account: Int64 = 0
    package var grant: Int64 = 0
    package var created: Int64 = 0
    package var hash: [UInt8]

    package init(
        seq: Int64 = 0, account: Int64 = 0, grant: Int64 = 0, created: Int64 = 0,
        hash: [UInt8] = [UInt8](repeating: 0, count: 32)
    ) {
        self.seq = seq
        self.account = account
        self.grant = grant
        self.created = created
        self.hash = hash
    }
}
