// A ledger as `dump` tells it, row by row.

import Foundation

/// A row of a table: numbers and texts by column; a missing column is empty.
struct DumpRow {
    let numbers: [String: Int64]
    let texts: [String: String]

    init(_ object: [String: Any]) {
        var (numbers, texts): ([String: Int64], [String: String]) = ([:], [:])
        for (name, value) in object {
            if let text = value as? String {
                texts[name] = text
            } else if let number = value as? NSNumber {
                numbers[name] = number.int64Value
            }
        }
        self.numbers = numbers
        self.texts = texts
    }

    subscript(_ column: String) -> Int64 { numbers[column] ?? 0 }
    subscript(optional column: String) -> Int64? { numbers[column] }
    subscript(text column: String) -> String? { texts[column] }
}

/// Every row of a ledger.
struct LedgerDump {
    private(set) var accounts: [DumpRow] = []
    private(set) var transactions: [DumpRow] = []
    private(set) var entries: [DumpRow] = []
    private(set) var grants: [DumpRow] = []
    private(set) var holds: [DumpRow] = []
    private(set) var allocs: [DumpRow] = []
    private(set) var refusals: [DumpRow] = []

    /// Asks a host for its dump.
    init(_ host: HostProcess) throws {
        host.send(#"{"op":"dump","key":"dump"}"#)
        var summary: [String: Any]?
        while summary == nil {
            guard let lines = host.lines(within: 60_000), !lines.isEmpty else { throw CrashFinding("the dump stops") }
            for line in lines { summary = try read(line) }
        }
        try check(summary ?? [:])
    }

    /// Takes a row, or returns the line that ends the dump.
    private mutating func read(_ line: String) throws -> [String: Any]? {
        let object = try Crew.object(line)
        guard object["ok"] == nil else { return object }
        guard let table = object["row"] as? String else { throw CrashFinding("no row of a dump: \(line)") }
        try add(DumpRow(object), to: table)
        return nil
    }

    private mutating func add(_ row: DumpRow, to table: String) throws {
        switch table {
        case "account": accounts.append(row)
        case "txn": transactions.append(row)
        case "entry": entries.append(row)
        case "grant": grants.append(row)
        case "hold": holds.append(row)
        case "alloc": allocs.append(row)
        case "refusal": refusals.append(row)
        default: throw CrashFinding("a dump with the table \(table)")
        }
    }

    private func check(_ summary: [String: Any]) throws {
        let told = [
            "accounts": accounts.count, "txns": transactions.count, "entries": entries.count, "grants": grants.count,
            "holds": holds.count, "allocs": allocs.count, "refusals": refusals.count,
        ]
        for (name, count) in told where (summary[name] as? NSNumber)?.intValue != count {
            throw CrashFinding("the dump announces \(summary[name] ?? "no") \(name) and holds \(count)")
        }
    }
}
