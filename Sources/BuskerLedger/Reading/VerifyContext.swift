// What the passes of a verification share.

import BuskerCore
import BuskerDatabase
import Synchronization

/// Tells a verification that nobody waits for it any more.
final class VerifySwitch: Sendable {
    private let isOff = Atomic(false)

    var isCancelled: Bool { isOff.load(ordering: .relaxed) }

    func cancel() { isOff.store(true, ordering: .relaxed) }
}

/// What the passes of a verification share: problems, progress, and what the chain says of accounts.
struct VerifyContext {
    /// Rows of one page.
    static let pageRows = 1_000

    let limits: LedgerLimits
    let cancelled: VerifySwitch
    let report: (@Sendable (Verification.Progress) -> Void)?
    private(set) var problems: [Verification.Problem] = []
    private(set) var problemCount = 0
    private(set) var done: Int64 = 0
    var total: Int64 = 0

    init(
        limits: LedgerLimits, cancelled: VerifySwitch, report: (@Sendable (Verification.Progress) -> Void)?
    ) {
        self.limits = limits
        self.cancelled = cancelled
        self.report = report
    }

    mutating func note(_ invariant: Verification.Invariant, at sequence: Int64? = nil, _ text: String) {
        problemCount += 1
        guard problems.count < limits.problemsMax else { return }
        problems.append(Verification.Problem(invariant: invariant, sequence: sequence, text: text))
    }

    /// Says how far it has come.
    ///
    /// - Throws: ``LedgerError`` with `cancelled`.
    mutating func advance(_ rows: Int) throws(LedgerError) {
        done += Int64(rows)
        report?(Verification.Progress(done: done, total: max(done, total)))
        guard !cancelled.isCancelled else { throw LedgerError(.cancelled, "The verification was cancelled.") }
    }

    /// The problems, those of transactions first and in their order.
    var sorted: [Verification.Problem] {
        problems.enumerated().sorted { a, b in
            let (first, second) = (a.element.sequence ?? .max, b.element.sequence ?? .max)
            return first == second ? a.offset < b.offset : first < second
        }.map(\.element)
    }
}

/// What the transactions say of the accounts of a range of numbers.
struct FollowedAccounts {
    let first: Int64
    private(set) var posted: [Int64]
    private(set) var held: [Int64]
    private(set) var debt: [Int64]

    /// Follows the accounts from `first` on, at most `count`.
    init(from first: Int64, count: Int) {
        self.first = first
        posted = [Int64](repeating: 0, count: count)
        held = posted
        debt = posted
    }

    func place(of account: Int64) -> Int? {
        let (place, overflow) = account.subtractingReportingOverflow(first)
        return !overflow && place >= 0 && place < posted.count ? Int(place) : nil
    }

    /// Adds a line; it returns what should be posted after it, or nothing when the sum leaves 64 bits.
    mutating func add(_ amount: Int64, at place: Int) -> Int64? {
        let (sum, overflow) = posted[place].addingReportingOverflow(amount)
        guard !overflow else { return nil }
        posted[place] = sum
        return sum
    }

    /// Goes on from what is written down, so that one wrong figure is told once.
    mutating func resume(posted: Int64, at place: Int) { self.posted[place] = posted }

    mutating func set(held: Int64, debt: Int64, at place: Int) {
        self.held[place] = held
        self.debt[place] = debt
    }

    mutating func pay(_ amount: Int64, at place: Int) {
        debt[place] = debt[place].subtractingReportingOverflow(amount).partialValue
    }
}
