// What a closure did remains whole or not at all.

import BuskerDatabase
import Synchronization
import TestSupport
import Testing

@Suite struct TransactionTests {
    @Test(arguments: DatabaseKind.all)
    func nothingRemainsOfAClosureThatThrows(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            await #expect(throws: Refusal.self) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO n VALUES (1)")
                    throw Refusal()
                }
            }
            #expect(try await Schema.numbers(database) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func savepointsNest(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            try await database.write { tx in
                try tx.execute("INSERT INTO n VALUES (1)")
                try tx.savepoint {
                    try tx.execute("INSERT INTO n VALUES (2)")
                    #expect(throws: Refusal.self) {
                        try tx.savepoint {
                            try tx.execute("INSERT INTO n VALUES (3)")
                            try tx.savepoint { try tx.execute("INSERT INTO n VALUES (4)") }
                            throw Refusal()
                        }
                    }
                    try tx.execute("INSERT INTO n VALUES (5)")
                }
                #expect(throws: DatabaseError(.uniqueViolation, "")) {
                    try tx.savepoint {
                        try tx.execute("INSERT INTO n VALUES (6)")
                        try tx.execute("INSERT INTO n VALUES (1)")
                    }
                }
                try tx.execute("INSERT INTO n VALUES (7)")
            }
            #expect(try await Schema.numbers(database) == [1, 2, 5, 7])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aFailurePassedOverStillUndoesTheClosure(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO n VALUES (1)")
                    _ = try? tx.execute("INSERT INTO n VALUES (1)")
                }
            }
            #expect(error?.code == .uniqueViolation)
            await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO n VALUES (1)")
                    try? tx.savepoint { _ = try? tx.execute("INSERT INTO n VALUES (1)") }
                    _ = try? tx.execute("SELECT nothing")
                    try tx.execute("INSERT INTO n VALUES (2)")
                }
            }
            #expect(try await Schema.numbers(database) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aFailurePassedOverInASavepointUndoesTheSavepoint(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            try await database.write { tx in
                try tx.execute("INSERT INTO n VALUES (1)")
                #expect(throws: DatabaseError.self) {
                    try tx.savepoint {
                        try tx.execute("INSERT INTO n VALUES (2)")
                        _ = try? tx.execute("INSERT INTO n VALUES (1)")
                    }
                }
                try tx.execute("INSERT INTO n VALUES (3)")
            }
            #expect(try await Schema.numbers(database) == [1, 3])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aReadChangesNothing(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read { tx in try tx.rows("INSERT INTO n VALUES (1) RETURNING id") }
            }
            #expect(error?.code == .readOnly)
            #expect(try await Schema.numbers(database) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aSnapshotStaysWhileAWriterCommits(kind: DatabaseKind) async throws {
        guard kind.readsBesideWrites else { return }
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database, to: 3)
            let looked = Gate()
            let written = Gate()
            let reading = Task {
                try await database.read { tx in
                    let before: Int? = try tx.value("SELECT count(*) FROM n")
                    looked.open()
                    written.wait()
                    let after: Int? = try tx.value("SELECT count(*) FROM n")
                    return [before, after]
                }
            }
            await looked.opened()
            for id in 4...30 { try await database.write { tx in try tx.execute("INSERT INTO n VALUES (\(id))") } }
            let meanwhile = try await Schema.numbers(database).count
            written.open()
            #expect(try await reading.value == [3, 3])
            #expect(meanwhile == 30)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aReadSeesEveryWriteThatWasAnswered(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            for id in 1...50 {
                try await database.write { tx in try tx.execute("INSERT INTO n VALUES (\(id))") }
                let newest = try await database.read { tx in try tx.value("SELECT max(id) FROM n", as: Int.self) }
                #expect(newest == id)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aStartedClosureGetsItsResultThoughItsCallerWasCancelled(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let begun = Gate()
            let mayEnd = Gate()
            let call = Task {
                try await database.write { tx in
                    begun.open()
                    mayEnd.wait()
                    try tx.execute("INSERT INTO n VALUES (1)")
                    return "done"
                }
            }
            await begun.opened()
            call.cancel()
            mayEnd.open()
            #expect(try await call.value == "done")
            #expect(try await Schema.numbers(database) == [1])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aTaskCancelledBeforeItCallsDoesNothing(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let cancelled = Gate()
            let call = Task {
                await cancelled.opened()
                try await database.write { tx in try tx.execute("INSERT INTO n VALUES (1)") }
            }
            call.cancel()
            cancelled.open()
            await #expect(throws: CancellationError.self) { try await call.value }
            #expect(try await Schema.numbers(database) == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aClosedDatabaseRefuses(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            await database.close()
            let writing = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in try tx.execute("INSERT INTO n VALUES (1)") }
            }
            #expect(writing?.code == .closed)
            let reading = await #expect(throws: DatabaseError.self) {
                try await database.read { tx in try tx.rows("SELECT id FROM n") }
            }
            #expect(reading?.code == .closed)
            await database.close()
        }
    }
}
