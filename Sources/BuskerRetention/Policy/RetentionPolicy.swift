// The whole of what is kept and what goes.

import BuskerCore
import Crypto

/// A policy: rules and guards, in Swift or as a document of JSON; both say the same.
public struct RetentionPolicy: Sendable, Hashable {
    /// The name: 1...64 letters, digits, `-`, `_` and `.` of ASCII.
    public let id: String
    /// The number of the edition, from 1; the first run of a new edition only shows what it would do.
    public let version: Int64
    /// The rules, each once, in the order of their names.
    public let rules: [RetentionRule]
    /// What protects files from every rule.
    public let guards: RetentionGuards
    /// The SHA-256 of the document, 64 hexadecimal digits: two policies that say the same have the same.
    public let digest: String

    /// Makes a policy; a rule that is given twice counts once, and their order means nothing.
    ///
    /// - Throws: ``RetentionError`` with `badPolicy`, naming the rule.
    public init(
        _ id: String, version: Int64, guards: RetentionGuards = RetentionGuards(), rules: [RetentionRule]
    ) throws(RetentionError) {
        let draft = RetentionPolicy(
            id: id, version: version, rules: Set(rules).sorted { $0.id < $1.id }, guards: guards, digest: "")
        try PolicyCheck.check(draft)
        self = RetentionPolicy(
            id: id, version: version, rules: draft.rules, guards: guards,
            digest: Self.digest(of: PolicyWriter.document(draft).bytes))
    }

    private init(id: String, version: Int64, rules: [RetentionRule], guards: RetentionGuards, digest: String) {
        self.id = id
        self.version = version
        self.rules = rules
        self.guards = guards
        self.digest = digest
    }

    static func digest(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
