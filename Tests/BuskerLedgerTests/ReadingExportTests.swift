// Exports that spreadsheets read and cannot be tricked by.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct ReadingExportTests {
    /// Reads comma-separated values as RFC 4180 says, strictly.
    private static func parse(_ bytes: [UInt8]) throws -> [[String]] {
        let text = try #require(String(validating: bytes, as: UTF8.self))
        var rows: [[String]] = []
        var (row, cell, isQuoted) = ([String](), "", false)
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch (isQuoted, scalar) {
            case (true, "\""):
                if rest.first == "\"" {
                    cell.unicodeScalars.append("\"")
                    rest.removeFirst()
                } else {
                    isQuoted = false
                    #expect([",", "\r"].contains(rest.first), "text after a closing quote")
                }
            case (true, _): cell.unicodeScalars.append(scalar)
            case (false, "\""):
                #expect(cell.isEmpty, "a quote inside a plain cell")
                isQuoted = true
            case (false, ","):
                row.append(cell)
                cell = ""
            case (false, "\r"):
                #expect(rest.popFirst() == "\n")
                rows.append(row + [cell])
                (row, cell) = ([], "")
            case (false, "\n"): Issue.record("a bare line feed")
            case (false, _): cell.unicodeScalars.append(scalar)
            }
        }
        #expect(row.isEmpty && cell.isEmpty && !isQuoted, "the last row is not complete")
        return rows
    }

    private static func export(_ bench: ReadingBench, _ export: CSVExport) async throws -> [[String]] {
        var bytes: [UInt8] = []
        let report = try await bench.ledger.exportCSV(export) { bytes += $0 }
        #expect(report.bytes == bytes.count)
        let rows = try parse(bytes)
        #expect(report.rows == rows.count - 1)
        #expect(Set(rows.map(\.count)).count == 1, "rows of different lengths")
        return rows
    }

    @Test(arguments: DatabaseKind.all)
    func theHistoryOfAnAccount(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("노래, \"카페\"")
            bench.pass(seconds: 1)
            try await bench.grant(1250, to: account, key: "g")
            let charged = try await bench.charge(305, to: account, job: "job_1", key: "c")
            let rows = try await Self.export(bench, CSVExport(.history(account)))
            #expect(
                rows[0].prefix(9) == [
                    "sequence", "created_at", "effective_at", "kind", "transaction", "account", "change", "unit",
                    "posted_after",
                ])
            #expect(rows.map { $0[3] } == ["kind", "open", "grant", "charge"])
            #expect(rows.map { $0[6] } == ["change", "0.00", "12.50", "-3.05"])
            #expect(rows.map { $0[8] } == ["posted_after", "0.00", "12.50", "9.45"])
            let cells = Dictionary(uniqueKeysWithValues: zip(rows[0], rows[3]))
            #expect(cells["sequence"] == "3")
            #expect(cells["created_at"] == charged.createdAt.iso8601)
            #expect(cells["transaction"] == charged.transaction.description)
            #expect(cells["account"] == account.text)
            #expect(cells["unit"] == "credits" && cells["job"] == "job_1" && cells["key"] == "c")
            #expect(cells["held_after"] == "0.00" && cells["amount"] == "3.05")
        }
    }

    @Test(arguments: [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1", "\u{a0}=1",
        "\u{200b}=1",
        "\u{feff}@x", "﹣1", "﹦1", "−1",
    ])
    func whatLooksLikeAFormulaIsMadeText(text: String) throws {
        var csv = CSVText()
        csv.add(text)
        csv.add(number: "-12.50")
        csv.endRow()
        #expect(try Self.parse(csv.bytes) == [["'" + text, "-12.50"]])
    }

    @Test(arguments: [
        "", "a", "a,b", "a\"b", "\"", "a\r\nb", "a;b", " a ", "a=b", "1-2", "user@host", "노래 🎵", "'", "'=1",
    ])
    func otherTextStaysAsItIs(text: String) throws {
        var csv = CSVText()
        csv.add(text)
        csv.add("end")
        csv.endRow()
        #expect(try Self.parse(csv.bytes) == [[text, "end"]])
    }

    @Test(arguments: DatabaseKind.all)
    func formulasOfStrangersStayHarmless(kind: DatabaseKind) async throws {
        try await withLedger(kind) { bench in
            let account = try await bench.open("=cmd|'/c calc'!A0")
            _ = try await bench.ledger.perform(
                LedgerCommand(
                    .grant(account, bench.amount(5), GrantTerms(payment: "@pay")),
                    key: IdempotencyKey("+k", scope: "-s"),
                    job: "=HYPERLINK(\"x\")", rate: "＝r"))
            let rows = try await Self.export(bench, CSVExport(.history(account)))
            let cells = Dictionary(uniqueKeysWithValues: zip(rows[0], rows[2]))
            #expect(cells["account"] == "'=cmd|'/c calc'!A0")
            #expect(cells["payment"] == "'@pay" && cells["key"] == "'+k" && cells["key_scope"] == "'-s")
            #expect(cells["job"] == "'=HYPERLINK(\"x\")" && cells["rate"] == "'＝r")
            for row in try await Self.export(bench, CSVExport(.journal)) {
                for cell in row where ["=", "+", "@", "＝"].contains(cell.first) { Issue.record("\(cell)") }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theJournalHasEveryLineAndSumsToZero(kind: DatabaseKind) async throws {
        var limits = LedgerLimits()
        limits.pageRowsMax = 7
        try await withLedger(kind, limits: limits, scale: 0) { bench in
            var accounts: [AccountName] = []
            for name in 1...3 { accounts.append(try await bench.open("user:\(name)")) }
            var traffic = ReadingTraffic(seed: 5, accounts: accounts)
            for _ in 1...40 { try await traffic.step(bench) }
            let rows = try await Self.export(bench, CSVExport(.journal)).dropFirst()
            var sums: [Int64: Int64] = [:]
            for row in rows { sums[try #require(Int64(row[0])), default: 0] += try #require(Int64(row[7])) }
            #expect(sums.values.allSatisfy { $0 == 0 })
            let count = try await bench.database.read { tx in
                try tx.value("SELECT count(*) FROM ledger_entry", as: Int64.self)
            }
            #expect(Int64(rows.count) == count)
            let places = rows.map { [Int64($0[0]) ?? 0, Int64($0[1]) ?? 0] }
            #expect(
                places.map(\.description) == Set(places).sorted { $0.lexicographicallyPrecedes($1) }.map(\.description))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func pagesBeginWhereTheLastOneEnded(kind: DatabaseKind) async throws {
        var limits = LedgerLimits()
        limits.pageRowsMax = 4
        try await withLedger(kind, limits: limits) { bench in
            let account = try await bench.open("user:1")
            try await bench.grant(100, to: account, key: "g")
            for at in 1...14 { try await bench.charge(1, to: account, key: "c\(at)") }
            var bytes: [UInt8] = []
            var chunks = 0
            let report = try await bench.ledger.exportCSV(CSVExport(.history(account), byteOrderMark: true)) {
                bytes += $0
                chunks += 1
                try await bench.charge(1, to: account, key: "late\(chunks)")
            }
            #expect(chunks == 5 && report.rows == 16 && report.asOfSequence == 16)
            #expect(bytes.prefix(3) == [0xEF, 0xBB, 0xBF])
            let rows = try Self.parse(Array(bytes.dropFirst(3)))
            #expect(rows.dropFirst().map { Int64($0[0]) } == (1...16).map { $0 })
            var filter = HistoryFilter(kinds: [.charge])
            filter.to = bench.later(1)
            let charges = try await Self.export(bench, CSVExport(.history(account), filter: filter))
            #expect(charges.count == 1 + 14 + chunks)
        }
    }

    @Test func aCancelledExportEnds() async throws {
        var limits = LedgerLimits()
        limits.pageRowsMax = 1
        try await withLedger(.sqliteMemory, limits: limits) { bench in
            let account = try await bench.open("user:1")
            for at in 1...5 { try await bench.grant(1, to: account, key: "g\(at)") }
            let export = Task {
                var chunks = 0
                do {
                    _ = try await bench.ledger.exportCSV(CSVExport(.history(account))) { _ in
                        chunks += 1
                        if chunks == 2 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
                    }
                } catch let error as LedgerError {
                    return (chunks, error.code.description)
                }
                return (chunks, "none")
            }
            let (chunks, code) = try await export.value
            #expect(chunks == 2)
            #expect(code == "cancelled")
            struct Full: Error, Equatable {}
            await #expect(throws: Full()) {
                try await bench.ledger.exportCSV(CSVExport(.history(account))) { _ in throw Full() }
            }
            let unknown = try AccountName("nobody")
            await #expect(throws: LedgerError(.unknownAccount, "")) {
                try await bench.ledger.exportCSV(CSVExport(.history(unknown))) { _ in }
            }
        }
    }
}
