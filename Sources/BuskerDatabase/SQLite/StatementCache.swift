// Prepared statements, kept by their text.

import GRDBSQLite

/// The statements that a connection has prepared; the one unused for longest makes room.
struct StatementCache {
    private var statements: [String: SQLiteStatement] = [:]
    private var texts: [BulkInsert: String] = [:]
    private let capacity: Int
    private var clock = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The statement for a text, prepared if it is not there; one that runs is left alone and another is prepared.
    mutating func statement(
        _ text: String, on database: OpaquePointer, errors: SQLiteErrors
    ) throws(DatabaseError) -> SQLiteStatement {
        clock += 1
        if let found = statements[text], !found.isRunning {
            found.lastUse = clock
            return found
        }
        let made = try unsafe SQLiteStatement(text, on: database, errors: errors)
        guard statements[text] == nil else { return made }
        if statements.count >= capacity, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            statements[oldest.key] = nil
        }
        made.lastUse = clock
        statements[text] = made
        return made
    }

    /// The text of an insert, put together once.
    mutating func text(of insert: BulkInsert) -> String {
        if let text = texts[insert] { return text }
        if texts.count >= capacity { texts.removeAll() }
        let columns = insert.columns.joined(separator: ", ")
        let places = insert.columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        var text = "INSERT INTO \(insert.table) (\(columns)) VALUES (\(places))"
        if let key = insert.key {
            let others = insert.columns.filter { !key.contains($0) }.map { "\($0) = excluded.\($0)" }
            text += " ON CONFLICT (\(key.joined(separator: ", "))) DO "
            text += others.isEmpty ? "NOTHING" : "UPDATE SET \(others.joined(separator: ", "))"
        }
        texts[insert] = text
        return text
    }

    /// Lets go of every statement.
    mutating func removeAll() { statements.removeAll() }
}
