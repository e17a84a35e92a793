// What is sent to the server, and what it answers.

import BuskerDatabase

/// One message to the server; several travel together and are answered together.
enum Step {
    /// A statement without values whose answer nobody reads.
    case command(String)
    /// A statement that is parsed each time.
    case query(String, [SQLValue])
    /// Parses a statement for later.
    case prepare(PreparedStatement, String)
    /// Runs a parsed statement.
    case run(PreparedStatement, [SQLValue])
    /// Runs a parsed statement that takes many rows, one array for each of the columns.
    case insert(PreparedStatement, rows: ArraySlice<[SQLValue]>, columns: [(Int, ParameterKind)])
}

/// What the server answered to one step.
struct Answer {
    var rows: [Row] = []
    /// The number of rows that a statement changed.
    var changed = 0
    /// The words with which the server names what it did, such as `COMMIT`.
    var tag = ""
}

/// Why an exchange with the server failed.
struct Failure: Error {
    /// The error for the caller.
    let error: DatabaseError
    /// The five characters of the server's own code; empty when it did not say.
    var state = ""
    /// The connection is gone.
    var isLost = false
    /// Nothing was sent, because the connection was known to be gone.
    var isUnsent = false
    /// The transaction goes on: only the reading of an answer failed.
    var isHarmless = false
    /// What the server parsed no longer fits its tables.
    var isStale = false

    /// Whether the same closure may succeed when it runs again: a lost race, a deadlock, a lock that did not come.
    var mayPass: Bool { ["40001", "40P01", "55P03"].contains(state) || isStale }
}
