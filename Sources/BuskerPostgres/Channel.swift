// The names under which messages travel.

import BuskerDatabase

/// A channel for messages to listeners.
enum Channel {
    /// Refuses what the server does not take for a name.
    static func check(_ name: String) throws(DatabaseError) {
        guard (1...63).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw DatabaseError(.badStatement, "The name of a channel has 1 to 63 bytes and no NUL.")
        }
    }

    /// The name as a word of a statement.
    static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
