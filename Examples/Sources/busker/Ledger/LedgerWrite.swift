// What every command that changes a ledger has in common.

import ArgumentParser
import BuskerCore
import BuskerLedger

/// The options of a command that changes something.
struct LedgerWrite: ParsableArguments {
    @OptionGroup var options: LedgerOptions

    @Option(
        name: .shortAndLong,
        help: "The key under which the command happens once (default: a new one, which is shown).")
    var key: String?

    @Option(help: "Your name of the job this is for.")
    var job: String?

    @Option(name: .customLong("rate"), help: "Your name of the price list that led to the amount.")
    var rateCard: String?

    @Option(
        name: .customLong("note"),
        help: ArgumentHelp("A note to keep with it; may be given again.", valueName: "name=value"))
    var notes: [NoteText] = []

    @OptionGroup var answer: Answer

    /// Runs one command and says what came of it.
    func run(_ access: LedgerAccess = .write, _ action: (LedgerBook) async throws -> LedgerAction) async throws {
        let text = key ?? "\(IDGenerator().make(KeyKind.self))"
        let key = try Self.named { () throws(LedgerError) in try IdempotencyKey(text) }
        let place = try options.place
        do {
            let receipt = try await LedgerBook.with(place, access) { book in
                let command = LedgerCommand(
                    try await action(book), key: key, job: job, rate: rateCard,
                    notes: Dictionary(notes.map { ($0.name, $0.value) }) { _, last in last })
                return try await Interrupt.saying(
                    "busker: Interrupted; it may have happened. Run the same command again with --key \(text) to know.\n"
                ) {
                    try await book.ledger.perform(command)
                }
            }
            let report = ReceiptReport(receipt)
            try answer.give(report) { report.words }
        } catch let failure as Failure where failure.exit == .tryAgain {
            throw failure.adding("Run the same command again with --key \(text).", key: text)
        }
    }

    /// The account of a name that was typed.
    static func account(_ text: String) throws -> AccountName {
        try named { () throws(LedgerError) in try AccountName(text) }
    }

    private static func named<Value>(_ body: () throws(LedgerError) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw Failure(.wrongOptions, code: error.code.description, error.detail)
        }
    }
}

/// A receipt, as it is told.
struct ReceiptReport: Encodable {
    let kind: String
    let account: String
    let amount: String
    let unit: String
    let transaction: String
    let sequence: Int64
    let key: String
    let hold: String?
    let posted: String
    let held: String
    let debt: String
    let createdAt: String
    let replayed: Bool

    private enum CodingKeys: CodingKey {
        case kind, account, amount, unit, transaction, sequence, key, hold, posted, held, debt, createdAt, replayed
    }

    private let sentence: String
    private let owes: Bool

    init(_ receipt: Receipt) {
        kind = receipt.kind.word
        account = receipt.account.text
        amount = receipt.amount.decimalText
        unit = receipt.amount.unit.code
        transaction = "\(receipt.transaction)"
        sequence = receipt.sequence
        key = receipt.key.text
        hold = receipt.hold.map { "\($0)" }
        posted = receipt.after.posted.decimalText
        held = receipt.after.held.decimalText
        debt = receipt.after.debt.decimalText
        createdAt = receipt.createdAt.iso8601
        replayed = receipt.replayed
        sentence = Self.sentence(receipt)
        owes = receipt.after.debt.steps > 0
    }

    /// The receipt for people.
    var words: String {
        var rows = [("posted", "\(posted) \(unit)"), ("held", "\(held) \(unit)")]
        if owes { rows.append(("debt", "\(debt) \(unit)")) }
        if let hold { rows.append(("hold", hold)) }
        rows += [("transaction", transaction), ("key", Columns.visible(key))]
        let before = "This happened before, at \(createdAt); nothing was done now.\n"
        return (replayed ? before : "") + sentence + "\n" + Words.table(rows)
    }

    private static func sentence(_ receipt: Receipt) -> String {
        let (what, whose) = ("\(receipt.amount)", Columns.visible(receipt.account.text))
        return switch receipt.kind {
        case .open: "\(whose) is open, in \(receipt.amount.unit) with \(receipt.amount.unit.scale) decimals."
        case .grant: "Granted \(what) to \(whose)."
        case .charge: "Charged \(whose) \(what)."
        case .hold: "Set \(what) of \(whose) aside."
        case .capture: "Captured \(what) of what was held of \(whose)."
        case .release: "Released \(what) to \(whose)."
        case .expireGrant: "\(what) of \(whose) expired."
        case .expireHold: "A hold of \(what) of \(whose) expired."
        case .reverse: "Gave \(what) back to \(whose)."
        case .clawback: "Took \(what) back from \(whose)."
        case .reinstate: "Gave \(what) to \(whose) again."
        case .adjust: "Corrected the balance of \(whose) by \(what)."
        case .transfer: "Moved \(what) away from \(whose)."
        case .close: "\(whose) is closed."
        }
    }
}
