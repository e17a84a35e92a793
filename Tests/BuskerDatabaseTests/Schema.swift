// Tables for the suite, the same on every database.

import BuskerDatabase

/// Statements that the suite's tests share.
enum Schema {
    /// Makes the tables `owner` and `item`, with every kind of constraint.
    static func make(_ database: any Database) async throws {
        let dialect = database.dialect
        try await run(
            [
                """
                CREATE TABLE owner (
                    id \(dialect.integer) PRIMARY KEY, name TEXT NOT NULL, CONSTRAINT owner_name_short CHECK (length(name) < 40)
                )\(dialect.strict)
                """,
                """
                CREATE TABLE item (
                    id \(dialect.integer) PRIMARY KEY, owner \(dialect.integer) NOT NULL REFERENCES owner (id),
                    code TEXT NOT NULL, label TEXT, size \(dialect.integer) NOT NULL DEFAULT 0,
                    UNIQUE (owner, label), CONSTRAINT item_size_positive CHECK (size >= 0)
                )\(dialect.strict)
                """,
                "CREATE UNIQUE INDEX item_by_code ON item (code)",
            ], on: database)
    }

    /// Makes the table `n` of one whole number, filled from 1 to `count`.
    static func makeNumbers(_ database: any Database, to count: Int = 0) async throws {
        try await run(
            ["CREATE TABLE n (id \(database.dialect.integer) PRIMARY KEY)\(database.dialect.strict)"], on: database)
        guard count > 0 else { return }
        try await database.write { tx in
            try tx.execute(
                """
                WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < \(count))
                INSERT INTO n (id) SELECT x FROM c
                """)
        }
    }

    /// Runs statements in one transaction.
    static func run(_ statements: [String], on database: any Database) async throws {
        try await database.write { tx in
            for statement in statements { try tx.execute(SQL(text: statement, values: [])) }
        }
    }

    /// The numbers in `n`.
    static func numbers(_ database: any Database) async throws -> [Int] {
        try await database.read { tx in try tx.rows("SELECT id FROM n ORDER BY id").map { try $0.get(0) } }
    }
}

/// What a test's closure throws on purpose.
struct Refusal: Error, Equatable {}
