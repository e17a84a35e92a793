// Many rows in one statement.

import BuskerDatabase

/// An insert of many rows: one array for each of the columns, so that one prepared statement serves any number of rows.
struct BulkRows {
    /// The statement.
    let text: String
    /// The columns that travel, each with its type; one that holds nothing but NULL is written into the statement.
    let columns: [(Int, ParameterKind)]
    /// The rows, cut so that no message grows too long.
    let pieces: [ArraySlice<[SQLValue]>]

    private static let mostRows = 4096
    private static let mostBytes = 4 << 20

    /// Checks the rows and writes the statement.
    ///
    /// - Throws: ``DatabaseError`` with `badStatement` when a row has too few or too many values, with `typeMismatch` when a
    ///   column mixes kinds.
    init(_ insert: BulkInsert, _ given: [[SQLValue]]) throws(DatabaseError) {
        let rows = insert.key.map { Self.last(of: given, by: $0, in: insert.columns) } ?? given
        var kinds = [ParameterKind](repeating: .unknown, count: insert.columns.count)
        var cuts = [0]
        var bytes = 0
        for (at, row) in rows.enumerated() {
            guard row.count == insert.columns.count else {
                throw DatabaseError(
                    .badStatement,
                    "A row for \(insert.table) has \(row.count) values; there are \(insert.columns.count) columns.")
            }
            for (column, value) in row.enumerated() {
                try value.checkForServer("column \(insert.columns[column]) of \(insert.table)")
                kinds[column] = try Self.merge(kinds[column], ParameterKind(value)) { insert.columns[column] }
                bytes += value.size
            }
            if at + 1 - (cuts.last ?? 0) >= Self.mostRows || bytes > Self.mostBytes {
                cuts.append(at + 1)
                bytes = 0
            }
        }
        if cuts.last != rows.count { cuts.append(rows.count) }
        pieces = zip(cuts, cuts.dropFirst()).map { rows[$0..<$1] }
        var columns = kinds.enumerated().filter { $0.element != .unknown }.map { ($0.offset, $0.element) }
        if columns.isEmpty, !kinds.isEmpty { columns = [(0, .text)] }
        self.columns = columns
        text = Self.statement(insert, columns)
    }

    /// The numbers of the types of the arrays.
    var parameters: [UInt32] { columns.map(\.1.arrayOID) }

    private static func statement(_ insert: BulkInsert, _ columns: [(Int, ParameterKind)]) -> String {
        let sent = Dictionary(uniqueKeysWithValues: columns.map { ($0.0, "c\($0.0)") })
        let arrays = columns.enumerated().map { "$\($0 + 1)::\($1.1.arrayName)" }
        let values = insert.columns.indices.map { sent[$0] ?? "NULL" }
        var text = "INSERT INTO \(insert.table) (\(insert.columns.joined(separator: ", "))) "
        text += "SELECT \(values.joined(separator: ", ")) FROM unnest(\(arrays.joined(separator: ", "))) "
        text += "AS rows(\(columns.map { "c\($0.0)" }.joined(separator: ", ")))"
        guard let key = insert.key else { return text }
        let changes = insert.columns.filter { !key.contains($0) }.map { "\($0) = excluded.\($0)" }
        let action = changes.isEmpty ? "DO NOTHING" : "DO UPDATE SET \(changes.joined(separator: ", "))"
        return text + " ON CONFLICT (\(key.joined(separator: ", "))) \(action)"
    }

    private static func merge(
        _ a: ParameterKind, _ b: ParameterKind, _ column: () -> String
    ) throws(DatabaseError) -> ParameterKind {
        if a == b || b == .unknown { return a }
        if a == .unknown { return b }
        if Set([a, b]) == [.integer, .real] { return .real }
        throw DatabaseError(.typeMismatch, "The rows mix kinds of values in column \(column()).")
    }

    /// One statement cannot change a row twice: of several rows with one key, the last counts.
    private static func last(of rows: [[SQLValue]], by key: [String], in columns: [String]) -> [[SQLValue]] {
        guard rows.count > 1 else { return rows }
        let places = key.compactMap { columns.firstIndex(of: $0) }
        var positions: [[SQLValue]: Int] = [:]
        positions.reserveCapacity(rows.count)
        var kept: [[SQLValue]] = []
        kept.reserveCapacity(rows.count)
        for row in rows {
            let value = places.map { row.indices.contains($0) ? row[$0] : .null }
            if !value.contains(.null), let at = positions[value] {
                kept[at] = row
            } else {
                positions[value] = kept.count
                kept.append(row)
            }
        }
        return kept
    }
}

extension SQLValue {
    fileprivate var size: Int {
        switch self {
        case .null: 4
        case .integer, .real: 12
        case .text(let text): 4 + text.utf8.count
        case .bytes(let bytes): 4 + bytes.count
        }
    }
}
