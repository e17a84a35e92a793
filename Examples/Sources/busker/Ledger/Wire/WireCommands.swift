// The commands of the ledger as the wire format names them.

import BuskerCore
import BuskerDatabase
import BuskerLedger

extension WireHost {
    /// The command that a request stands for.
    func command(_ request: WireRequest) async throws -> LedgerCommand {
        let fields = request.fields
        return LedgerCommand(
            try await action(request), key: try IdempotencyKey(request.key), job: fields.job, rate: fields.rate,
            notes: fields.notes ?? [:])
    }

    private func action(_ request: WireRequest) async throws -> LedgerAction {
        let fields = request.fields
        switch request.operation {
        case .open: return .open(try account(fields), unit: try Self.unit(fields.unit ?? ""))
        case .grant: return .grant(try account(fields), try await amount(fields), try terms(request))
        case .charge: return .charge(try account(fields), try await amount(fields), scope: fields.scope)
        case .hold:
            let milliseconds = fields.ttlMs ?? book.ledger.limits.holdSecondsDefault * 1000
            return .hold(
                try account(fields), try await amount(fields), timeToLive: .milliseconds(milliseconds),
                scope: fields.scope)
        case .capture:
            let hold = try await hold(fields)
            let unit = try await unit(
                of: TransactionID(sharing: hold), or: WireError("unknownHold", "There is no hold \(hold)."))
            return .capture(hold, Amount(steps: fields.amount ?? 0, unit: unit), topUp: fields.topUp ?? false)
        case .release: return .release(try await hold(fields))
        case .reverse:
            let id = try await reversed(fields)
            guard let steps = fields.amount else { return .reverse(id, nil) }
            let missing = WireError("unknownTransaction", "There is no transaction \(id).")
            return .reverse(id, Amount(steps: steps, unit: try await unit(of: id, or: missing)))
        case .clawback:
            let currency = try Self.currency(fields.currency ?? "")
            return .clawback(
                payment: fields.payment ?? "",
                reversed: Money(minorUnits: fields.cumulative ?? 0, currency: currency))
        case .adjust: return .adjust(try account(fields), try await amount(fields), reason: fields.reason ?? "")
        case .transfer:
            return .transfer(
                from: try account(fields), to: try AccountName(fields.to ?? ""), try await amount(fields))
        case .close: return .close(try account(fields))
        case .balance, .history, .dump, .verify, .sweep, .clock:
            throw WireError("badRequest", "\(request.operation.rawValue) changes nothing.")
        }
    }

    func account(_ fields: WireFields) throws -> AccountName { try AccountName(fields.acct ?? "") }

    /// The amount of a request, in the unit of its account.
    private func amount(_ fields: WireFields) async throws -> Amount {
        Amount(steps: fields.amount ?? 0, unit: try await unit(of: try account(fields)))
    }

    private func terms(_ request: WireRequest) throws -> GrantTerms {
        let fields = request.fields
        var terms = GrantTerms(.paid, priority: fields.prio ?? 50, scope: fields.scope, payment: fields.payment)
        if let name = fields.cat {
            guard let category = GrantCategory(word: name) else {
                let known = GrantCategory.allCases.map(\.word).joined(separator: ", ")
                throw WireError("badRequest", "cat is one of \(known).")
            }
            terms.category = category
        }
        terms.effectiveAt = try fields.effectiveAt.map { try Self.moment($0, "effectiveAt", key: request.key) }
        terms.expiresAt = try fields.expiresAt.map { try Self.moment($0, "expiresAt", key: request.key) }
        guard (fields.cost == nil) == (fields.currency == nil) else {
            throw WireError("badRequest", "cost and currency go together.")
        }
        if let cost = fields.cost, let code = fields.currency {
            terms.cost = Money(minorUnits: cost, currency: try Self.currency(code))
        }
        return terms
    }

    private func hold(_ fields: WireFields) async throws -> HoldID {
        switch (fields.hold, fields.holdKey) {
        case (let text?, nil):
            guard let id = try? HoldID(parsing: text) else {
                throw WireError("badRequest", "hold is an id that the answer to a hold gave: hold_….")
            }
            return id
        case (nil, let key?): return HoldID(sharing: try await transaction(under: key, or: "unknownHold"))
        default: throw WireError("badRequest", "Name the hold by its id (hold) or by the key that made it (holdKey).")
        }
    }

    private func reversed(_ fields: WireFields) async throws -> TransactionID {
        switch (fields.of, fields.ofKey) {
        case (let text?, nil):
            guard let id = try? TransactionID(parsing: text) else {
                throw WireError("badRequest", "of is the id of a charge or capture: txn_….")
            }
            return id
        case (nil, let key?): return try await transaction(under: key, or: "unknownTransaction")
        default: throw WireError("badRequest", "Name the charge by its id (of) or by the key that made it (ofKey).")
        }
    }

    /// The transaction that happened under a key.
    private func transaction(under key: String, or missing: String) async throws -> TransactionID {
        let id = try await book.database.read { tx in
            try tx.value(
                "SELECT id FROM ledger_txn WHERE scope = '' AND key = \(key)", as: TransactionID.self)
        }
        guard let id else { throw WireError(missing, "Nothing happened under that key.") }
        return id
    }

    private static func unit(_ text: String) throws -> Amount.Unit {
        guard let unit = UnitText(argument: text)?.unit else {
            throw WireError("badRequest", "unit is a code and its decimals, such as credits:2.")
        }
        return unit
    }

    private static func currency(_ code: String) throws -> Currency {
        guard let currency = try? Currency(code) else {
            throw WireError("badRequest", "currency is a code of ISO 4217, such as USD.")
        }
        return currency
    }
}
