// A SELECT of the rows whose column is in a list.

import BuskerDatabase

/// A SELECT of the rows whose column is in a list of values, in the form in which each database surely uses the index.
///
/// A server that knows no statistics yet may read the whole table for `x IN (…)`, and keeps that plan while the table grows;
/// looking each value up on its own leaves it no choice.
struct ListSelect: Sendable {
    /// `SELECT … FROM … WHERE`, with any conditions on the leading values and their AND.
    let head: String
    let column: String
    /// What follows the condition.
    var tail = ""
    /// The order of all rows, by the names of the answer's columns.
    var order = ""

    /// The statement for a list that is not empty; it is filled up to a power of two with its last value.
    func sql(leading: [SQLValue] = [], _ list: [SQLValue], laterally: Bool) -> SQL {
        var room = 1
        while room < list.count { room *= 2 }
        var values = leading
        values.reserveCapacity(leading.count + room)
        values += list
        if let last = list.last { for _ in list.count..<room { values.append(last) } }
        return SQL(text: text(room, from: leading.count + 1, laterally: laterally), values: values)
    }

    private func text(_ room: Int, from first: Int, laterally: Bool) -> String {
        guard laterally else { return "\(head) \(column) IN (\(Self.list(room, from: first)))\(tail)\(order)" }
        let rows = (0..<room).map { "($\(first + $0))" }.joined(separator: ", ")
        return """
            SELECT w.* FROM (SELECT DISTINCT column1 FROM (VALUES \(rows)) AS x) AS v
            CROSS JOIN LATERAL (\(head) \(column) = v.column1\(tail) OFFSET 0) AS w\(order)
            """
    }

    /// `$first, …` with `room` placeholders.
    private static func list(_ room: Int, from first: Int) -> String {
        first <= 2 && room <= 256 ? common[first - 1][room.trailingZeroBitCount] : write(room, from: first)
    }

    /// The lists that begin with `$1` or `$2`, by the power of two.
    private static let common = (1...2).map { first in (0...8).map { write(1 << $0, from: first) } }

    private static func write(_ room: Int, from first: Int) -> String {
        (0..<room).map { "$\(first + $0)" }.joined(separator: ", ")
    }
}
