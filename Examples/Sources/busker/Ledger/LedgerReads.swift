// busker ledger balance and history.

import ArgumentParser
import BuskerCore
import BuskerLedger

/// Shows what an account has.
struct LedgerBalance: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "balance", abstract: "Show what an account has, holds and owes, now or at another moment.")

    @Argument(help: "The account.")
    var account: String

    @Option(help: ArgumentHelp("The moment, such as 2026-12-31T23:59:59Z (default: now).", valueName: "moment"))
    var asOf: MomentText?

    @Flag(help: "With --as-of: by when things took effect, in place of when they were written down.")
    var effective = false

    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func validate() throws {
        guard asOf != nil || !effective else { throw ValidationError("--effective goes with --as-of.") }
    }

    func perform() async throws {
        let name = try LedgerWrite.account(account)
        let report = try await LedgerBook.with(try options.place, .read) { book in
            guard let asOf else { return BalanceReport(try await book.ledger.balance(of: name)) }
            return BalanceReport(
                try await book.ledger.balance(of: name, asOf: asOf.moment, by: effective ? .effective : .created))
        }
        try answer.give(report) { report.words }
    }
}

/// A balance, as it is told.
struct BalanceReport: Encodable {
    struct Scoped: Encodable {
        let scope: String
        let available: String
    }

    struct Expiring: Encodable {
        let amount: String
        let at: String
    }

    let account: String
    let unit: String
    let posted: String
    let held: String
    let available: String?
    let debt: String
    let scoped: [Scoped]?
    let expiringSoon: [Expiring]?
    let asOf: String
    let sequence: Int64

    init(_ balance: Balance) {
        account = balance.account.text
        unit = balance.unit.code
        posted = balance.posted.decimalText
        held = balance.held.decimalText
        available = balance.available.decimalText
        debt = balance.debt.decimalText
        scoped =
            balance.scoped.isEmpty
            ? nil : balance.scoped.map { Scoped(scope: $0.scope, available: $0.amount.decimalText) }
        expiringSoon = balance.expiringSoon.map { Expiring(amount: $0.amount.decimalText, at: $0.at.iso8601) }
        asOf = balance.asOf.iso8601
        sequence = balance.asOfSequence
    }

    init(_ balance: PastBalance) {
        account = balance.account.text
        unit = balance.posted.unit.code
        posted = balance.posted.decimalText
        held = balance.held.decimalText
        available = nil
        debt = balance.debt.decimalText
        scoped = nil
        expiringSoon = nil
        asOf = balance.at.iso8601
        sequence = balance.asOfSequence
    }

    /// The balance for people.
    var words: String {
        var table = Columns(("", .left), ("", .right), ("", .left))
        if let available { table.add("available", available, "") }
        for part in scoped ?? [] { table.add("only for \(part.scope)", part.available, "") }
        table.add("held", held, "")
        table.add("posted", posted, "")
        if debt.contains(where: { $0 != "0" && $0 != "." }) { table.add("debt", debt, "") }
        for expiring in expiringSoon ?? [] { table.add("ends soon", expiring.amount, expiring.at) }
        return "\(Columns.visible(account)), \(unit), at \(asOf)\n" + table.body
    }
}

/// Shows what happened on an account.
struct LedgerHistory: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show what happened on an account, the newest first.")

    @Argument(help: "The account.")
    var account: String

    @Option(name: .shortAndLong, help: "Lines of a page, 1 to 1000.")
    var limit = 50

    @Option(help: ArgumentHelp("Where the page before ended, as it said.", valueName: "cursor"))
    var after: String?

    @Option(help: "Only this kind; may be given again.")
    var kind: [KindText] = []

    @Option(help: "Only what was for this job.")
    var job: String?

    @Option(help: "Only what this payment is behind.")
    var payment: String?

    @Option(help: ArgumentHelp("Only what was written down at this moment or later.", valueName: "moment"))
    var since: MomentText?

    @Option(help: ArgumentHelp("Only what was written down before this moment.", valueName: "moment"))
    var until: MomentText?

    @OptionGroup var options: LedgerOptions
    @OptionGroup var answer: Answer

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is from 1 to 1000.") }
    }

    func perform() async throws {
        let name = try LedgerWrite.account(account)
        let filter = HistoryFilter(
            kinds: Set(kind.map(\.kind)), job: job, payment: payment, from: since?.moment, to: until?.moment)
        let cursor = try after.map(Self.cursor)
        let page = try await LedgerBook.with(try options.place, .read) { book in
            try await book.ledger.history(
                of: name, filter, page: PageRequest(after: cursor, limit: limit, maximum: 1000))
        }
        let report = HistoryReport(page)
        try answer.give(report) { report.words }
    }

    private static func cursor(_ text: String) throws -> Cursor {
        do {
            return try Cursor(parsing: text)
        } catch {
            throw Failure(.wrongOptions, code: error.code.description, error.detail)
        }
    }
}

/// A page of history, as it is told.
struct HistoryReport: Encodable {
    struct Line: Encodable {
        let sequence: Int64
        let transaction: String
        let kind: String
        let key: String
        let amount: String
        let change: String
        let posted: String
        let hold: String?
        let reverses: String?
        let counterparty: String?
        let payment: String?
        let job: String?
        let rate: String?
        let notes: [String: String]?
        let createdAt: String
        let effectiveAt: String

        init(_ entry: HistoryEntry) {
            sequence = entry.sequence
            transaction = "\(entry.transaction)"
            kind = entry.kind.word
            key = entry.key.description
            amount = entry.amount.decimalText
            change = entry.change.decimalText
            posted = entry.postedAfter.decimalText
            hold = entry.hold.map { "\($0)" }
            reverses = entry.reverses.map { "\($0)" }
            counterparty = entry.counterparty?.text
            payment = entry.payment
            job = entry.job
            rate = entry.rate
            notes = entry.notes.isEmpty ? nil : entry.notes
            createdAt = entry.createdAt.iso8601
            effectiveAt = entry.effectiveAt.iso8601
        }

        /// What it was about, in a few words.
        var about: String {
            let parts = [
                counterparty.map { "with \($0)" }, payment.map { "payment \($0)" }, job.map { "job \($0)" },
                reverses.map { "of \($0)" }, hold,
            ]
            return parts.compactMap { $0 }.joined(separator: ", ")
        }
    }

    let items: [Line]
    let next: String?

    init(_ page: Page<HistoryEntry>) {
        items = page.items.map { Line($0) }
        next = page.next?.text
    }

    /// The page for people.
    var words: String {
        guard !items.isEmpty else { return "Nothing happened." }
        var table = Columns(
            ("when", .left), ("what", .left), ("amount", .right), ("change", .right), ("posted", .right),
            ("transaction", .left), ("about", .left))
        for line in items {
            table.add(
                line.createdAt, line.kind, line.amount, line.change, line.posted, line.transaction, line.about)
        }
        guard let next else { return table.text }
        return table.text + "\nMore: --after \(next)"
    }
}
