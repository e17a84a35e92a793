// Questions of the wire format that change nothing.

import BuskerCore
import BuskerLedger

extension WireHost {
    func balance(_ request: WireRequest) async throws -> WireLine {
        let balance = try await book.ledger.balance(of: try account(request.fields))
        var line = WireLine.done(request.key)
        line.add("acct", balance.account.text)
        line.add("unit", "\(balance.unit.code):\(balance.unit.scale)")
        line.add("posted", balance.posted.steps)
        line.add("held", balance.held.steps)
        line.add("available", balance.available.steps)
        line.add("debt", balance.debt.steps)
        line.add(
            "scoped",
            balance.scoped.map { part in
                var one = WireLine()
                one.add("scope", part.scope)
                one.add("available", part.amount.steps)
                return one
            })
        line.add("seq", balance.asOfSequence)
        return line
    }

    func history(_ request: WireRequest) async throws -> WireLine {
        let cursor: Cursor?
        do {
            cursor = try request.fields.after.map { try Cursor(parsing: $0) }
        } catch {
            throw WireError("badCursor", "after is what an answer gave as next.")
        }
        let page = try await book.ledger.history(
            of: try account(request.fields),
            page: PageRequest(after: cursor, limit: request.fields.limit ?? 50, maximum: 100))
        var line = WireLine.done(request.key)
        line.add("items", page.items.map(Self.item))
        line.add("next", page.next?.text)
        return line
    }

    private static func item(_ entry: HistoryEntry) -> WireLine {
        var line = WireLine()
        line.add("seq", entry.sequence)
        line.add("txn", "\(entry.transaction)")
        line.add("kind", entry.kind.word)
        line.add("key", entry.key.description)
        line.add("amount", entry.amount.steps)
        line.add("change", entry.change.steps)
        line.add("posted", entry.postedAfter.steps)
        line.add("to", entry.counterparty?.text)
        line.add("hold", entry.hold.map { "\($0)" })
        line.add("payment", entry.payment)
        line.add("job", entry.job)
        line.add("created", entry.createdAt.microseconds)
        line.add("effective", entry.effectiveAt.microseconds)
        return line
    }

    func verify(_ request: WireRequest) async throws -> WireLine {
        let verification = try await book.ledger.verify()
        var line = WireLine.done(request.key)
        line.add("sound", verification.ok)
        line.add("transactions", verification.transactions)
        line.add("hash", WireDump.hex(verification.headHash))
        line.add(
            "problems",
            verification.problems.map { problem in
                var one = WireLine()
                one.add("invariant", problem.invariant.rawValue)
                one.add("seq", problem.sequence)
                one.add("text", problem.text)
                return one
            })
        return line
    }
}
