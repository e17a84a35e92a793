// The last statement of a transaction, which commits with it.

import BuskerDatabase
import TestSupport
import Testing

@Suite struct LastStatementTests {
    @Test(arguments: DatabaseKind.all)
    func whatItAnswersIsDurableWithAllBeforeIt(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let answered = try await database.write { tx -> [Int64] in
                try tx.execute("INSERT INTO n VALUES (1)")
                return try tx.rows(last: "INSERT INTO n VALUES (2), (3) RETURNING id").map { try $0.get(0) }
            }
            #expect(answered.sorted() == [2, 3])
            #expect(try await Schema.numbers(database) == [1, 2, 3])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whenItFailsNothingRemainsAndTheDatabaseGoesOn(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            await #expect(throws: DatabaseError(.uniqueViolation, "")) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO n VALUES (1)")
                    _ = try tx.rows(last: "INSERT INTO n VALUES (1) RETURNING id")
                }
            }
            #expect(try await Schema.numbers(database) == [])
            try await database.write { tx in _ = try tx.rows(last: "INSERT INTO n VALUES (4) RETURNING id") }
            #expect(try await Schema.numbers(database) == [4])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func afterAFailurePassedOverItChangesNothing(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO n VALUES (1)")
                    _ = try? tx.execute("INSERT INTO n VALUES (1)")
                    _ = try tx.rows(last: "INSERT INTO n VALUES (2) RETURNING id")
                }
            }
            #expect(try await Schema.numbers(database) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func insideASavepointItIsAStatementLikeOthers(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            try await database.write { tx in
                let answered = try tx.savepoint { try tx.rows(last: "INSERT INTO n VALUES (1) RETURNING id").count }
                #expect(answered == 1)
                #expect(throws: Refusal.self) {
                    try tx.savepoint {
                        _ = try tx.rows(last: "INSERT INTO n VALUES (2) RETURNING id")
                        throw Refusal()
                    }
                }
                try tx.execute("INSERT INTO n VALUES (3)")
            }
            #expect(try await Schema.numbers(database) == [1, 3])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anEndThatIsRefusedLeavesNothing(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            try await database.write { tx in
                try tx.execute(
                    "CREATE TABLE m (id BIGINT NOT NULL REFERENCES n (id) DEFERRABLE INITIALLY DEFERRED)")
            }
            await #expect(throws: DatabaseError(.foreignKeyViolation, "")) {
                try await database.write { tx in _ = try tx.rows(last: "INSERT INTO m VALUES (9) RETURNING id") }
            }
            let left = try await database.read { try $0.rows("SELECT id FROM m").count }
            #expect(left == 0)
        }
    }
}
