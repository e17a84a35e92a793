// The named places in which two databases differ.

/// The fragments of SQL in which databases differ; everything else is written once.
public struct Dialect: Sendable, Hashable {
    /// The name of the dialect, for messages.
    public let name: String
    /// The type of a column of whole numbers, 64 bits.
    public let integer: String
    /// The type of a column of bytes.
    public let bytes: String
    /// The type of a column of numbers with a fraction.
    public let real: String
    /// A primary key that numbers its rows itself.
    public let identity: String
    /// What ends the definition of a table whose types are enforced.
    public let strict: String
    /// The same for a table that is its own primary index.
    public let strictClustered: String
    /// The same for a table whose rows change often: room is left beside them.
    public let strictChanging: String
    /// Whether a list of values is looked up one by one with LATERAL, because `IN` may scan for want of statistics.
    package let findsLaterally: Bool
    /// What ends a SELECT whose rows are to be changed.
    public let forUpdate: SQL
    /// The same, passing over rows that another transaction holds.
    public let forUpdateSkipLocked: SQL
    /// Keeps a second migrator waiting until the transaction is over, where a transaction alone does not.
    package let migrationLock: SQL?
    private let refusal: @Sendable (String, String) -> [String]
    private let locking: @Sendable (String) -> SQL?

    /// The dialect of SQLite 3.37 and later.
    public static let sqlite = Dialect(
        name: "SQLite", integer: "INTEGER", bytes: "BLOB", real: "REAL", identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
        strict: " STRICT", strictClustered: " STRICT, WITHOUT ROWID",
        strictChanging: " STRICT", findsLaterally: false, forUpdate: "", forUpdateSkipLocked: "",
        migrationLock: nil,
        refusal: { table, event in
            [
                """
                CREATE TRIGGER \(table)_never_\(event.lowercased()) BEFORE \(event) ON \(table)
                BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END
                """
            ]
        },
        locking: { _ in nil }
    )

    /// The dialect of PostgreSQL 14 and later.
    public static let postgres = Dialect(
        name: "PostgreSQL", integer: "bigint", bytes: "bytea", real: "double precision",
        identity: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", strict: "", strictClustered: "",
        strictChanging: " WITH (fillfactor = 50)", findsLaterally: true,
        forUpdate: " FOR UPDATE", forUpdateSkipLocked: " FOR UPDATE SKIP LOCKED",
        migrationLock: "SELECT pg_advisory_xact_lock(7813854)",
        refusal: { table, event in
            [
                """
                CREATE OR REPLACE FUNCTION \(table)_never() RETURNS trigger LANGUAGE plpgsql AS
                $body$ BEGIN RAISE EXCEPTION '\(table) is append-only' USING ERRCODE = 'check_violation'; END $body$
                """,
                """
                CREATE TRIGGER \(table)_never_\(event.lowercased()) BEFORE \(event) ON \(table)
                FOR EACH ROW EXECUTE FUNCTION \(table)_never()
                """,
            ]
        },
        locking: { name in "SELECT pg_advisory_xact_lock(hashtextextended(\(name), 7813855))" }
    )

    /// Keeps others that ask for the lock of this name waiting until the transaction is over; nothing where a transaction
    /// that writes is alone in any case.
    package func lock(on name: String) -> SQL? { locking(name) }

    /// The statements after which the rows of a table can be neither changed nor deleted.
    public func appendOnly(_ table: String) -> [String] { refusal(table, "UPDATE") + refusal(table, "DELETE") }

    /// Whether two dialects are the same.
    public static func == (a: Dialect, b: Dialect) -> Bool { a.name == b.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
