// What the ledger's accounts, transactions and holds are called.

public import BuskerCore

/// Names transactions: `txn_…`.
public enum TransactionIDKind: IDKind {
    /// The prefix of the text form.
    public static var prefix: String { "txn" }
}

/// Names holds: `hold_…`.
public enum HoldIDKind: IDKind {
    /// The prefix of the text form.
    public static var prefix: String { "hold" }
}

/// The name of a transaction.
public typealias TransactionID = ID<TransactionIDKind>

/// The name of a hold; its bytes are those of the transaction that made it.
public typealias HoldID = ID<HoldIDKind>

/// What the host calls an account, such as `user:42`: 1 to 200 bytes of UTF-8 without control characters.
///
/// Names that begin with `~` belong to the ledger itself.
public struct AccountName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as the host gave it.
    public let text: String

    /// Checks a name.
    ///
    /// - Throws: ``LedgerError`` with `badName` when it is empty, too long, holds control characters or begins with `~`.
    public init(_ text: String) throws(LedgerError) {
        guard NameRule.holds(text, bytesMax: 200), text.utf8.first != UInt8(ascii: "~") else {
            throw LedgerError(
                .badName, "An account is named by 1 to 200 bytes without control characters, not beginning with ~.")
        }
        self.text = text
    }

    /// A name the ledger itself or its tables vouch for.
    package init(trusted text: String) { self.text = text }

    /// The name.
    public var description: String { text }

    /// Whether two names have the same bytes.
    public static func == (a: AccountName, b: AccountName) -> Bool { ByteText.equal(a.text, b.text) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { ByteText.hash(text, into: &hasher) }

    /// The order of the bytes.
    public static func < (a: AccountName, b: AccountName) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
}

/// The key under which a command happens once: the same key again gives the first outcome.
///
/// Keys are kept for ever. Those that begin with a time-ordered id (`job_…:capture`) are the fastest to store.
public struct IdempotencyKey: Sendable, Hashable, CustomStringConvertible {
    /// The space the key is unique in, such as the caller's tenant; empty for the host itself.
    ///
    /// At most 100 bytes.
    public let scope: String
    /// The key: 1 to 200 bytes of UTF-8 without control characters.
    public let text: String

    /// Checks a key.
    ///
    /// - Throws: ``LedgerError`` with `badKey` when the key or its scope is out of range, or the scope begins with `~`.
    public init(_ text: String, scope: String = "") throws(LedgerError) {
        guard NameRule.holds(text, bytesMax: 200) else {
            throw LedgerError(.badKey, "An idempotency key has 1 to 200 bytes without control characters.")
        }
        guard scope.isEmpty || NameRule.holds(scope, bytesMax: 100), scope.utf8.first != UInt8(ascii: "~") else {
            throw LedgerError(
                .badKey,
                "The scope of a key has at most 100 bytes without control characters and does not begin with ~.")
        }
        self.scope = scope
        self.text = text
    }

    /// A key the ledger itself makes, in its own scope.
    package init(own text: String) {
        scope = "~"
        self.text = text
    }

    /// A key that the tables vouch for.
    package init(trusted text: String, scope: String) {
        self.scope = scope
        self.text = text
    }

    /// Whether two keys have the same bytes.
    public static func == (a: IdempotencyKey, b: IdempotencyKey) -> Bool {
        ByteText.equal(a.text, b.text) && ByteText.equal(a.scope, b.scope)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        ByteText.hash(text, into: &hasher)
        ByteText.hash(scope, into: &hasher)
    }

    /// The key, behind its scope where it has one.
    public var description: String { scope.isEmpty ? text : "\(scope)/\(text)" }
}

/// What text may serve as a name.
enum NameRule {
    static func holds(_ text: String, bytesMax: Int) -> Bool {
        let bytes = text.utf8
        return (1...bytesMax).contains(bytes.count) && !bytes.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
