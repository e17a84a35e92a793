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
}
