// Many rows in, many rows out.

import BuskerDatabase
import TestSupport
import Testing

@Suite struct BulkTests {
    static func makeTable(_ database: any Database) async throws {
        let dialect = database.dialect
        try await Schema.run(
            [
                """
                CREATE TABLE r (
                    a \(dialect.integer) NOT NULL, b TEXT NOT NULL, c \(dialect.bytes), d \(dialect.integer),
                    PRIMARY KEY (a, b)
                )\(dialect.strictClustered)
                """
            ], on: database)
    }

    static func row(_ a: Int, _ d: Int?) -> [SQLValue] {
        [
            .integer(Int64(a)), .text("b\(a)"), a % 3 == 0 ? .null : .bytes([UInt8(a & 255)]),
            d.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    static let columns = ["a", "b", "c", "d"]

    @Test(arguments: DatabaseKind.all)
    func manyRowsGoInAtOnce(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let rows = (0..<5000).map { Self.row($0, $0 % 5 == 0 ? nil : $0) }
            try await database.write { tx in try tx.insert(into: "r", columns: Self.columns, rows: rows) }
            let found = try await database.read { tx in try tx.rows("SELECT a, b, c, d FROM r ORDER BY a") }
            #expect(found.map(\.values) == rows)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRowThatExistsIsRefusedOrReplaced(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            try await database.write { tx in
                try tx.insert(into: "r", columns: Self.columns, rows: (0..<10).map { Self.row($0, $0) })
            }
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.insert(into: "r", columns: Self.columns, rows: (9..<20).map { Self.row($0, $0) })
                }
            }
            #expect(error?.code == .uniqueViolation)
            #expect(error?.constraint == "r_pkey")
            try await database.write { tx in
                let rows = (5..<15).map { Self.row($0, 100 + $0) }
                try tx.insert(into: "r", columns: Self.columns, rows: rows, replacing: ["a", "b"])
                try tx.insert(
                    into: "r", columns: ["a", "b"], rows: [[.integer(5), .text("b5")]], replacing: ["a", "b"])
            }
            let found = try await database.read { tx in try tx.rows("SELECT d FROM r ORDER BY a") }
            #expect(try found.map { try $0.get(0, as: Int.self) } == Array(0..<5) + Array(105..<115))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRowOfAnotherWidthIsRefused(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.insert(into: "r", columns: Self.columns, rows: [Self.row(1, 1), [.integer(1)]])
                }
            }
            #expect(error?.code == .badStatement)
            let count = try await database.read { tx in try tx.value("SELECT count(*) FROM r", as: Int.self) }
            #expect(count == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func changesTravelTogetherInOrder(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let answers = try await database.write { tx in
                try tx.perform([
                    .insert(BulkInsert(table: "r", columns: Self.columns), rows: (0..<4).map { Self.row($0, $0) }),
                    .execute("DELETE FROM r WHERE a = \(2)"),
                    .execute("UPDATE r SET d = \(9) WHERE a >= \(1)"),
                ])
                return try tx.rows(ofAll: [
                    "SELECT a FROM r ORDER BY a", "SELECT a FROM r WHERE a = \(99)",
                    "SELECT sum(d) * \(1) FROM r WHERE a > 0",
                ]).map(\.count)
            }
            #expect(answers == [3, 0, 1])
            let found = try await database.read { tx in try tx.rows("SELECT d FROM r ORDER BY a") }
            #expect(try found.map { try $0.get(0, as: Int.self) } == [0, 9, 9])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func rowsStreamAndMayStopEarly(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database, to: 100_000)
            let counts = try await database.read { tx in
                var sum = 0
                try tx.forEach("SELECT id FROM n ORDER BY id") { sum += try $0.get(0, as: Int.self) }
                var seen = 0
                #expect(throws: Refusal.self) {
                    try tx.forEach("SELECT id FROM n ORDER BY id") { row in
                        seen = try row.get(0)
                        if seen == 10 { throw Refusal() }
                    }
                }
                return [sum, seen, try tx.value("SELECT count(*) FROM n") ?? 0]
            }
            #expect(counts == [5_000_050_000, 10, 100_000])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aListIsFilledUpWithItsLastValue(kind: DatabaseKind) async throws {
        #expect(("\(list: [1, 2, 3, 4, 5])" as SQL).text == "($1, $2, $3, $4, $5, $6, $7, $8)")
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database, to: 300)
            for count in [0, 1, 2, 3, 5, 64, 200] {
                let found = try await database.read { tx in
                    try tx.rows("SELECT id FROM n WHERE id IN \(list: Array(1..<(count + 1))) AND id > \(0)").count
                }
                #expect(found == count)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func rowsNumberThemselves(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.run(
                ["CREATE TABLE s (id \(database.dialect.identity), t TEXT NOT NULL)\(database.dialect.strict)"],
                on: database)
            let ids = try await database.write { tx in
                var ids: [Int] = []
                for at in 0..<3 {
                    let row = try tx.first("INSERT INTO s (t) VALUES (\("row \(at)")) RETURNING id")
                    ids.append(try row?.get("id") ?? 0)
                }
                try tx.execute("DELETE FROM s WHERE id = \(ids[2])")
                return ids + [try tx.value("INSERT INTO s (t) VALUES (\("later")) RETURNING id") ?? 0]
            }
            #expect(ids == [1, 2, 3, 4])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anAppendOnlyTableOnlyGrows(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            try await Schema.run(database.dialect.appendOnly("n"), on: database)
            try await database.write { tx in try tx.execute("INSERT INTO n VALUES (1)") }
            for statement: SQL in ["UPDATE n SET id = 2", "DELETE FROM n"] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.write { tx in try tx.execute(statement) }
                }
                #expect(error?.code == .checkViolation)
            }
            try await database.write { tx in try tx.execute("INSERT INTO n VALUES (2)") }
            #expect(try await Schema.numbers(database) == [1, 2])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theNumberOfChangedRowsIsTold(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database, to: 10)
            let counts = try await database.write { tx in
                [
                    try tx.execute("UPDATE n SET id = id + 100 WHERE id > \(6)"),
                    try tx.execute("UPDATE n SET id = 1 WHERE id = \(50)"),
                    try tx.execute("CREATE TABLE later (id INTEGER)"),
                    try tx.execute("DELETE FROM n WHERE id < \(3)"),
                    try tx.execute("INSERT INTO n VALUES (\(101)), (\(102)) ON CONFLICT DO NOTHING"),
                ]
            }
            #expect(counts == [4, 0, 0, 2, 2])
        }
    }
}
