// One line of the audit of storage.

public import BuskerCore

/// What was done with bytes, by whom and why.
public struct AuditEntry: Sendable, Hashable {
    /// When, by the host's clock.
    public var at: Timestamp
    /// Who, in the host's own words.
    public var who: String
    /// The plan that it belongs to.
    public var plan: String?
    /// The rule that demanded it.
    public var rule: String?
    /// What was done, such as `migration.commit`.
    public var action: String
    /// The file, where there is a row.
    public var file: FileID?
    /// Where the bytes were.
    public var before: ObjectKey?
    /// Where they are now.
    public var after: ObjectKey?
    /// The hash of the bytes, where it is known.
    public var sha256: ContentHash?
    /// How many bytes, where it is known.
    public var size: Int64?
    /// What came of it, such as `done`.
    public var result: String

    /// Makes a line.
    public init(
        at: Timestamp, who: String, action: String, result: String, plan: String? = nil, rule: String? = nil,
        file: FileID? = nil, before: ObjectKey? = nil, after: ObjectKey? = nil, sha256: ContentHash? = nil,
        size: Int64? = nil
    ) {
        self.at = at
        self.who = who
        self.plan = plan
        self.rule = rule
        self.action = action
        self.file = file
        self.before = before
        self.after = after
        self.sha256 = sha256
        self.size = size
        self.result = result
    }
}

/// A line in its place in the chain.
public struct AuditRecord: Sendable, Hashable {
    /// The place, from 1 without gaps.
    public let sequence: Int64
    /// What was done.
    public let entry: AuditEntry
    /// The hash of the line before; 32 zeros for the first.
    public let previous: [UInt8]
    /// The SHA-256 of the place, the line and the hash before.
    public let hash: [UInt8]

    /// The hash that a line should have: SHA-256 over fields that are written with their kind and length.
    static func hash(_ sequence: Int64, _ entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ field: [UInt8]?) {
            guard let field else { return bytes.append(0) }
            bytes.append(1)
            for shift in stride(from: 24, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: field.count >> shift))
            }
            bytes += field
        }
        func add(_ number: Int64?) { add(number.map { Array(String($0).utf8) }) }
        func add(_ text: String?) { add(text.map { Array($0.utf8) }) }
        add(previous)
        add(sequence)
        add(entry.at.microseconds)
        for text in [entry.who, entry.plan, entry.rule, entry.action] { add(text) }
        add(entry.file?.bytes)
        add(entry.before?.text)
        add(entry.after?.text)
        add(entry.sha256?.bytes)
        add(entry.size)
        add(entry.result)
        return ContentHash(of: bytes).bytes
    }
}

/// Whether the chain of the audit is whole.
public enum AuditVerdict: Sendable, Hashable {
    /// So many lines, none changed, none missing.
    case whole(Int64)
    /// The first line that is not as it was written, or is missing, and what is wrong with it.
    case broken(at: Int64, why: String)
}
