// What a table refuses is told by code and name, alike on every database.

import BuskerDatabase
import TestSupport
import Testing

@Suite struct ConstraintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let statement: SQL
        let code: DatabaseError.Code
        var name: String?
    }

    static let cases: [Case] = [
        Case(
            testDescription: "primary key", statement: "INSERT INTO owner VALUES (\(1), \("again"))",
            code: .uniqueViolation, name: "owner_pkey"),
        Case(
            testDescription: "unique in the table",
            statement: "INSERT INTO item (id, owner, code, label) VALUES (\(2), \(1), \("b"), \("first"))",
            code: .uniqueViolation, name: "item_owner_label_key"),
        Case(
            testDescription: "unique index",
            statement: "INSERT INTO item (id, owner, code) VALUES (\(2), \(1), \("a"))",
            code: .uniqueViolation, name: "item_by_code"),
        Case(
            testDescription: "check", statement: "UPDATE item SET size = \(-1) WHERE id = \(1)", code: .checkViolation,
            name: "item_size_positive"),
        Case(
            testDescription: "reference to nothing",
            statement: "INSERT INTO item (id, owner, code) VALUES (\(2), \(9), \("b"))", code: .foreignKeyViolation),
        Case(
            testDescription: "row that is referred to", statement: "DELETE FROM owner WHERE id = \(1)",
            code: .foreignKeyViolation),
        Case(
            testDescription: "not null",
            statement: "INSERT INTO item (id, owner, code) VALUES (\(2), \(1), \(String?.none))",
            code: .notNullViolation,
            name: "item.code"),
        Case(
            testDescription: "text in a column of numbers",
            statement: "INSERT INTO item (id, owner, code, size) VALUES (\(2), \(1), \("b"), \("wide"))",
            code: .typeMismatch),
        Case(testDescription: "unknown table", statement: "SELECT 1 FROM nowhere", code: .badStatement),
        Case(testDescription: "unknown column", statement: "SELECT nothing FROM owner", code: .badStatement),
        Case(testDescription: "no SQL", statement: "SELEKT 1", code: .badStatement),
        Case(testDescription: "two statements", statement: "SELECT 1; DELETE FROM item", code: .badStatement),
        Case(
            testDescription: "too few values", statement: SQL(text: "SELECT $1, $2", values: [.integer(1)]),
            code: .badStatement),
    ]

    static let allCases = DatabaseKind.all.flatMap { kind in cases.map { (kind, $0) } }

    @Test(arguments: allCases)
    func refusalIsTyped(kind: DatabaseKind, refused: Case) async throws {
        try await withDatabase(kind) { database in
            try await Schema.make(database)
            try await database.write { tx in
                try tx.execute("INSERT INTO owner VALUES (\(1), \("first"))")
                try tx.execute("INSERT INTO item (id, owner, code, label) VALUES (\(1), \(1), \("a"), \("first"))")
            }
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in try tx.execute(refused.statement) }
            }
            #expect(error?.code == refused.code, "\(error?.description ?? "")")
            if kind != .postgres || refused.name != nil { #expect(error?.constraint == refused.name) }
            #expect(error?.detail.isEmpty == false)
            let counts = try await database.read { tx in
                try tx.first("SELECT (SELECT count(*) FROM owner) AS o, (SELECT count(*) FROM item) AS i")
            }
            #expect(try counts?.get("o", as: Int.self) == 1)
            #expect(try counts?.get("i", as: Int.self) == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aBoundValueIsNeverShown(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.make(database)
            for statement: SQL in [
                "INSERT INTO owner VALUES (\(1), \("s3cret" + String(repeating: "x", count: 60)))",
                "INSERT INTO item (id, owner, code) VALUES (\(1), \(77), \("s3cret"))",
                "INSERT INTO owner VALUES (\("s3cret"), \("name"))",
                "SELECT \("s3cret") FROM nowhere",
            ] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.write { tx in try tx.execute(statement) }
                }
                #expect(error?.description.contains("s3cret") == false, "\(error?.description ?? "")")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aReferenceCheckedAtTheEndRefusesItsOwnClosureOnly(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            let integer = database.dialect.integer
            try await Schema.run(
                [
                    "CREATE TABLE a (id \(integer) PRIMARY KEY)\(database.dialect.strict)",
                    """
                    CREATE TABLE b (id \(integer) PRIMARY KEY,
                        a \(integer) NOT NULL REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)\(database.dialect.strict)
                    """,
                ], on: database)
            let codes = await withTaskGroup(of: (Int, DatabaseError.Code?).self) { group in
                for id in 0..<40 {
                    group.addTask {
                        do {
                            try await database.write { tx in
                                try tx.execute("INSERT INTO b VALUES (\(id), \(id))")
                                if id % 4 != 0 { try tx.execute("INSERT INTO a VALUES (\(id))") }
                            }
                            return (id, nil)
                        } catch {
                            return (id, (error as? DatabaseError)?.code)
                        }
                    }
                }
                return await group.reduce(into: [Int: DatabaseError.Code?]()) { $0[$1.0] = $1.1 }
            }
            for id in 0..<40 { #expect(codes[id] == .some(id % 4 == 0 ? .foreignKeyViolation : nil), "closure \(id)") }
            let kept = try await database.read { tx in try tx.value("SELECT count(*) FROM b", as: Int.self) }
            #expect(kept == 30)
        }
    }
}
