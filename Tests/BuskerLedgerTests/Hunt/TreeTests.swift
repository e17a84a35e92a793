// Every short sequence of moves, walked as a tree whose branches are undone.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Foundation
import LedgerModel
import TestSupport
import Testing

/// The moves whose every sequence is walked.
enum Step: String, CaseIterable, Sendable {
    /// 5 steps that end in 40 µs.
    case gift
    /// 4 steps that were paid for, behind the gift in burn order.
    case purchase
    case charge
    /// 3 steps for 30 µs.
    case hold
    case capture
    case release
    case reverse
    case clawback
    case reinstate
    case pass

    /// The alphabet of the suite: closing a hold by capture of a part, which also frees the rest.
    static let short: [Step] = [.gift, .purchase, .charge, .hold, .capture, .reverse, .clawback, .pass]
}

/// Walks the tree.
struct TreeWalk {
    struct Undo: Error {}

    let ledger: Ledger
    let clock: ManualClock
    let alphabet: [Step]
    let alice = AccountName(trusted: "alice")
    var spoil: (@Sendable (Step, Transaction) throws -> Void)?
    private(set) var nodes = 0
    private(set) var problem: String?
    private var path: [Step] = []
    private var asked: [String: LedgerCommand] = [:]
    private var answers: [String: Answer] = [:]
    private var hold: HoldID?
    private var spent: TransactionID?

    init(_ ledger: Ledger, clock: ManualClock, alphabet: [Step]) {
        self.ledger = ledger
        self.clock = clock
        self.alphabet = alphabet
    }

    /// Opens the account and walks to a depth.
    mutating func run(depth: Int, in tx: Transaction) throws {
        var replay = Replay()
        try ask(.open(alice, unit: Desk.credits), tx)
        try compare(&replay, tx)
        try walk(depth, replay, in: tx)
    }

    private mutating func walk(_ depth: Int, _ replay: Replay, in tx: Transaction) throws {
        guard depth > 0, problem == nil else { return }
        let (now, known) = (clock.now, (asked, answers, hold, spent))
        for step in alphabet where problem == nil {
            path.append(step)
            do {
                try tx.savepoint {
                    var next = replay
                    nodes += 1
                    try take(step, tx)
                    try spoil?(step, tx)
                    try compare(&next, tx)
                    try walk(depth - 1, next, in: tx)
                    throw Undo()
                }
            } catch is Undo {}
            path.removeLast()
            clock.set(now)
            (asked, answers, hold, spent) = known
        }
    }

    private mutating func take(_ step: Step, _ tx: Transaction) throws {
        let usd = Money(minorUnits: 100, currency: .usd)
        switch step {
        case .gift:
            try ask(
                .grant(alice, Desk.credits(5), GrantTerms(.promo, expiresAt: clock.now.advanced(byMicroseconds: 40))),
                tx)
        case .purchase:
            try ask(.grant(alice, Desk.credits(4), GrantTerms(.paid, cost: usd, payment: "p")), tx)
        case .charge: spent = try ask(.charge(alice, Desk.credits(2), scope: nil), tx)?.transaction ?? spent
        case .hold:
            let receipt = try ask(.hold(alice, Desk.credits(3), timeToLive: .microseconds(30), scope: nil), tx)
            hold = receipt?.hold ?? hold
        case .capture:
            let receipt = try ask(.capture(hold ?? nobody(), Desk.credits(1), topUp: false), tx)
            spent = receipt?.transaction ?? spent
        case .release: try ask(.release(hold ?? nobody()), tx)
        case .reverse: try ask(.reverse(spent ?? nobody(), nil), tx)
        case .clawback: try ask(.clawback(payment: "p", reversed: usd), tx)
        case .reinstate: try ask(.clawback(payment: "p", reversed: Money(minorUnits: 25, currency: .usd)), tx)
        case .pass: clock.advance(microseconds: 25)
        }
    }

    private func nobody<Kind>() -> ID<Kind> {
        IDGenerator(clock: clock, random: SeededGenerator(seed: 4)).make()
    }

    @discardableResult
    private mutating func ask(_ action: LedgerAction, _ tx: Transaction) throws -> Receipt? {
        let command = LedgerCommand(action, key: IdempotencyKey(trusted: "step:\(path.count)", scope: ""))
        let name = Replay.name("", command.key.text)
        asked[name] = command
        do throws(LedgerError) {
            let receipt = try ledger.perform(command, in: tx)
            answers[name] = .success(receipt)
            return receipt
        } catch {
            answers[name] = .failure(error)
            guard error.isRefusal else { throw error }
            return nil
        }
    }

    private mutating func compare(_ replay: inout Replay, _ tx: Transaction) throws {
        replay.follow(try LedgerTables(tx, after: replay.last), asked: asked, answers: answers)
        guard let first = replay.problems.first else { return }
        problem = "\(path.map(\.rawValue).joined(separator: ", ")): \(first)"
    }
}

@Suite struct TreeTests {
    /// How deep the suite goes: 5 moves in memory, fewer where each costs more; `Scripts/hunt tree` goes 5 deep everywhere.
    static func depth(_ kind: DatabaseKind) -> (alphabet: [Step], depth: Int) {
        if let asked = ProcessInfo.processInfo.environment["BUSKER_TREE_DEPTH"].flatMap(Int.init) {
            return (Step.allCases, asked)
        }
        switch kind {
        case .sqliteMemory: return (Step.short, 5)
        case .sqliteFile: return (Step.short, 4)
        case .postgres: return (Step.short, 3)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func everyShortSequenceAgreesWithTheNaiveLedger(kind: DatabaseKind) async throws {
        let (alphabet, depth) = Self.depth(kind)
        let walk = try await Self.walk(kind, alphabet, depth) { _, _ in }
        #expect(walk.problem == nil)
        #expect(
            walk.nodes
                == (1...depth).reduce(0) { sum, level in
                    sum + (0..<level).reduce(1) { product, _ in product * alphabet.count }
                })
    }

    @Test func aForgottenPinIsCaught() async throws {
        let walk = try await Self.walk(.sqliteMemory, Step.short, 3) { step, tx in
            if step == .hold { try tx.execute("UPDATE ledger_grant SET held = 0") }
        }
        #expect(walk.problem != nil)
    }

    private static func walk(
        _ kind: DatabaseKind, _ alphabet: [Step], _ depth: Int,
        spoil: @escaping @Sendable (Step, Transaction) throws -> Void
    ) async throws -> (nodes: Int, problem: String?) {
        try await withDatabase(kind) { database in
            let clock = ManualClock()
            let ledger = Ledger(
                database, clock: clock, ids: IDGenerator(clock: clock, random: SeededGenerator(seed: 1)))
            try await ledger.migrate()
            return try await database.write { tx in
                var walk = TreeWalk(ledger, clock: clock, alphabet: alphabet)
                walk.spoil = spoil
                try walk.run(depth: depth, in: tx)
                return (walk.nodes, walk.problem)
            }
        }
    }
}
