// What goes wrong with a ledger, as an exit code and what to do.

import BuskerCore
import BuskerDatabase
import BuskerLedger

extension Failure {
    /// A failure of a command on a ledger; what has no name of its own is a fault of the program.
    init(_ error: any Error, at place: LedgerPlace) {
        switch error {
        case let failure as Failure: self = failure
        case let refusal as LedgerError:
            if let database = refusal.underlying as? DatabaseError, refusal.code == .databaseFailed {
                self.init(database, at: place)
            } else {
                self.init(refusal)
            }
        case let database as DatabaseError: self.init(database, at: place)
        case is CancellationError: self = .interrupted
        default:
            self =
                Failure(error)
                ?? Failure(.fault, code: "failed", "The ledger failed in a way that has no name: \(type(of: error)).")
        }
    }

    /// The ledger says no.
    static func refused(_ code: String, _ detail: String) -> Failure { Failure(.refused, code: code, detail) }

    /// The same with a sentence more, and the key to try again with.
    func adding(_ sentence: String, key: String) -> Failure {
        var failure = Failure(exit, code: code, detail + " " + sentence)
        failure.figures = figures
        failure.key = key
        failure.replayed = replayed
        return failure
    }

    private init(_ error: LedgerError) {
        let detail = [Columns.visible(error.detail), Self.advice(error)].compactMap { $0 }.joined(separator: ". ")
        self.init(Self.exit(for: error.code), code: error.code.description, detail)
        replayed = error.replayed
        guard let told = error.figures else { return }
        figures = [
            "needed": told.needed.decimalText, "available": told.available.decimalText, "held": told.held.decimalText,
            "debt": told.debt.decimalText, "unit": told.needed.unit.code,
        ]
    }

    /// What to do about a refusal, where its figures tell.
    private static func advice(_ error: LedgerError) -> String? {
        guard !error.replayed else {
            return "That was the answer before, and nothing was tried now; to try again, use a new key."
        }
        guard let figures = error.figures, let short = try? figures.needed.subtracting(figures.available) else {
            return nil
        }
        switch error.code {
        case .insufficient:
            let held = figures.held.steps > 0 ? ", or release what is held" : ""
            let debt = figures.debt.steps > 0 ? " beside the debt of \(figures.debt.decimalText)" : ""
            return "Grant \(short) more\(debt)\(held)."
        case .exceedsHold: return "Capture \(figures.available) or less, or say --top-up."
        default: return nil
        }
    }

    private init(_ error: DatabaseError, at place: LedgerPlace) {
        let exit: Exit =
            switch error.code {
            case .inUse, .unavailable, .unsafeSettings, .closed: .unavailable
            case .unknownOutcome, .timeout, .contention: .tryAgain
            case .corrupt, .migrationChanged, .migrationUnknown, .badStatement: .badInput
            case .storage: .cannotWrite
            default: .fault
            }
        // The tool's own statements are right, so what they ask for is not there.
        let detail =
            error.code == .badStatement
            ? "it holds no ledger, or one of another release; 'busker ledger open' makes one." : error.detail
        self.init(exit, code: error.code.description, "The database \(place.shown): \(detail)")
    }

    /// The one place where the ledger's codes become exit codes; what is not listed is a refusal.
    private static func exit(for code: LedgerError.Code) -> Exit {
        switch code {
        case .conflict: .conflict
        case .badAmount, .badKey, .badName, .badTerms, .badCursor: .wrongOptions
        case .unknownOutcome: .tryAgain
        case .databaseFailed: .unavailable
        case .corrupt: .broken
        case .cancelled: .interrupted
        default: .refused
        }
    }
}
