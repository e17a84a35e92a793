// Many callers at once: each gets its own outcome and nobody else's.

import BuskerDatabase
import Synchronization
import TestSupport
import Testing

@Suite struct GroupTests {
    static func makeTable(_ database: any Database) async throws {
        let text = "CREATE TABLE n (id \(database.dialect.integer) PRIMARY KEY)\(database.dialect.strict)"
        try await database.write { tx in try tx.execute(SQL(text: text, values: [])) }
    }

    static func ids(_ database: any Database) async throws -> [Int] {
        try await database.read { tx in try tx.rows("SELECT id FROM n ORDER BY id").map { try $0.get(0) } }
    }

    @Test(arguments: DatabaseKind.all)
    func failingClosuresLeaveTheOthersAlone(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
                for id in 0..<300 {
                    group.addTask {
                        do {
                            let written = try await database.write { tx in
                                try tx.execute("INSERT INTO n VALUES (\(id))")
                                if id % 7 == 3 { throw Refusal() }
                                if id % 7 == 5 { try tx.execute("INSERT INTO n VALUES (\(id))") }
                                return id
                            }
                            return (written, true)
                        } catch is Refusal {
                            return (id, id % 7 != 3)
                        } catch {
                            return (id, (error as? DatabaseError)?.code != .uniqueViolation)
                        }
                    }
                }
                return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            for id in 0..<300 { #expect(outcomes[id] == (id % 7 != 3 && id % 7 != 5), "closure \(id)") }
            let kept = (0..<300).filter { $0 % 7 != 3 && $0 % 7 != 5 }
            #expect(try await Self.ids(database) == kept)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func cancelledCallersThatWaitLeaveNoTrace(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let begun = Gate()
            let mayEnd = Gate()
            let first = Task {
                try await database.write { tx in
                    begun.open()
                    mayEnd.wait()
                    try tx.execute("INSERT INTO n VALUES (1000)")
                }
            }
            await begun.opened()
            first.cancel()
            let waiting = (0..<64).map { id in
                Task { try await database.write { tx in try tx.execute("INSERT INTO n VALUES (\(id))") } }
            }
            for task in waiting { task.cancel() }
            if kind != .postgres {
                for task in waiting {
                    await #expect(throws: CancellationError.self) { try await task.value }
                }
            }
            mayEnd.open()
            var completed: [Int] = []
            for (id, task) in waiting.enumerated() where (try? await task.value) != nil { completed.append(id) }
            try await first.value
            if kind != .postgres { #expect(completed.isEmpty) }
            #expect(try await Self.ids(database) == completed + [1000])
        }
    }
}
