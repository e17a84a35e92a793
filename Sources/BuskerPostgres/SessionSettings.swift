// How a session is set up, and which servers are refused.

import BuskerDatabase

/// The settings of every session, and those of the server without which an acknowledged write could be lost.
struct SessionSettings: Sendable {
    let limits: PostgresLimits

    /// The oldest server that is served.
    static let oldest = 140_000

    /// Sets what is ours to set, and reads back what the server decides; one round trip.
    var statement: String {
        let set = [
            ("jit", "off"), ("lock_timeout", Self.milliseconds(limits.lockTime)),
            ("statement_timeout", Self.milliseconds(limits.statementTime)),
            ("idle_in_transaction_session_timeout", Self.milliseconds(limits.idleTime)), ("TimeZone", "UTC"),
            ("DateStyle", "ISO, YMD"), ("standard_conforming_strings", "on"), ("cursor_tuple_fraction", "1"),
        ]
        let read = Self.decisive.map { "current_setting('\($0)')" }
        return "SELECT " + (read + set.map { "set_config('\($0)', '\($1)', false)" }).joined(separator: ", ")
    }

    private static let decisive = ["fsync", "full_page_writes", "synchronous_commit", "server_encoding"]

    private static func milliseconds(_ time: Duration) -> String {
        let (seconds, attoseconds) = time.components
        return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)"
    }

    /// Refuses a server that could lose what it acknowledged.
    ///
    /// - Throws: ``DatabaseError`` with `unsafeSettings`, naming everything that has to change.
    func check(_ row: Row?, version: Int) throws(DatabaseError) {
        guard version >= Self.oldest else {
            throw DatabaseError(
                .unsafeSettings,
                "The server is PostgreSQL \(version / 10_000); Busker needs 14 or later: upgrade the server.")
        }
        guard let row else { throw DatabaseError(.failed, "The server did not tell its settings.") }
        var complaints: [String] = []
        for (at, name) in Self.decisive.enumerated() {
            let value: String = try row.get(at)
            switch name {
            case "server_encoding":
                guard value != "UTF8" else { continue }
                complaints.append("the database is encoded in \(value): make one with ENCODING 'UTF8'")
            case "synchronous_commit":
                guard value == "off" else { continue }
                complaints.append("synchronous_commit is off: set it to on for the server, the database and the user")
            default:
                guard value == "off" else { continue }
                complaints.append("\(name) is off: set \(name) = on in postgresql.conf and reload")
            }
        }
        guard complaints.isEmpty else {
            throw DatabaseError(
                .unsafeSettings, "What the server acknowledges could be lost; \(complaints.joined(separator: "; ")).")
        }
    }
}
