// Prepared statements of one connection.

import BuskerDatabase

/// A statement that the server has parsed, or is about to.
final class PreparedStatement {
    /// The name under which the server knows it.
    let name: String
    /// The numbers of the types under which its values are sent; zero where the server decides.
    let parameters: [UInt32]
    /// Whether the server has parsed it.
    var isPrepared = false
    /// The names of its columns, once it has answered.
    var columns: ColumnNames?
    /// The types of its columns.
    var types: [UInt32] = []
    fileprivate var lastUse: UInt64 = 0

    init(name: String, parameters: [UInt32]) {
        self.name = name
        self.parameters = parameters
    }
}

/// The statements that a connection keeps, found by their text; the one unused for longest makes room.
struct StatementCache {
    private let capacity: Int
    private var statements: [String: PreparedStatement] = [:]
    private var uses: UInt64 = 0
    private var made = 0
    /// Statements that the server may forget.
    private var dropped: [PreparedStatement] = []

    init(capacity: Int) { self.capacity = capacity }

    /// The statement for a text and values of these types; a new one has still to be prepared.
    ///
    /// A NULL, type zero, fits every type, so a statement is prepared anew only when a value comes where NULL alone was seen
    /// before, or a value of another type.
    mutating func statement(_ text: String, parameters: [UInt32]) -> (statement: PreparedStatement, isNew: Bool) {
        uses += 1
        if let known = statements[text], known.parameters.count == parameters.count {
            if zip(known.parameters, parameters).allSatisfy({ $0 == $1 || $1 == 0 }) {
                known.lastUse = uses
                return (known, false)
            }
            dropped.append(known)
            return (add(text, zip(known.parameters, parameters).map { $1 == 0 ? $0 : $1 }), true)
        }
        if statements.count >= capacity, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            dropped.append(oldest.value)
            statements[oldest.key] = nil
        }
        return (add(text, parameters), true)
    }

    private mutating func add(_ text: String, _ parameters: [UInt32]) -> PreparedStatement {
        made += 1
        let statement = PreparedStatement(name: "b\(made)", parameters: parameters)
        statement.lastUse = uses
        statements[text] = statement
        return statement
    }

    /// The statements the server may forget; they count as forgotten from now on.
    mutating func takeDropped() -> [PreparedStatement] {
        defer { dropped = [] }
        return dropped.filter(\.isPrepared)
    }

    /// Drops what the server did not come to parse, because something before it failed.
    mutating func removeUnprepared() {
        statements = statements.filter { $0.value.isPrepared }
    }

    /// Drops everything, because what the server parsed no longer fits its tables.
    mutating func removeAll() {
        dropped += statements.values
        statements = [:]
    }

    /// Whether a statement of this text is kept.
    func knows(_ text: String) -> Bool { statements[text] != nil }

    /// The number of statements kept.
    var count: Int { statements.count }
}
