// Decides commands: the rules of the ledger, without a database.

package import BuskerCore
import BuskerDatabase

/// Decides commands one after the other on rows that a store lends, and gives back the rows to write.
///
/// A command is checked before it changes anything, so a refused one leaves only its remembered refusal.
package struct LedgerEngine {
    package var state: LedgerState
    let store: any LedgerStore
    let clock: any WallClock
    let ids: IDGenerator
    let limits: LedgerLimits
    let observes: Bool
    /// Called in the middle of a sweep, for tests that crash there.
    var sweeping: (@Sendable () -> Void)?

    /// The instant of the command at hand.
    var now: Int64 = 0
    /// Whether the command at hand belongs to a group that may be undone.
    var isLinked = false
    var lines: [PostingLine] = []
    var slices: [GrantSlice] = []
    var chain = ChainHash()

    package init(
        state: LedgerState = LedgerState(), store: any LedgerStore, clock: any WallClock, ids: IDGenerator,
        limits: LedgerLimits, observes: Bool = false
    ) {
        self.state = state
        self.store = store
        self.clock = clock
        self.ids = ids
        self.limits = limits
        self.observes = observes
    }

    /// Decides a batch and saves it.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed` or `corrupt` when nothing could be decided; refusals are answers.
    package mutating func run(_ work: [LedgerWork]) throws(LedgerError) -> [[LedgerAnswer]] {
        try begin(work)
        var answers: [[LedgerAnswer]] = []
        answers.reserveCapacity(work.count)
        for item in work {
            switch item {
            case .one(let command): answers.append([try answer(command)])
            case .each(let commands):
                var each: [LedgerAnswer] = []
                each.reserveCapacity(commands.count)
                for command in commands { each.append(try answer(command)) }
                answers.append(each)
            case .linked(let commands): answers.append(try answer(linked: commands))
            }
        }
        try save()
        return answers
    }

    /// Decides one command; a failure of the database is thrown, a refusal is the answer.
    mutating func answer(_ command: PreparedCommand) throws(LedgerError) -> LedgerAnswer {
        do {
            return .success(try decide(command))
        } catch {
            guard !error.isFailure else { throw error }
            return .failure(error)
        }
    }

    /// Decides a group: all of it happens, or nothing but the remembered refusal of the command that was refused.
    ///
    /// The clock does not go back with the rest: what was over when the group was judged stays over, and the refusal is of
    /// the instant at which it was judged.
    mutating func answer(linked commands: [PreparedCommand]) throws(LedgerError) -> [LedgerAnswer] {
        let before = state
        isLinked = true
        defer { isLinked = false }
        var receipts: [LedgerAnswer] = []
        receipts.reserveCapacity(commands.count)
        for (at, command) in commands.enumerated() {
            do {
                receipts.append(.success(try decide(command)))
            } catch {
                guard !error.isFailure else { throw error }
                let judged = now
                state = before
                state.head.created = max(state.head.created, judged - 1)
                now = judged
                remember(error, of: command)
                let others = LedgerError(
                    .groupRefused, "Command \(at + 1) of the group was refused, so none of them happened.")
                return commands.indices.map { .failure($0 == at ? error : others) }
            }
        }
        return receipts
    }

    /// Answers a key that is known, else carries the command out and remembers how it ended.
    private mutating func decide(_ command: PreparedCommand) throws(LedgerError) -> Receipt {
        if let receipt = try replay(command) { return receipt }
        now = instant()
        lines.removeAll(keepingCapacity: true)
        do {
            return try carryOut(command)
        } catch {
            if !isLinked { remember(error, of: command) }
            throw error
        }
    }

    private mutating func carryOut(_ command: PreparedCommand) throws(LedgerError) -> Receipt {
        switch command.action {
        case .charge(let account, let amount, let scope):
            try charge(command, account, amount, scope: scope)
        case .hold(let account, let amount, let time, let scope):
            try hold(command, account, amount, time: time.microseconds64, scope: scope)
        case .capture(let hold, let amount, let topUp):
            try capture(command, hold, amount, topUp: topUp)
        case .release(let hold): try release(command, hold)
        case .grant(let account, let amount, let terms): try grant(command, account, amount, terms)
        case .open(let account, let unit): try open(command, account, unit)
        case .reverse(let transaction, let amount): try reverse(command, transaction, amount)
        case .clawback(let payment, let reversed): try clawback(command, payment, reversed)
        case .adjust(let account, let amount, let reason): try adjust(command, account, amount, reason)
        case .transfer(let from, let to, let amount): try transfer(command, from, to, amount)
        case .close(let account): try close(command, account)
        }
    }

    /// The instant the next transaction would get: later than every one before, whatever the clock says.
    func instant() -> Int64 { max(min(clock.now.microseconds, LedgerLimits.balanceMax), state.head.created + 1) }
}

/// What waits for an answer.
package enum LedgerWork: Sendable {
    case one(PreparedCommand)
    /// Each on its own, in order.
    case each([PreparedCommand])
    /// All or nothing.
    case linked([PreparedCommand])

    var count: Int {
        switch self {
        case .one: 1
        case .each(let commands), .linked(let commands): commands.count
        }
    }
}

/// How a command ended.
package typealias LedgerAnswer = Result<Receipt, LedgerError>

extension LedgerError {
    /// Whether nothing could be decided, so that the whole batch ends.
    var isFailure: Bool { code == .databaseFailed || code == .corrupt }

    /// Whether the refusal depends on what the ledger holds, so that the same command gets it again.
    var isRemembered: Bool { !replayed && Self.remembered.contains(code) }

    private static let remembered: Set<Code> = [
        .insufficient, .unknownAccount, .accountClosed, .accountNotEmpty, .unknownHold, .holdClosed, .holdExpired,
        .exceedsHold, .unknownTransaction, .exceedsCharge, .unknownPayment, .paymentUsed, .overflow,
        .tooManyGrants,
    ]

    /// What a failure of the database looks like from the ledger.
    init(_ error: DatabaseError) {
        switch error.code {
        case .unknownOutcome:
            self.init(
                .unknownOutcome,
                "The commit failed and may or may not have happened; repeat the command under the same key.",
                underlying: error)
        case .corrupt: self.init(.corrupt, error.detail, underlying: error)
        default:
            self.init(
                .databaseFailed, "The database failed and nothing was changed: \(error.detail)", underlying: error)
        }
    }
}
