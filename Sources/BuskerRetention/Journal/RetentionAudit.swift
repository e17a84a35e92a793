// What retention has done, in a chain that cannot be changed without breaking.

public import BuskerCore
import BuskerDatabase
public import BuskerStorage
import Crypto

/// One line of the audit.
public struct AuditLine: Sendable, Hashable {
    /// Its number, from 1 without gaps.
    public let sequence: Int64
    /// When.
    public let at: Timestamp
    /// The plan that wanted it, or nothing when a person did.
    public let plan: PlanID?
    /// The file, or nothing for what concerns many.
    public let file: FileID?
    /// What happened, such as `delete`, `purge`, `undo`.
    public let action: String
    /// Why: the name of a rule, `@erasure`, `@deletion`, or who asked.
    public let cause: String
    /// The key, size and hash of the content it happened to, as far as there is one.
    public let object: AuditedObject?
}

/// The content that a line of the audit is about.
public struct AuditedObject: Sendable, Hashable {
    /// The key.
    public let key: String
    /// Bytes.
    public let size: Int64?
    /// The SHA-256, 64 hexadecimal digits.
    public let sha256: String?

    init(_ record: FileRecord) {
        key = record.key.text
        size = record.size
        sha256 = record.sha256?.description
    }

    init(key: String, size: Int64?, sha256: String?) {
        self.key = key
        self.size = size
        self.sha256 = sha256
    }
}

/// A line before it has its number.
struct AuditDraft {
    let plan: PlanID?
    let file: FileID?
    let action: String
    let cause: String
    let object: AuditedObject?

    init(_ action: String, _ record: FileRecord?, plan: PlanID?, cause: String) {
        self.plan = plan
        file = record?.id
        self.action = action
        self.cause = cause
        object = record.map(AuditedObject.init)
    }
}

/// Writes and checks the chain: each line's hash is the SHA-256 of the hash before and the line.
enum RetentionAudit {
    static func append(_ drafts: [AuditDraft], at now: Timestamp, in tx: Transaction) throws {
        guard !drafts.isEmpty else { return }
        guard let head = try tx.first("SELECT seq, hash FROM retention_head WHERE id = 1\(tx.dialect.forUpdate)") else {
            throw RetentionError(.brokenAudit, "The head of the audit is missing.")
        }
        var sequence: Int64 = try head.get(0)
        var hash: [UInt8] = try head.get(1)
        var rows: [[SQLValue]] = []
        for draft in drafts {
            sequence += 1
            let entry = Self.entry(draft, sequence, now).description
            hash = Array(SHA256.hash(data: hash + Array(entry.utf8)))
            rows.append([
                .integer(sequence), draft.plan?.sqlValue ?? .null, draft.file?.sqlValue ?? .null, .text(draft.action),
                .text(entry), .bytes(hash),
            ])
        }
        try tx.insert(
            into: "retention_audit", columns: ["seq", "run", "file", "action", "entry", "hash"], rows: rows)
        try tx.execute("UPDATE retention_head SET seq = \(sequence), hash = \(hash) WHERE id = 1")
    }

    /// Checks every link.
    ///
    /// - Returns: how many lines there are.
    /// - Throws: ``RetentionError`` with `brokenAudit`, naming the first line that does not fit.
    static func verify(in tx: ReadTransaction) throws -> Int64 {
        var (sequence, hash): (Int64, [UInt8]) = (0, [])
        try tx.forEach("SELECT seq, run, file, action, entry, hash FROM retention_audit ORDER BY seq") { row in
            sequence += 1
            let text: String = try row.get(4)
            hash = Array(SHA256.hash(data: hash + Array(text.utf8)))
            let line = try Self.line(text)
            let fits =
                try row.get(0) == sequence && row.get(5) == hash && line.sequence == sequence
                && row.get(1, as: PlanID?.self) == line.plan && row.get(2, as: FileID?.self) == line.file
                && row.get(3) == line.action
            guard fits else { throw RetentionError(.brokenAudit, "Line \(sequence) of the audit does not fit.") }
        }
        let head = try tx.first("SELECT seq, hash FROM retention_head WHERE id = 1")
        guard try head?.get(0) == sequence, try head?.get(1) == hash else {
            throw RetentionError(.brokenAudit, "The audit does not end where its head says.")
        }
        return sequence
    }

    static func lines(_ condition: SQL, in tx: ReadTransaction) throws -> [AuditLine] {
        try tx.rows("SELECT entry FROM retention_audit WHERE \(condition)").map { try line(try $0.get(0)) }
    }

    private static func entry(_ draft: AuditDraft, _ sequence: Int64, _ now: Timestamp) -> JSON {
        [
            "seq": .number(sequence), "at": .text(now.iso8601), "plan": draft.plan.map { .text($0.description) },
            "file": draft.file.map { .text($0.description) }, "action": .text(draft.action),
            "cause": .text(draft.cause), "key": draft.object.map { .text($0.key) },
            "bytes": draft.object?.size.map(JSON.number), "sha256": draft.object?.sha256.map(JSON.text),
        ]
    }

    private static func line(_ text: String) throws -> AuditLine {
        let value = try JSONValue(parsing: Array(text.utf8))
        guard let sequence = value["seq"]?.integer, let at = value["at"]?.text, let action = value["action"]?.text,
            let cause = value["cause"]?.text
        else { throw RetentionError(.brokenAudit, "A line of the audit cannot be read.") }
        let object = value["key"]?.text.map {
            AuditedObject(key: $0, size: value["bytes"]?.integer, sha256: value["sha256"]?.text)
        }
        return AuditLine(
            sequence: sequence, at: try Timestamp(iso8601: at),
            plan: try value["plan"]?.text.map { try PlanID(parsing: $0) },
            file: try value["file"]?.text.map { try FileID(parsing: $0) }, action: action, cause: cause, object: object)
    }
}
