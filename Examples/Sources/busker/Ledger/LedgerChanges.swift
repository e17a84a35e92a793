// busker ledger open, grant, charge, adjust, transfer, close.

import ArgumentParser
import BuskerCore
import BuskerLedger

/// Opens an account.
struct LedgerOpen: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open an account, and make the database where there is none.")

    @Argument(help: "The account, such as user:42: up to 200 bytes of any letters.")
    var account: String

    @Option(
        help: ArgumentHelp(
            "The unit and its decimals, such as credits:2, USD or minutes:0 (default: credits:2).", valueName: "unit"))
    var unit: UnitText?

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        let unit = try unit?.unit ?? Amount.Unit(code: "credits", scale: 2)
        try await write.run(.create) { _ in .open(try LedgerWrite.account(account), unit: unit) }
    }
}

/// Gives credit.
struct LedgerGrant: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Give credit to an account.",
        discussion: """
            What burns first: the lower --priority, credit bound to what it is spent on, the earlier end, what was free, the \
            earlier beginning, the earlier grant. Debt is paid from a grant first.
            """)

    @Argument(help: "The account.")
    var account: String

    @Argument(help: "How much, such as 100 or 12.50.")
    var amount: String

    @Option(help: "Where it comes from (default: paid).")
    var category: CategoryText?

    @Option(help: "0 burns first, 100 last.")
    var priority = 50

    @Option(help: "What it may be spent on (default: everything).")
    var scope: String?

    @Option(help: ArgumentHelp("When it begins to count (default: at once).", valueName: "moment"))
    var effectiveAt: MomentText?

    @Option(help: ArgumentHelp("When it ends, such as 2027-01-01 or 2027-01-01T12:00:00Z.", valueName: "moment"))
    var expiresAt: MomentText?

    @Option(help: ArgumentHelp("In how long it ends, such as 12h or 30d, in place of --expires-at.", valueName: "span"))
    var expiresIn: SpanText?

    @Option(help: "What was paid for it, such as 5.00; it can then be clawed back.")
    var cost: String?

    @Option(help: ArgumentHelp("The currency of --cost, such as USD.", valueName: "code"))
    var currency: CurrencyText?

    @Option(help: "The payment behind it; each payment grants once.")
    var payment: String?

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func validate() throws {
        guard (cost == nil) == (currency == nil) else { throw ValidationError("--cost and --currency go together.") }
        guard (0...100).contains(priority) else { throw ValidationError("--priority is from 0 to 100.") }
        if expiresIn != nil {
            guard expiresAt == nil else { throw ValidationError("--expires-in and --expires-at exclude each other.") }
            guard write.key == nil else {
                throw ValidationError(
                    "With --key say --expires-at: an interval would end later when the command is repeated.")
            }
        }
    }

    func perform() async throws {
        var terms = GrantTerms(category?.category ?? .paid, priority: priority, scope: scope, payment: payment)
        terms.effectiveAt = effectiveAt?.moment
        terms.expiresAt = expiresAt?.moment
        if let expiresIn { terms.expiresAt = SystemClock().now.advanced(by: .seconds(expiresIn.seconds)) }
        if let cost, let currency { terms.cost = try Money(parsing: cost, currency: currency.currency) }
        try await write.run { [terms] book in
            let name = try LedgerWrite.account(account)
            return .grant(name, try await book.amount(amount, of: name), terms)
        }
    }
}

/// Spends credit.
struct LedgerCharge: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(commandName: "charge", abstract: "Spend credit of an account now.")

    @Argument(help: "The account.")
    var account: String

    @Argument(help: "How much.")
    var amount: String

    @Option(help: "What it is spent on, for credit that is bound to that.")
    var scope: String?

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        try await write.run { book in
            let name = try LedgerWrite.account(account)
            return .charge(name, try await book.amount(amount, of: name), scope: scope)
        }
    }
}

/// Corrects a balance.
struct LedgerAdjust: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "adjust", abstract: "Correct a balance by hand; the reason is kept.")

    @Argument(help: "The account.")
    var account: String

    @Option(parsing: .unconditional, help: "By how much: 5 gives, -5 takes.")
    var by: String

    @Option(help: "Why.")
    var reason: String

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        try await write.run { book in
            let name = try LedgerWrite.account(account)
            return .adjust(name, try await book.amount(by, of: name), reason: reason)
        }
    }
}

/// Moves credit.
struct LedgerTransfer: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Move credit to another account of the same unit; it keeps its terms.")

    @Argument(help: "The account that gives.")
    var from: String

    @Argument(help: "The account that gets.")
    var to: String

    @Argument(help: "How much.")
    var amount: String

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        try await write.run { book in
            let (giver, getter) = (try LedgerWrite.account(from), try LedgerWrite.account(to))
            return .transfer(from: giver, to: getter, try await book.amount(amount, of: giver))
        }
    }
}

/// Closes an account.
struct LedgerClose: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Close an account that has, holds and owes nothing.")

    @Argument(help: "The account.")
    var account: String

    @OptionGroup var write: LedgerWrite
    var answer: Answer { write.answer }

    func perform() async throws {
        try await write.run { _ in .close(try LedgerWrite.account(account)) }
    }
}
