// Migrations and the search for damage.

public import BuskerDatabase

extension PostgresDatabase {
    /// Brings the tables up to date: applies what is missing, in order, each in a transaction of its own.
    ///
    /// It has a connection of its own, on which a statement may take an hour; two that migrate at once take turns.
    public func migrate(_ migrations: [Migration]) async throws {
        try await patiently { try await Migrator(migrations).run(on: $0) }
    }

    /// Looks for damage, and returns what was found; empty means sound.
    ///
    /// Looked at are the tables in the search path: indexes that are not valid, constraints that were never checked,
    /// triggers that are turned off, and failed checksums that the server counted. Where the extension `amcheck` is installed
    /// and may be used, every table and every B-tree index is read as well.
    public func integrityCheck() async throws -> [String] {
        try await patiently { database in
            var found = try await database.read { tx in
                try Self.catalogue.flatMap { check in
                    try tx.rows(check).map { row in try row.get(0, as: String.self) }
                }
            }
            for check in try await database.read({ tx in try Self.deepChecks(tx) }) {
                do {
                    let complaints = try await database.read { tx in
                        try tx.rows(check).map { try $0.get(0, as: String?.self) }
                    }
                    found += complaints.compactMap(\.self)
                } catch let error as DatabaseError where error.code == .corrupt {
                    found.append(error.detail)
                }
            }
            return found
        }
    }

    private static let catalogue: [SQL] = [
        """
        SELECT 'the index ' || c.relname || ' is not valid: build it again' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE s.nspname = ANY (current_schemas(false)) AND NOT (i.indisvalid AND i.indisready) ORDER BY 1
        """,
        """
        SELECT 'the constraint ' || c.conname || ' was never checked: validate it' FROM pg_constraint c
        JOIN pg_namespace s ON s.oid = c.connamespace
        WHERE s.nspname = ANY (current_schemas(false)) AND NOT c.convalidated ORDER BY 1
        """,
        """
        SELECT 'the trigger ' || t.tgname || ' on ' || c.relname || ' is turned off: enable it' FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE s.nspname = ANY (current_schemas(false)) AND t.tgenabled IN ('D', 'R') ORDER BY 1
        """,
        """
        SELECT checksum_failures || ' pages had a wrong checksum: check the disk, restore a backup' FROM pg_stat_database
        WHERE datname = current_database() AND checksum_failures > 0
        """,
    ]

    /// The checks of amcheck, one statement for each relation, as far as it is there and allowed.
    private static func deepChecks(_ tx: ReadTransaction) throws -> [SQL] {
        let place: String? = try tx.value(
            """
            SELECT quote_ident(s.nspname) FROM pg_extension e JOIN pg_namespace s ON s.oid = e.extnamespace
            WHERE e.extname = 'amcheck'
            """)
        guard let place else { return [] }
        let relations = try tx.rows(
            """
            SELECT c.oid, c.relkind::text, c.relname::text FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
            LEFT JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
            WHERE s.nspname = ANY (current_schemas(false)) AND c.relpersistence = 'p'
            AND (c.relkind = 'r' OR c.relkind = 'i' AND a.amname = 'btree' AND i.indisvalid) ORDER BY c.oid
            """)
        let mayUse: Bool? = try tx.value(
            SQL(
                text: "SELECT has_function_privilege('\(place).bt_index_check(regclass, boolean)', 'EXECUTE')",
                values: []))
        guard mayUse == true else { return [] }
        return try relations.map { row in
            let (oid, kind, name): (Int64, String, String) = (try row.get(0), try row.get(1), try row.get(2))
            if kind == "i" {
                return SQL(text: "SELECT \(place).bt_index_check($1::oid::regclass, true)", values: [.integer(oid)])
            }
            return SQL(
                text: "SELECT 'the table ' || $1 || ': ' || msg FROM \(place).verify_heapam($2::oid::regclass)",
                values: [.text(name), .integer(oid)])
        }
    }

    /// Runs `body` with a connection on which statements may take long.
    private func patiently<T>(_ body: (PostgresDatabase) async throws -> T) async throws -> T {
        var patient = limits
        patient.connections = 1
        patient.statementTime = .seconds(3600)
        patient.lockTime = .seconds(600)
        let database = try await PostgresDatabase(to: server, limits: patient, luck: luck)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}
