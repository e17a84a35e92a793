// What several readers make of a row of the tables.

import BuskerCore
import BuskerDatabase

/// Decodes the values that a row of the tables holds.
enum ReadRow {
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
