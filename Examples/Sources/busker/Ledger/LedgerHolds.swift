// busker ledger hold, capture, release, reverse, clawback.

import ArgumentParser
import BuskerCore
import BuskerLedger

/// Sets credit aside.
struct LedgerHold: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Set credit of an account aside until it is captured, released, or its time is over.")

    @Argument(help: "The account.")
    var account: String

    @Argument(help: "How much.")
    var amount: String

    @Option(name: .customLong("for"), help: ArgumentHelp("How long: 90s, 15m, 1h, 7d at most.", valueName: "span"))
    var timeToLive = SpanText(seconds: LedgerLimits().holdSecondsDefault)

    @Option(help: "What it will be spent on, for credit that is bound to that.")
    var scope: String?

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        try await write.run { book in
            let name = try LedgerWrite.account(account)
            let length = Duration.seconds(timeToLive.seconds)
            return .hold(name, try await book.amount(amount, of: name), timeToLive: length, scope: scope)
        }
    }
}

/// Spends what a hold set aside.
struct LedgerCapture: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Spend what a hold set aside; what is not captured is free again.")

    @Argument(help: "The hold, hold_….")
    var hold: String

    @Argument(help: "How much (default: all of it).")
    var amount: String?

    @Flag(help: "Charge what goes beyond the hold too.")
    var topUp = false

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        let id = try IDText.hold(hold)
        try await write.run { book in
            let held = try await book.amount(
                of: TransactionID(sharing: id), or: .refused("unknown_hold", "There is no hold \(id)."))
            guard let amount else { return .capture(id, held, topUp: topUp) }
            return .capture(id, try Amount(parsing: amount, unit: held.unit), topUp: topUp)
        }
    }
}

/// Frees what a hold set aside.
struct LedgerRelease: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Free what a hold set aside.")

    @Argument(help: "The hold, hold_….")
    var hold: String

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        let id = try IDText.hold(hold)
        try await write.run { _ in .release(id) }
    }
}

/// Gives back a charge.
struct LedgerReverse: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "reverse", abstract: "Give back a charge or a capture, to the grants it came from.")

    @Argument(help: "The charge or capture, txn_….")
    var transaction: String

    @Argument(help: "How much (default: all that is left of it).")
    var amount: String?

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        let id = try IDText.transaction(transaction)
        try await write.run { book in
            guard let amount else { return .reverse(id, nil) }
            let charged = try await book.amount(
                of: id, or: .refused("unknown_transaction", "There is no transaction \(id)."))
            return .reverse(id, try Amount(parsing: amount, unit: charged.unit))
        }
    }
}

/// Takes back what a payment granted.
struct LedgerClawback: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "clawback",
        abstract: "Take back what a payment granted, as far as the payment was reversed.",
        discussion: """
            --reversed is what was reversed of the payment by now, all told: the same figure again changes nothing, a smaller \
            one gives credit again. What has been spent already becomes debt.
            """)

    @Argument(help: "The payment, as it was named with 'grant --payment'.")
    var payment: String

    @Option(help: "How much of the payment has been reversed so far, such as 2.50.")
    var reversed: String

    @Option(help: ArgumentHelp("The currency of the payment, such as USD.", valueName: "code"))
    var currency: CurrencyText

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        let money = try Money(parsing: reversed, currency: currency.currency)
        try await write.run { _ in .clawback(payment: payment, reversed: money) }
    }
}
