// What several readers make of a row of the tables.

import BuskerCore
import BuskerDatabase

/// Decodes the values that a row of the tables holds.
enum ReadRow {
    /// The unit in three columns: code, scale, kind.
    static func unit(_ row: Row, at column: Int) throws(LedgerError) -> Amount.Unit {
        do {
            return try UnitCode.unit(
                code: try row.get(column), scale: try row.get(column + 1), kind: try row.get(column + 2))
        } catch {
            throw LedgerError(.corrupt, "The table of units holds a unit that none can have.", underlying: error)
        }
    }

    static func kind(_ raw: Int64) throws(LedgerError) -> TransactionKind {
        guard let kind = TransactionKind(rawValue: raw) else {
            throw LedgerError(.corrupt, "A transaction has the kind \(raw), which this release does not know.")
        }
        return kind
    }

    static func id<Kind>(_ bytes: [UInt8], _ kind: Kind.Type = Kind.self) throws(LedgerError) -> ID<Kind> {
        do {
            return try ID(bytes: bytes)
        } catch {
            throw LedgerError(.corrupt, "A transaction has an id that none can have.", underlying: error)
        }
    }
}

extension Int64 {
    /// The sum of two numbers of the tables.
    ///
    /// - Throws: ``LedgerError`` with `corrupt`: numbers the ledger wrote never overflow.
    func summed(_ other: Int64) throws(LedgerError) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        guard !overflow else { throw .beyondRange }
        return sum
    }

    /// The difference of two numbers of the tables.
    ///
    /// - Throws: ``LedgerError`` with `corrupt`.
    func lessened(_ other: Int64) throws(LedgerError) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard !overflow else { throw .beyondRange }
        return difference
    }
}

extension LedgerError {
    fileprivate static let beyondRange = LedgerError(
        .corrupt, "The figures of an account leave the range of the ledger: run verify.")
}
