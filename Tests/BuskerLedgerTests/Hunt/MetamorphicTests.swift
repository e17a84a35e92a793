// What must not matter: how commands are batched, when ends are swept, and how often a list is sent.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct MetamorphicTests {
    /// Commands that need no earlier answer, on three accounts.
    static func commands(seed: UInt64, count: Int) throws -> [LedgerCommand] {
        var generator = SeededGenerator(seed: seed)
        let names = try ["alice", "bob", "carol"].map { try AccountName($0) }
        func pick<T>(_ list: [T], _ generator: inout SeededGenerator) -> T {
            list[Int.random(in: 0..<list.count, using: &generator)]
        }
        var actions = names.map { LedgerAction.open($0, unit: Desk.credits) }
        for at in 0..<count {
            let name = pick(names, &generator)
            let steps = Desk.credits(pick([1, 2, 5, 7, 40], &generator))
            let usd = Money(minorUnits: pick([0, 10, 50, 100], &generator), currency: .usd)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...2:
                let terms = GrantTerms(
                    pick([.paid, .promo], &generator), priority: pick([1, 50], &generator),
                    scope: pick([nil, "stems"], &generator),
                    expiresAt: pick([nil, Timestamp(microseconds: 1_800_000_000_000_000 + 9 * day)], &generator),
                    cost: Money(minorUnits: 100, currency: .usd), payment: pick([nil, "p\(at)", "p1"], &generator))
                actions.append(.grant(name, steps, terms))
            case 3...5: actions.append(.charge(name, steps, scope: pick([nil, "stems"], &generator)))
            case 6: actions.append(.hold(name, steps, timeToLive: .seconds(pick([1, 100], &generator)), scope: nil))
            case 7: actions.append(.transfer(from: name, to: pick(names, &generator), steps))
            case 8:
                actions.append(
                    .adjust(name, Amount(steps: pick([-3, 3], &generator), unit: Desk.credits), reason: "mix"))
            default: actions.append(.clawback(payment: pick(["p1", "p\(at / 2)"], &generator), reversed: usd))
            }
        }
        return try actions.enumerated().map { LedgerCommand($0.element, key: try IdempotencyKey("m:\($0.offset)")) }
    }

    /// What is left of an answer that names and moments do not change.
    private static func gist(_ answer: Answer) -> String {
        switch answer {
        case .success(let r): "\(r.sequence) \(r.kind) \(r.amount) \(r.after) \(r.createdAt.microseconds)"
        case .failure(let e): "\(e.code) \(e.detail) \(String(describing: e.figures))"
        }
    }

    @Test(arguments: DatabaseKind.all)
    func batchesOfAnySizeGiveTheSameTables(kind: DatabaseKind) async throws {
        let commands = try Self.commands(seed: 5, count: 300)
        var first: (tables: LedgerTables, gists: [String])?
        for size in [256, 64, 7, 1] {
            try await withDesk(kind) { desk in
                var answers: [Answer] = []
                for start in stride(from: 0, to: commands.count, by: size) {
                    answers += await desk.ledger.performEach(Array(commands[start..<min(start + size, commands.count)]))
                }
                for (command, answer) in zip(commands, answers) { desk.noted(command, answer) }
                let found = (tables: try await desk.tables().withoutNames, gists: answers.map(Self.gist))
                #expect(found.gists == first?.gists ?? found.gists, "batches of \(size)")
                #expect(found.tables == first?.tables ?? found.tables, "batches of \(size)")
                first = first ?? found
                if size == 64 { try await desk.check() }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func sendingAListAgainChangesNothing(kind: DatabaseKind) async throws {
        let commands = try Self.commands(seed: 6, count: 200)
        try await withDesk(kind) { desk in
            let first = await desk.ledger.performEach(commands)
            let before = try await desk.tables()
            desk.clock.advance(microseconds: 20 * day)
            var generator = SeededGenerator(seed: 1)
            for list in [commands, commands.shuffled(using: &generator)] {
                let again = Dictionary(
                    uniqueKeysWithValues: zip(list.map(\.key.text), await desk.ledger.performEach(list)))
                for (command, answer) in zip(commands, first) {
                    let second = try #require(again[command.key.text])
                    let isStored =
                        before.txns.contains { $0.key == command.key.text }
                        || before.refusals.contains { $0.key == command.key.text }
                    guard isStored else { continue }
                    #expect(Self.gist(second) == Self.gist(answer))
                    switch second {
                    case .success(let receipt): #expect(receipt.replayed)
                    case .failure(let error): #expect(error.replayed)
                    }
                }
            }
            let after = try await desk.tables()
            #expect(after.txns == before.txns && after.entries == before.entries && after.allocs == before.allocs)
            #expect(after.grants == before.grants && after.holds == before.holds)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func sweepingEarlyOrLateLeavesTheSame(kind: DatabaseKind) async throws {
        var found: [[Int64]] = []
        for eager in [true, false] {
            try await withDesk(kind) { desk in
                let alice = try await desk.open(with: 10)
                var holds: [HoldID] = []
                for at: Int64 in 1...6 {
                    let ends = desk.moment(in: at * 1_000)
                    try await desk.grant(alice, 5, GrantTerms(.promo, priority: Int(7 - at), expiresAt: ends))
                    holds.append(try await desk.hold(alice, 3, for: .microseconds(at * 1_300)).held())
                }
                for _ in 0..<9 {
                    desk.clock.advance(microseconds: 900)
                    if eager { _ = try await desk.ledger.sweep(limit: 100) }
                }
                let balance = try await desk.ledger.balance(of: alice)
                let error = try await desk.refused(.charge(alice, Desk.credits(1_000), scope: nil), .insufficient)
                #expect(balance.available.steps == error?.figures?.available.steps)
                found.append([balance.available.steps] + (try await desk.standing(alice)))
                try await desk.check()
            }
        }
        #expect(found[0] == found[1])
    }

    /// However the commands of several accounts are woven into each other, each account ends the same.
    @Test(arguments: DatabaseKind.all)
    func accountsDoNotDisturbEachOther(kind: DatabaseKind) async throws {
        var first: [[Int64]]?
        for seed: UInt64 in 1...3 {
            try await withDesk(kind) { desk in
                var lists = try Self.separate()
                var generator = SeededGenerator(seed: seed)
                var woven: [LedgerCommand] = []
                while let at = lists.indices.filter({ !lists[$0].isEmpty }).randomElement(using: &generator) {
                    woven.append(lists[at].removeFirst())
                }
                let answers = await desk.ledger.performEach(woven)
                for (command, answer) in zip(woven, answers) { desk.noted(command, answer) }
                let tables = try await desk.tables()
                let found = try ["alice", "bob", "carol"].map { name in
                    let account = try #require(tables.accounts.first { $0.name == name })
                    return [account.posted, account.held, account.debt]
                        + tables.grants.filter { $0.account == account.id }.map(\.remaining)
                }
                #expect(found == first ?? found, "woven with seed \(seed)")
                first = first ?? found
                try await desk.check()
            }
        }
    }

    /// The commands of each account by itself.
    private static func separate() throws -> [[LedgerCommand]] {
        try ["alice", "bob", "carol"].enumerated().map { at, text in
            let name = try AccountName(text)
            var generator = SeededGenerator(seed: UInt64(at) + 40)
            var actions = [LedgerAction.open(name, unit: Desk.credits)]
            for number in 0..<40 {
                let steps = Desk.credits(Int64.random(in: 1...9, using: &generator))
                let scope = Bool.random(using: &generator) ? "stems" : nil
                switch number % 4 {
                case 0:
                    let priority = Int.random(in: 0...2, using: &generator)
                    actions.append(.grant(name, steps, GrantTerms(.promo, priority: priority, scope: scope)))
                case 3: actions.append(.hold(name, steps, timeToLive: .seconds(900), scope: scope))
                default: actions.append(.charge(name, steps, scope: scope))
                }
            }
            return try actions.enumerated().map {
                LedgerCommand($0.element, key: try IdempotencyKey("\(text):\($0.offset)"))
            }
        }
    }
}
