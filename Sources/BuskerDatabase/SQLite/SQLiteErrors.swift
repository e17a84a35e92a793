// What SQLite reports, told in the room's own words.

import GRDBSQLite

/// Turns the result codes of SQLite into errors of the room.
struct SQLiteErrors: Sendable {
    /// The most characters quoted from a message or a statement.
    let limit: Int

    /// An error about a statement that the room itself refuses.
    func badStatement(_ what: String, _ text: String) -> DatabaseError {
        DatabaseError(.badStatement, "\(what) Statement: \(quoted(text))")
    }

    /// The error that a connection has just met.
    func make(_ status: Int32, on database: OpaquePointer, statement: String? = nil) -> DatabaseError {
        let extended = unsafe sqlite3_extended_errcode(database)
        let message = unsafe sqlite3_errmsg(database).map { unsafe String(cString: $0) } ?? ""
        let precise = extended & 0xff == status & 0xff ? extended : status
        return make(precise, message, statement: statement, constraint: SQLiteConstraint(precise, message))
    }

    /// The error for a result code and what SQLite says about it.
    func make(
        _ status: Int32, _ message: String, statement: String? = nil, constraint: SQLiteConstraint? = nil
    ) -> DatabaseError {
        if let constraint { return DatabaseError(constraint.code, quoted(message) + ".", constraint: constraint.name) }
        let (code, advice) = Self.meaning(of: status & 0xff)
        let place = code == .badStatement ? statement.map { " Statement: \(quoted($0))" } ?? "" : ""
        return DatabaseError(code, "SQLite: \(quoted(message)) (\(status)). \(advice)\(place)")
    }

    private static func meaning(of status: Int32) -> (DatabaseError.Code, String) {
        switch status {
        case SQLITE_ERROR, SQLITE_RANGE: (.badStatement, "Correct the statement.")
        case SQLITE_AUTH:
            (.badStatement, "Transactions begin and end with the closure; settings and other files are out of reach.")
        case SQLITE_BUSY, SQLITE_LOCKED: (.timeout, "Another connection held the file too long; try again.")
        case SQLITE_FULL: (.storage, "The disk is full: make room. Nothing was changed.")
        case SQLITE_IOERR: (.storage, "The disk failed to read or write: check it. Nothing was changed.")
        case SQLITE_READONLY: (.readOnly, "The database can only be read: check the permissions of file and folder.")
        case SQLITE_CANTOPEN, SQLITE_PERM:
            (.storage, "The file cannot be opened: check that its folder exists and may be written.")
        case SQLITE_CORRUPT: (.corrupt, "The file is damaged: restore a backup.")
        case SQLITE_NOTADB: (.corrupt, "The file is not an SQLite database, or is encrypted: check the path.")
        case SQLITE_TOOBIG: (.limit, "A value or a statement is too long.")
        case SQLITE_MISMATCH: (.typeMismatch, "The value is of another kind than the column.")
        default: (.failed, "The statement was not carried out.")
        }
    }

    /// A text cut to the limit, in one line.
    func quoted(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit) + "…"
    }
}

/// Which rule of a table refused, as far as SQLite tells.
struct SQLiteConstraint {
    let code: DatabaseError.Code
    /// The constraint's name, or the columns it is about, as SQLite gives them.
    let name: String?

    init?(_ status: Int32, _ message: String) {
        guard status & 0xff == SQLITE_CONSTRAINT else { return nil }
        guard !message.hasPrefix("FOREIGN KEY") else {
            (code, name) = (.foreignKeyViolation, nil)
            return
        }
        let named = message.firstRange(of: "constraint failed: ").map { String(message[$0.upperBound...]) }
        switch status {
        case Self.extended(6), Self.extended(8), Self.extended(10): (code, name) = (.uniqueViolation, named)
        case Self.extended(5): (code, name) = (.notNullViolation, named)
        case Self.extended(12): (code, name) = (.typeMismatch, nil)
        default: (code, name) = (.checkViolation, named)
        }
    }

    private static func extended(_ detail: Int32) -> Int32 { SQLITE_CONSTRAINT | detail << 8 }
}
