// A job in the tables of the service.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerLedger
import BuskerStorage
import Crypto

/// What the service knows of a job beyond its queue: for whom, on which file, and where the money is.
struct MediaEntry: Sendable {
    let id: JobID
    let owner: String
    let account: AccountName
    let work: String
    let options: [String: String]
    let file: FileID?
    let key: String?
    let request: [UInt8]
    let sound: SoundFacts
    let usages: [Usage]
    let card: String
    var cardVersion: Int
    var cost: Amount
    var charged: Amount?
    var money: MediaMoney
    var hold: HoldID?
    let createdAt: Timestamp
    var deletedAt: Timestamp?

    /// The same job after it was paid.
    func paid(_ amount: Amount) -> MediaEntry {
        var entry = self
        entry.charged = amount
        entry.money = .captured
        return entry
    }

    /// The order for a command of the ledger; each round of the job has keys of its own.
    func priced(_ verb: String, round: Int, usages: [Usage]? = nil, atMost: Amount? = nil) throws(LedgerError)
        -> PricedOrder
    {
        PricedOrder(
            usages ?? self.usages, card: card, version: cardVersion, account: account,
            key: try IdempotencyKey("\(id):\(round):\(verb)"), atMost: atMost, scope: work, job: "\(id)",
            notes: ["work": work])
    }
}

extension MediaOrder {
    /// The SHA-256 of what makes the order, by which a repeated key is told from a key that was used for something else.
    var digest: [UInt8] {
        let members = options.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { ($0.key, JSON.text($0.value) as JSON?) }
        let json = JSON.list([
            .text(owner), .text(account.text), .text(file.map { "\($0)" } ?? ""), .text(work), .object(members),
        ])
        return Array(SHA256.hash(data: json.bytes))
    }
}

/// Reads and writes the rows.
enum MediaStore {
    private static let columns: SQL = """
        id, owner, account, work, options, file, order_key, request, sound, usages, card, card_version, unit, unit_scale,
        cost, charged, money, hold, created_us, deleted_us
        """

    static func insert(_ entry: MediaEntry, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO media_job (\(columns)) VALUES (\(entry.id), \(entry.owner), \(entry.account.text),
            \(entry.work), \(MediaCoding.options(entry.options)), \(entry.file), \(entry.key), \(entry.request),
            \(MediaCoding.sound(entry.sound)), \(MediaCoding.usages(entry.usages)), \(entry.card),
            \(Int64(entry.cardVersion)), \(entry.cost.unit.code), \(Int64(entry.cost.unit.scale)), \(entry.cost.steps),
            \(entry.charged?.steps), \(entry.money.rawValue), \(entry.hold), \(entry.createdAt), \(entry.deletedAt))
            """)
    }

    /// Writes what may change.
    static func save(_ entry: MediaEntry, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE media_job SET card_version = \(Int64(entry.cardVersion)), cost = \(entry.cost.steps),
            charged = \(entry.charged?.steps), money = \(entry.money.rawValue), hold = \(entry.hold),
            deleted_us = \(entry.deletedAt) WHERE id = \(entry.id)
            """)
    }

    static func find(_ id: JobID, in tx: ReadTransaction) throws -> MediaEntry? {
        try tx.first("SELECT \(columns) FROM media_job WHERE id = \(id)").map(entry)
    }

    /// A row that is not changed by anybody else until the transaction is over.
    static func lock(_ id: JobID, in tx: Transaction) throws -> MediaEntry? {
        try tx.first("SELECT \(columns) FROM media_job WHERE id = \(id)\(tx.dialect.forUpdate)").map(entry)
    }

    static func find(owner: String, key: String, in tx: ReadTransaction) throws -> MediaEntry? {
        try tx.first("SELECT \(columns) FROM media_job WHERE owner = \(owner) AND order_key = \(key)").map(entry)
    }

    /// Whose jobs these are that were not deleted: rows of a job and its owner.
    static func ownersStatement(_ ids: [JobID]) -> SQL {
        "SELECT id, owner FROM media_job WHERE id IN \(list: ids) AND deleted_us IS NULL"
    }

    /// Whether a job that has not ended works on a file.
    static func isUsed(_ file: FileID, in tx: ReadTransaction) throws -> Bool {
        var isUsed = false
        for row in try tx.rows("SELECT id FROM media_job WHERE file = \(file)") {
            let job = try JobQueue.job(try row.get(0), in: tx)
            isUsed = isUsed || job?.state.isEnded == false
        }
        return isUsed
    }

    private static func entry(_ row: Row) throws -> MediaEntry {
        guard let unit = try? Amount.Unit(code: row.get(12), scale: Int(try row.get(13, as: Int64.self))),
            let money = MediaMoney(rawValue: try row.get(16))
        else { throw MediaError.strangeRow("job") }
        return MediaEntry(
            id: try row.get(0), owner: try row.get(1), account: try AccountName(row.get(2)), work: try row.get(3),
            options: try MediaCoding.options(row.get(4)), file: try row.get(5), key: try row.get(6),
            request: try row.get(7), sound: try MediaCoding.sound(row.get(8)),
            usages: try MediaCoding.usages(row.get(9)), card: try row.get(10),
            cardVersion: Int(try row.get(11, as: Int64.self)),
            cost: Amount(steps: try row.get(14), unit: unit),
            charged: try row.get(15, as: Int64?.self).map { Amount(steps: $0, unit: unit) }, money: money,
            hold: try row.get(17), createdAt: try row.get(18), deletedAt: try row.get(19))
    }
}

/// How values are written into columns of text.
enum MediaCoding {
    static func options(_ options: [String: String]) -> String {
        let names = options.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return JSON.object(names.map { ($0, options[$0].map { JSON.text($0) }) }).description
    }

    static func options(_ text: String) throws -> [String: String] {
        guard let members = try? JSONValue(parsing: Array(text.utf8)).members else {
            throw MediaError.strangeRow("job")
        }
        var options: [String: String] = [:]
        for (name, value) in members { options[name] = value.text }
        return options
    }

    static func usages(_ usages: [Usage]) -> String {
        JSON.list(usages.map { .list([.text($0.meter), .number($0.quantity), .number($0.step)]) }).description
    }

    static func usages(_ text: String) throws -> [Usage] {
        guard let rows = try? JSONValue(parsing: Array(text.utf8)).elements else { throw MediaError.strangeRow("job") }
        return try rows.map { row in
            guard let parts = row.elements, parts.count == 3, let meter = parts[0].text,
                let quantity = parts[1].integer, let step = parts[2].integer
            else { throw MediaError.strangeRow("job") }
            return Usage(meter, quantity, step: step)
        }
    }

    /// The facts of a sound as a label of its file, such as `30000000 44100 2`.
    static func sound(_ sound: SoundFacts) -> String { "\(sound.microseconds) \(sound.sampleRate) \(sound.channels)" }

    static func sound(_ text: String) throws -> SoundFacts {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 3 else { throw MediaError.strangeRow("sound") }
        return SoundFacts(
            microseconds: numbers[0], sampleRate: Int(clamping: numbers[1]), channels: Int(clamping: numbers[2]))
    }
}
