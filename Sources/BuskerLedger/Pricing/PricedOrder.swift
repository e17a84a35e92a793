// What is to be priced and paid, and what came of it.

public import BuskerCore

/// What was or will be used, by whom, and by which card it is priced.
public struct PricedOrder: Sendable, Hashable {
    /// The key under which it happens once.
    public var key: IdempotencyKey
    /// Who pays.
    public var account: AccountName
    /// The card.
    public var card: String
    /// Its version; `nil` for the one in force, or for a capture the one that its hold was priced by.
    public var version: Int?
    /// What is used, 1 to 1,000 lines.
    public var usages: [Usage]
    /// More than this is refused, so that nobody pays more than was shown.
    public var atMost: Amount?
    /// What the credit is spent on, for grants that are bound to it.
    public var scope: String?
    /// The host's name of the job.
    ///
    /// 1 to 200 bytes.
    public var job: String?
    /// The host's own notes; they are kept with the transaction, where there is one.
    public var notes: [String: String]

    /// Makes an order.
    public init(
        _ usages: [Usage], card: String, version: Int? = nil, account: AccountName, key: IdempotencyKey,
        atMost: Amount? = nil, scope: String? = nil, job: String? = nil, notes: [String: String] = [:]
    ) {
        self.key = key
        self.account = account
        self.card = card
        self.version = version
        self.usages = usages
        self.atMost = atMost
        self.scope = scope
        self.job = job
        self.notes = notes
    }

    /// The SHA-256 of everything but the key, with what else makes the request.
    func request(_ kind: Bill.Kind, _ more: [String]) -> [UInt8] {
        var fields = CanonicalBytes()
        fields.add(kind.rawValue)
        fields.add(account.text)
        fields.add(card)
        fields.add(version.map(Int64.init))
        fields.add(atMost?.steps)
        fields.add(atMost?.unit.code)
        fields.add(scope)
        fields.add(job)
        fields.add(StrictJSON.object(notes.mapValues { .text($0) }).text)
        for usage in usages {
            fields.add(usage.meter)
            fields.add(usage.quantity)
            fields.add(usage.step)
        }
        for text in more { fields.add(text) }
        return fields.sha256()
    }
}

/// One line of the usage log: what was used, what of it was free, what it cost.
public struct UsageLine: Sendable, Hashable {
    /// The number of the bill, in the order of bills.
    public let bill: Int64
    /// Its place on the bill, from 0.
    public let line: Int
    /// What was used.
    public let usage: Usage
    /// The quantity after conversion, in base units.
    public let billed: Int64
    /// Base units that were free.
    public let free: Int64
    /// What it cost.
    public let amount: Amount
    /// The host's name of the job.
    public let job: String?
    /// The transaction that paid it; `nil` when nothing was to be paid.
    public let transaction: TransactionID?
    /// When.
    public let createdAt: Timestamp
}

/// A priced command that happened: the lines behind its amount, and the receipt of the ledger.
public struct Bill: Sendable, Hashable {
    /// What the command did; the raw values are those of the tables.
    public enum Kind: Int64, Sendable, Hashable {
        /// Credit was spent.
        case charge = 1
        /// Credit was set aside; its lines are an estimate and stand in no usage log.
        case hold = 2
        /// A hold was spent.
        case capture = 3
    }

    /// What the command did.
    public let kind: Kind
    /// The card that priced it.
    public let card: String
    /// Its version.
    public let version: Int
    /// The lines; their amounts sum to the amount of the bill.
    ///
    /// A hold has none.
    public let lines: [UsageLine]
    /// What was charged, set aside or captured.
    public let amount: Amount
    /// The receipt; `nil` when everything was free, so that the ledger had nothing to do.
    public let receipt: Receipt?
    /// Whether it had happened before and this is the bill of then.
    public let replayed: Bool
}
