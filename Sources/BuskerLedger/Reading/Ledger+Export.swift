// Histories as comma-separated values.

import BuskerDatabase

extension Ledger {
    /// Writes a history as comma-separated values: RFC 4180, CRLF, UTF-8, a heading first.
    ///
    /// Amounts are decimal numbers by the scale of their unit, times are ISO 8601 in UTC. Text that a spreadsheet might take for
    /// a formula has an apostrophe in front. Rows come in pages: memory does not grow with their number, a slow `sink` holds
    /// no snapshot, and what is committed after the beginning is not in it. Cancelling the task ends it between two pages.
    ///
    /// - Parameters:
    ///   - export: what to write.
    ///   - sink: takes the next bytes of the file; what it throws ends the export.
    /// - Throws: ``LedgerError`` with `unknownAccount`, `databaseFailed` or `cancelled`; what `sink` throws.
    @discardableResult
    public func exportCSV(
        _ export: CSVExport, to sink: (_ bytes: [UInt8]) async throws -> Void
    ) async throws -> CSVExport.Report {
        let limit = limits.pageRowsMax
        var (rows, last) = try await reading { tx in
            var rows = CSVRows(export, limit: limit)
            let last = try rows.open(in: tx)
            return (rows, last)
        }
        var text = CSVText()
        if export.byteOrderMark { text.addByteOrderMark() }
        for column in rows.heading { text.add(number: column) }
        text.endRow()
        try await sink(text.bytes)
        var (count, bytes) = (0, text.bytes.count)
        while true {
            guard !Task.isCancelled else {
                throw LedgerError(.cancelled, "The task was cancelled; the file ends in the middle.")
            }
            let page = try await reading { [rows] tx in
                var (rows, text) = (rows, CSVText())
                let count = try rows.add(to: &text, in: tx)
                return (rows, text.bytes, count)
            }
            rows = page.0
            if page.2 > 0 { try await sink(page.1) }
            count += page.2
            bytes += page.1.count
            if page.2 < limit { return CSVExport.Report(rows: count, bytes: bytes, asOfSequence: last) }
        }
    }
}
