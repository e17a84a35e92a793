// What goes into a column comes out of it, on every database.

import BuskerCore
import BuskerDatabase
import TestSupport
import Testing

@Suite struct ValueTests {
    private static let values: [SQLValue] = [
        .null, .integer(0), .integer(-1), .integer(.min), .integer(.max), .real(0), .real(-1.5), .real(.infinity),
        .real(.leastNonzeroMagnitude), .real(.greatestFiniteMagnitude), .text(""), .text("plain"),
        .text("'; DROP TABLE v; --"),
        .text("$1 ? :name @x \\ \" %"), .text("é\u{0301} \u{1F1E9}\u{1F1EA} 日本語 \u{FEFF}\u{10FFFF}"),
        .text(String(repeating: "long ", count: 20_000)), .bytes([]), .bytes([0]), .bytes([UInt8](0...255)),
        .bytes([UInt8](repeating: 0xA5, count: 100_000)),
    ]

    private static func column(of value: SQLValue) -> String {
        switch value {
        case .null, .integer: "i"
        case .real: "r"
        case .text: "t"
        case .bytes: "b"
        }
    }

    private static func makeTable(_ database: any Database) async throws {
        let dialect = database.dialect
        let statement =
            "CREATE TABLE v (id \(dialect.integer) PRIMARY KEY, i \(dialect.integer), r \(dialect.real), t TEXT, b \(dialect.bytes))"
            + dialect.strict
        try await database.write { tx in try tx.execute(SQL(text: statement, values: [])) }
    }

    @Test(arguments: DatabaseKind.all)
    func everyValueComesBackAsItWas(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            try await database.write { tx in
                for (id, value) in Self.values.enumerated() {
                    let column = Self.column(of: value)
                    let count = try tx.execute(
                        SQL(text: "INSERT INTO v (id, \(column)) VALUES ($1, $2)", values: [id.sqlValue, value]))
                    #expect(count == 1)
                }
            }
            let rows = try await database.read { tx in try tx.rows("SELECT id, i, r, t, b FROM v ORDER BY id") }
            #expect(rows.count == Self.values.count)
            for (row, value) in zip(rows, Self.values) {
                #expect(try row.get(Self.column(of: value), as: SQLValue.self) == value)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func textWithANULIsRefused(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in try tx.execute("INSERT INTO v (id, t) VALUES (\(1), \("a\0b"))") }
            }
            #expect(error?.code == .typeMismatch)
            let count = try await database.read { tx in try tx.value("SELECT count(*) FROM v", as: Int.self) }
            #expect(count == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func boundTextIsNeverSQL(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            let attacks = ["' OR '1'='1", "x'; DELETE FROM v; --", "$1", "\\", "\"", "%", "x' UNION SELECT 1 --"]
            try await database.write { tx in
                for (id, text) in attacks.enumerated() {
                    try tx.execute("INSERT INTO v (id, t) VALUES (\(id), \(text))")
                }
            }
            for (id, text) in attacks.enumerated() {
                let found = try await database.read { tx in
                    try tx.rows("SELECT id FROM v WHERE t = \(text)").map { try $0.get(0, as: Int.self) }
                }
                #expect(found == [id])
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anotherKindOfValueIsToldAndNotConverted(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Self.makeTable(database)
            try await database.write { tx in
                try tx.execute("INSERT INTO v (id, i, t) VALUES (\(1), \(5), \("5"))")
            }
            let row = try #require(
                try await database.read { tx in try tx.first("SELECT i, r, t FROM v WHERE id = \(1)") })
            #expect(throws: DatabaseError(.typeMismatch, "")) { try row.get("t", as: Int64.self) }
            #expect(throws: DatabaseError(.typeMismatch, "")) { try row.get("i", as: String.self) }
            #expect(throws: DatabaseError(.typeMismatch, "")) { try row.get("r", as: Double.self) }
            #expect(throws: DatabaseError(.typeMismatch, "")) { try row.get("x", as: Int64.self) }
            #expect(throws: DatabaseError(.typeMismatch, "")) { try row.get(3, as: Int64.self) }
            #expect(try row.get("r", as: Double?.self) == nil)
            #expect(try row.get(0, as: Int64?.self) == 5)
        }
    }
}
