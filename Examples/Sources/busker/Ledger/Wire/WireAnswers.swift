// Receipts, refusals, balances and history as lines of the wire format.

import BuskerCore
import BuskerLedger

extension WireLine {
    /// The beginning of an answer to a request that was fulfilled.
    static func done(_ key: String) -> WireLine {
        var line = WireLine()
        line.add("key", key)
        line.add("ok", true)
        return line
    }

    /// What happened.
    static func receipt(_ receipt: Receipt, for key: String) -> WireLine {
        var line = done(key)
        line.add("seq", receipt.sequence)
        line.add("txn", "\(receipt.transaction)")
        line.add("kind", receipt.kind.word)
        line.add("acct", receipt.account.text)
        line.add("amount", receipt.amount.steps)
        line.add("hold", receipt.hold.map { "\($0)" })
        line.add("posted", receipt.after.posted.steps)
        line.add("held", receipt.after.held.steps)
        line.add("debt", receipt.after.debt.steps)
        line.add("created", receipt.createdAt.microseconds)
        line.add("replayed", receipt.replayed)
        return line
    }

    /// Why not.
    static func refusal(_ error: LedgerError, for key: String) -> WireLine {
        var line = failure(camelCase(error.code.description), error.detail, for: key)
        if let figures = error.figures {
            line.add("needed", figures.needed.steps)
            line.add("available", figures.available.steps)
            line.add("held", figures.held.steps)
            line.add("debt", figures.debt.steps)
        }
        line.add("replayed", error.replayed)
        return line
    }

    static func failure(_ code: String, _ detail: String, for key: String?) -> WireLine {
        var line = WireLine()
        line.add("key", key)
        line.add("err", code)
        line.add("detail", detail)
        return line
    }

    /// `hold_closed` becomes `holdClosed`.
    static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
