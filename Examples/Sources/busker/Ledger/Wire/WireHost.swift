// Turns requests of the wire format into commands of the ledger, and receipts into answers.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Synchronization

/// What `serve` does with a request.
final class WireHost: Sendable {
    /// Units of accounts and holds that are remembered, so that a request needs no look-up.
    private static let unitsMax = 100_000

    /// What has a unit; two names are the same when their bytes are.
    private enum UnitOwner: Hashable {
        case account(AccountName)
        case transaction(TransactionID)
    }

    let book: LedgerBook
    let writer: LineWriter
    private let clock: ManualClock?
    private let isReadOnly: Bool
    private let answersEarly: Bool
    private let units = Mutex<[UnitOwner: Amount.Unit]>([:])

    /// - Parameters:
    ///   - clock: the clock that the request `clock` moves, where there is one.
    ///   - answersEarly: breaks the promise that an answer follows its commit; only to test tests with.
    init(book: LedgerBook, clock: ManualClock?, isReadOnly: Bool, answersEarly: Bool, writer: LineWriter) {
        self.book = book
        self.clock = clock
        self.isReadOnly = isReadOnly
        self.answersEarly = answersEarly
        self.writer = writer
    }

    /// What came of reading a line.
    enum Reading {
        case request(WireRequest)
        case answered(WireLine)
    }

    /// Reads a line; what is wrong with it, and the clock, is answered at once, in the order of the lines.
    func read(_ line: IncomingLine) -> Reading {
        do {
            guard case .line(let bytes) = line else {
                throw WireError("tooLong", "A line has at most \(WireRequest.bytesMax) bytes.")
            }
            let request = try WireRequest(bytes)
            guard request.operation == .clock else { return .request(request) }
            return .answered(try moveClock(request))
        } catch let error as WireError {
            return .answered(.failure(error.code, error.detail, for: error.key))
        } catch {
            return .answered(.failure("badRequest", "The line was not understood.", for: nil))
        }
    }

    /// The answer to a request; nothing when it has been given already.
    func answer(_ request: WireRequest) async -> WireLine? {
        do {
            guard !isReadOnly || request.operation.isReading else {
                throw WireError("readOnly", "This process only reads; send changes to the one that writes.")
            }
            switch request.operation {
            case .balance: return try await balance(request)
            case .history: return try await history(request)
            case .verify: return try await verify(request)
            case .dump: return try await WireDump(key: request.key, writer: writer).run(book.database)
            case .sweep: return try await sweep(request)
            default: return try await change(request)
            }
        } catch let error as WireError {
            return .failure(error.code, error.detail, for: request.key)
        } catch let error as LedgerError {
            return .refusal(error, for: request.key)
        } catch let error as DatabaseError {
            let code = error.code == .unknownOutcome ? "unknownOutcome" : "databaseFailed"
            return .failure(code, error.detail, for: request.key)
        } catch {
            return .failure("failed", "The request failed; send it again under the same key.", for: request.key)
        }
    }

    private func change(_ request: WireRequest) async throws -> WireLine? {
        let command = try await command(request)
        guard answersEarly, request.operation != .open else {
            return .receipt(try await book.ledger.perform(command), for: request.key)
        }
        try await book.database.write { [book, writer] tx in
            let receipt = try book.ledger.perform(command, in: tx)
            writer.send(WireLine.receipt(receipt, for: request.key).closed)
        }
        return nil
    }

    private func moveClock(_ request: WireRequest) throws -> WireLine {
        guard let clock else {
            throw WireError("noManualClock", "Start serve with --manual-clock to move the clock.", key: request.key)
        }
        let now: Timestamp
        switch (request.fields.advanceMs, request.fields.at) {
        case (let milliseconds?, nil):
            let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
            guard !overflow, milliseconds >= 0 else {
                throw WireError("badRequest", "advanceMs is out of range.", key: request.key)
            }
            now = clock.move { $0.advanced(byMicroseconds: microseconds) }
        case (nil, let text?):
            let moment = try Self.moment(text, "at", key: request.key)
            now = clock.move { _ in moment }
        default: throw WireError("badRequest", "clock has either advanceMs or at.", key: request.key)
        }
        var line = WireLine.done(request.key)
        line.add("now", now.iso8601)
        return line
    }

    private func sweep(_ request: WireRequest) async throws -> WireLine {
        let report = try await book.ledger.sweep(limit: request.fields.limit ?? 1000)
        var line = WireLine.done(request.key)
        line.add("accounts", Int64(report.accounts))
        line.add("ended", Int64(report.ended))
        line.add("more", report.isMore)
        return line
    }

    static func moment(_ text: String, _ field: String, key: String) throws -> Timestamp {
        do {
            return try Timestamp(iso8601: text)
        } catch {
            throw WireError("badRequest", "\(field): \(error.detail)", key: key)
        }
    }

    /// The unit of an account.
    func unit(of account: AccountName) async throws -> Amount.Unit {
        try await unit(of: .account(account)) { try await self.book.ledger.balance(of: account).unit }
    }

    /// The unit in which a transaction counts; `missing` is what is said when there is none.
    func unit(of transaction: TransactionID, or missing: WireError) async throws -> Amount.Unit {
        try await unit(of: .transaction(transaction)) {
            guard let found = try await self.book.ledger.transaction(transaction) else { throw missing }
            return found.entry.amount.unit
        }
    }

    private func unit(of owner: UnitOwner, _ find: () async throws -> Amount.Unit) async throws -> Amount.Unit {
        if let known = units.withLock({ $0[owner] }) { return known }
        let unit = try await find()
        units.withLock { units in
            if units.count >= Self.unitsMax { units.removeAll() }
            units[owner] = unit
        }
        return unit
    }
}
