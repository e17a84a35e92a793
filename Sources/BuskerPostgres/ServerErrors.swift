// What the server reports, told in the room's own words.

import BuskerDatabase
import CPostgres

/// Turns what the server or its library reports into errors of the room; bound values never appear in them.
struct ServerErrors: Sendable {
    /// The most characters quoted from a message or a statement.
    let limit: Int
    /// What must not appear in a message.
    let secret: String?

    /// An error about a statement that the room itself refuses.
    func badStatement(_ what: String, _ text: String) -> DatabaseError {
        DatabaseError(.badStatement, "\(what) Statement: \(quoted(text))")
    }

    /// The failure that an answer reports.
    func failure(_ result: OpaquePointer, statement: String?) -> Failure {
        let state = unsafe Self.field(result, "C") ?? ""
        let severity = unsafe Self.field(result, "V") ?? Self.field(result, "S") ?? ""
        let message = unsafe Self.field(result, "M") ?? ""
        let routine = unsafe Self.field(result, "R") ?? ""
        guard !state.isEmpty else { return lost(unsafe String(cString: PQresultErrorMessage(result))) }
        var constraint = unsafe Self.field(result, "n")
        if state == "23502", let table = unsafe Self.field(result, "t"), let column = unsafe Self.field(result, "c") {
            constraint = "\(table).\(column)"
        }
        var failure = Failure(error: error(state, message, constraint: constraint, statement: statement), state: state)
        failure.isLost = severity == "FATAL" || severity == "PANIC"
        failure.isStale = state == "26000" || state == "0A000" && routine == "RevalidateCachedQuery"
        return failure
    }

    /// The failure of a connection that is gone.
    func lost(_ message: String) -> Failure {
        let reason = quoted(message)
        let said = reason.isEmpty ? "" : " (\(reason))"
        return Failure(
            error: DatabaseError(
                .unavailable,
                "The connection to PostgreSQL was lost before the commit\(said); nothing was changed. Try again."),
            isLost: true)
    }

    private static func field(_ result: OpaquePointer, _ code: Character) -> String? {
        guard let code = code.asciiValue, let text = unsafe PQresultErrorField(result, Int32(code)) else { return nil }
        return unsafe String(cString: text)
    }

    /// The error for a code of the server, by its class; see appendix A of PostgreSQL's manual.
    func error(_ state: String, _ message: String, constraint: String?, statement: String?) -> DatabaseError {
        let (code, advice) = Self.meaning(of: state)
        var detail = "PostgreSQL: "
        switch state.prefix(2) {
        case "22": detail += "a value does not fit (\(state)). \(advice)"
        default: detail += "\(quoted(message)) (\(state)). \(advice)"
        }
        if code == .badStatement, let statement { detail += " Statement: \(quoted(statement))" }
        return DatabaseError(code, detail, constraint: constraint)
    }

    private static func meaning(of state: String) -> (DatabaseError.Code, String) {
        switch state {
        case "23505", "23P01": return (.uniqueViolation, "Nothing was changed.")
        case "23514": return (.checkViolation, "Nothing was changed.")
        case "23503", "23001": return (.foreignKeyViolation, "Nothing was changed.")
        case "23502": return (.notNullViolation, "Nothing was changed.")
        case "40001", "40P01": return (.contention, "Nothing was changed; try again.")
        case "55P03": return (.timeout, "Another transaction held a lock too long; nothing was changed. Try again.")
        case "57014": return (.timeout, "The statement ran longer than it may; nothing was changed.")
        case "25P03":
            return (.timeout, "The closure kept the server waiting too long; nothing was changed. Do the work outside.")
        case "42804": return (.typeMismatch, "Check the values and the types of the columns; nothing was changed.")
        case "08P01": return (.badStatement, "Give as many values as the statement has placeholders.")
        case "25006": return (.readOnly, "Use write, and connect to a primary server.")
        case "25P02": return (.failed, "The transaction failed before.")
        case "53100", "53200", "58030": return (.storage, "The server has no room: make some. Nothing was changed.")
        case "54000", "54001", "54011", "54023": return (.limit, "The statement is too large.")
        case "55000", "55006": return (.failed, "Nothing was changed.")
        case "XX001", "XX002": return (.corrupt, "The server's data are damaged: restore a backup.")
        default: break
        }
        switch state.prefix(2) {
        case "08", "57", "53": return (.unavailable, "Nothing was changed; try again.")
        case "22": return (.typeMismatch, "Check the values and the types of the columns; nothing was changed.")
        case "23": return (.checkViolation, "Nothing was changed.")
        case "42", "0A", "34", "26", "3D", "3F": return (.badStatement, "Correct the statement.")
        default: return (.failed, "Nothing was changed.")
        }
    }

    /// A text without the password, cut to the limit, in one line.
    func quoted(_ text: String) -> String {
        var text = text
        if let secret, !secret.isEmpty {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
        }
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit) + "…"
    }
}
